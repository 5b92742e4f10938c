/** What to look at next, by class: levers of facts/levers.md sections 8.0 to 8.2, each with its ceiling and its falsifier. */
import { UNKNOWN_FAMILY } from '#analysis/budget-families.ts'
import { printed } from '#analysis/step-class.ts'
import type { BudgetDevice } from '#formats/decode-budget.ts'
import type { NextLever } from '#formats/source.ts'

export interface LeverEvidence {
  readonly verdict: NonNullable<BudgetDevice['verdict']>
  /** Share of kernels of a step that ran in graphs, opaque graphs counting as graphs; undefined where the capture cannot tell. */
  readonly graphRatio: number | undefined
  /** Median graph launches per step. */
  readonly graphsPerStep: number
  /** Share of the host gap that lies within steps. */
  readonly gapWithinRatio: number
  readonly tokensPerStep: number
  /** Of the kernels that compute. */
  readonly topFamily: { readonly family: string; readonly ofKernelsRatio: number } | undefined
  readonly isOpaque: boolean
  /** False where what repeats is not known to be decode: then levers of serving engines are not named as if they applied. */
  readonly isDecode: boolean
  readonly ranksKnown: boolean
}

const ceiling = ({ atMostRatio, speedupCeiling }: LeverEvidence['verdict']): string =>
  `at most ${printed(atMostRatio)} of the step, a ceiling of ${speedupCeiling.toFixed(2)}x (Amdahl, all of it removed); below twice the detectable difference it is not worth a trial`

export function nextLever(evidence: LeverEvidence): NextLever {
  const { verdict } = evidence
  if (verdict.isSuspect) return recapture()
  switch (verdict.largest) {
    case 'host':
      return hostLever(evidence)
    case 'communication':
      return communicationLever(evidence)
    case 'copy':
      return {
        lever: 'L11 hidden synchronisation and pageable staging: pin the buffers, or move the copies to a stream of their own',
        expectedUnlock: ceiling(verdict),
        gate: 'copies outside the main stream or pinned in a new capture; synchronisations per step down; TPOT down',
      }
    case 'kernel':
      return kernelLever(evidence)
  }
}

function hostLever({ verdict, graphRatio, graphsPerStep, gapWithinRatio, tokensPerStep, isDecode }: LeverEvidence): NextLever {
  const expectedUnlock = ceiling(verdict)
  if (!isDecode) return anyHostLever(expectedUnlock)
  if (graphRatio !== undefined && graphRatio < 0.5) {
    return {
      lever: 'L02 CUDA graph coverage: decode steps launch kernels one by one (eager, or a batch above the captured sizes)',
      expectedUnlock,
      gate: 'kernel sum per step unchanged and the host gap down; TPOT at this concurrency, and a control concurrency below the limit that must not change',
    }
  }
  if (graphsPerStep > 2 && gapWithinRatio >= 0.5) {
    return {
      lever: `L03 CUDA graph mode: about ${Math.round(graphsPerStep)} graph launches a step (piecewise), with the gaps between them`,
      expectedUnlock,
      gate: 'graph launches per step drop from about layers + 1 to about 1; TPOT down',
    }
  }
  const speculation = tokensPerStep > 1 ? ', and the orchestration of speculative decoding (sampling and drafting on the host)' : ''
  return {
    lever: `L01 asynchronous scheduling, where the resolved configuration has it off${speculation}; sampling and LM head inside the graph`,
    expectedUnlock,
    gate: 'median TPOT at c = 1 to 8 with it on and off: the gap share must fall, busy time per step must not',
  }
}

/** A training loop or a solver repeats as well: what is said must hold for it, too. */
function anyHostLever(expectedUnlock: string): NextLever {
  return {
    lever:
      'the host’s work between launches: `timeline` says why the device waited, `kernels --by-nvtx` in which part of the program (whether the step is decode is not known, so no lever of a serving engine is named)',
    expectedUnlock,
    gate: 'host gap per step down and busy time per step unchanged in a new capture of the same work',
  }
}

function communicationLever({ verdict, ranksKnown }: LeverEvidence): NextLever {
  if (!ranksKnown) {
    return {
      lever:
        'traces of the other ranks over the same window: a collective includes waiting for late ranks (L36 to L38), and only its floor is communication (L15, L16)',
      expectedUnlock: `${ceiling(verdict)}; less by whatever part is waiting`,
      gate: 'per collective, the shortest member over ranks (floor) against the spread (skew): comm-bound stands if the floor is the larger part',
    }
  }
  return {
    lever:
      'L15 all-reduce backend by size (NVLS or symmetric memory, custom or FlashInfer all-reduce), then L16 all-reduce fused with RMSNorm',
    expectedUnlock: `${ceiling(verdict)}, of the floor only`,
    gate: 'the floor per collective at that size down and TPOT down, and the kernel name changed',
  }
}

function kernelLever({ verdict, topFamily, isOpaque }: LeverEvidence): NextLever {
  if (isOpaque) {
    return {
      lever: 'a capture with --cuda-graph-trace=node: the time is inside graphs whose kernels were not recorded',
      expectedUnlock: `${ceiling(verdict)}; compute and communication inside the graphs are not told apart`,
      gate: 'kernel rows inside graphs in the new capture, with the same cadence within 10 %',
    }
  }
  const family =
    topFamily === undefined || topFamily.family === UNKNOWN_FAMILY
      ? 'the kernels with the most time (`kernels` lists them; their family is not known)'
      : `${topFamily.family} (${printed(topFamily.ofKernelsRatio)} of kernel time)`
  return {
    lever: `an ncu capture of ${family}: how far it is from its roof`,
    expectedUnlock: ceiling(verdict),
    gate: 'time share times (1 - fraction of its roof) from ncu counters: headroom above twice the detectable difference, else the kernels are at the wall',
  }
}

function recapture(): NextLever {
  return {
    lever: 'a new capture: the cadence does not reconcile with the driver, so this one does not show the deployment that was measured',
    expectedUnlock: 'none claimed: 0 until a capture reconciles',
    gate: 'cadence over tokens per step within 10 % of the driver TPOT',
  }
}
