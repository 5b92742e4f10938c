import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { knobFlag, knobNumber } from './effective-knob.ts'
import { exclusiveShare, kernelWord, sayFamily } from './kernel-headroom.ts'
import { type KnobSetting, type Lever, nothing } from './lever.ts'
import { vllmSource } from './sources.ts'
import { belowTrial, inRole, NO_STEP } from './step-time.ts'
import { wanted } from './wanted-knob.ts'

/** Sizes that vLLM captures where none are given (config/vllm.py:1879-2045). */
export function capturedSize(tokens: number): number {
  if (tokens <= 4) return tokens === 3 ? 4 : Math.max(1, tokens)
  const step = tokens <= 256 ? 8 : 16
  return Math.ceil(tokens / step) * step
}

/** L04: graphs of the next larger size compute on padding. */
export const graphPadding: Lever = {
  id: 'L04',
  name: 'cudagraph-padding',
  title: 'Capture a graph of the size that is served',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1, why: 'one flag, a restart that captures more graphs and three pairs' },
  changesAccuracy: false,
  reference: vllmSource('config/vllm.py'),
  check(evidence, deployment) {
    const { step, host } = evidence
    if (step === undefined) return nothing(NO_STEP)
    if (step.batch === undefined) return nothing('the size of a step is not annotated')
    if (host?.inGraphRatio === undefined || host.inGraphRatio.value < 0.5) return nothing('steps do not run as graphs')
    const drafted = knobNumber(deployment, 'spec-tokens')
    if (drafted === undefined) return nothing('whether drafts are used is not known, so the tokens of a step are not either')
    const tokens = Math.round(step.batch.value) * (1 + drafted)
    const padded = capturedSize(tokens)
    if (deployment.knob('cudagraph-capture-sizes').state === 'set') return nothing('already so: the captured sizes are chosen')
    const real = tokens / padded
    const families = [
      ...inRole(evidence, 'attention'),
      ...(knobFlag(deployment, 'moe-skip-padding') === true ? [] : inRole(evidence, 'moe')),
    ]
    const ceilingRatio = exclusiveShare(step, families) * (1 - real)
    const small = belowTrial('work on padding', ceilingRatio)
    if (small !== undefined) return small
    const open = wanted(deployment, 'performance-mode', 'interactivity')
    const sizes: KnobSetting = {
      knob: 'cudagraph-capture-sizes',
      to: [1, 2, 4, 8, tokens, padded].filter((size, at, all) => all.indexOf(size) === at).join(' '),
    }
    const useMode = tokens <= 32 && !('none' in open) && open.state === 'met'
    return {
      part: `padding:${families.map(({ family }) => family).join('+')}`,
      ceilingRatio,
      effect: {
        by: 'replay',
        changes: families.map(({ family }) => kernelWord(family, { low: real, high: 1 })),
        assumptions: [
          'attention and experts take time by the tokens of the graph at most; where padding costs them nothing they keep theirs',
        ],
      },
      settings: [useMode ? { knob: 'performance-mode', to: 'interactivity' } : sizes],
      summary: `steps of ${tokens} tokens run in graphs of ${padded}`,
      because: [
        `steps of ${tokens} tokens run in graphs of ${padded}: ${formatRatio(1 - real)} is padding`,
        ...families.map((family: FamilyEvidence) => sayFamily(family).text),
      ],
      cites: [step.batch, ...families.map(({ stepShare }) => stepShare)],
      restsOn: ['step-time', 'kernel-shares'],
      preconditions: [{ what: 'the batch stays at this size', state: 'unknown', why: 'one window shows one size' }],
      risks: ['a longer start and more memory for graphs'],
      falsifier: 'TPOT at a concurrency that is no captured size does not fall; at a captured size it must stay',
    }
  },
}
