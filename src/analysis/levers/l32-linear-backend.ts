import type { Deployment } from '#analysis/synthesis/deployment.ts'
import type { Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { majorOf } from './attention-backends.ts'
import { absence, knobFlag, knobText, sayKnob } from './effective-knob.ts'
import { type Attainable, familiesOf, KERNEL_TOPICS, namedRatio } from './kernel-headroom.ts'
import { roomBelowRoof } from './kernel-room.ts'
import { type KnobSetting, type Lever, type NoCandidate, nothing, type Precondition } from './lever.ts'

const KNOB = 'linear-backend'

/** Decode GEMMs read their weights once: bound by memory. */
const ATTAINABLE: Attainable = {
  low: 0.65,
  high: 0.85,
  why: 'FP8 GEMMs of decode at 65 to 85 % of peak memory bandwidth: about 80 % is the most that DRAM activity reaches (NVIDIA’s DCGM guide), the lower end is a prior of this tool until trials replace it',
}

/** What engines fall back to where no native block-scaled FP8 GEMM is found (fp8_utils.py:853). */
export const FALLBACK_GEMM = /_w8a8_(triton_)?block_(scaled_mm|fp8_matmul)|_w8a8_block_fp8_matmul/
const MARLIN = /\bMarlin\b|marlin::|gptq_marlin/
/** Part of a family in the kernel in question, below which the family’s counters speak of other kernels. */
const MIN_NAMED_RATIO = 0.5

/** L32: another linear backend, where FP8 GEMMs run on a fallback that leaves the memory roof unused. */
export const linearBackend: Lever = {
  id: 'L32',
  name: 'linear-backend',
  title: 'Run FP8 GEMMs on a native backend instead of the fallback',
  type: 'config',
  class: 'gemm',
  engines: ['vllm', 'sglang'],
  cost: { hours: 1.5, why: 'one flag, a restart and three pairs at two batch sizes' },
  changesAccuracy: false,
  reference: {
    repo: 'vllm-project/vllm',
    commit: '6adad08767583f52eb4d2122111af0bf638ed5e6',
    file: 'vllm/model_executor/kernels/linear/__init__.py',
  },
  check(evidence, deployment) {
    const found = fallback(evidence, deployment)
    if (evidence.step === undefined || found === undefined) return nothing('no GEMM runs on a fallback')
    const hardware = nativeHardware(deployment)
    if (hardware.state === 'unmet') return nothing(`${hardware.what}: ${hardware.why}`, true)
    const setting = settingOf(deployment, found)
    if ('none' in setting) return setting
    const { family, namedRatio: ofFamily } = found
    const room = roomBelowRoof(evidence, family, ATTAINABLE, ofFamily)
    if ('none' in room) return room
    return {
      part: `kernels:${family.family}`,
      ceilingRatio: room.ceilingRatio,
      effect: { by: 'replay', changes: [room.word], assumptions: [ATTAINABLE.why] },
      settings: [setting],
      summary: `${found.kernel} is a fallback and reaches ${formatRatio(room.headroom.roof.value)} of its memory roof`,
      because: [room.text],
      cites: room.cites,
      restsOn: KERNEL_TOPICS,
      preconditions: [fp8Weights(deployment, found), hardware],
      risks: ['scale formats differ (E8M0 scales have cost accuracy for some models on Blackwell): compare greedy answers'],
      falsifier: `kernel names do not change, or TPOT does not fall at the profiled batch and one other`,
      joinRatio: room.headroom.coveredRatio,
    }
  },
}

interface Found {
  readonly family: FamilyEvidence
  readonly namedRatio: number
  readonly kernel: string
}

function fallback(evidence: Evidence, deployment: Deployment): Found | undefined {
  for (const family of familiesOf(evidence, 'gemm')) {
    const triton = namedRatio(family, FALLBACK_GEMM)
    if (triton >= MIN_NAMED_RATIO) return { family, namedRatio: triton, kernel: 'the Triton block-scaled GEMM' }
    // Marlin computes FP8 weights in 16 bit: right where the GPU has no FP8, a fallback where it has.
    const marlin = namedRatio(family, MARLIN)
    const isFp8 = /fp8|e4m3/i.test(deployment.model.weightType ?? '')
    if (marlin >= MIN_NAMED_RATIO && isFp8 && (majorOf(deployment.computeCapability) ?? 0) >= 9) {
      return { family, namedRatio: marlin, kernel: 'Marlin on FP8 weights' }
    }
  }
  return undefined
}

/** The one setting to try: the switch that turned DeepGEMM off, else the flag. */
function settingOf(deployment: Deployment, found: Found): KnobSetting | NoCandidate {
  if (knobFlag(deployment, 'use-deep-gemm') === false) return { knob: 'use-deep-gemm', to: true }
  const gone = absence(deployment, KNOB)
  if (gone !== undefined) return nothing(gone, true)
  const native = deployment.engine === 'sglang' ? 'flashinfer_deepgemm' : 'deep_gemm'
  return knobText(deployment, KNOB)?.includes('deep') === true
    ? nothing(`${sayKnob(deployment, KNOB)}, yet ${found.kernel} runs: read the engine’s log for why`, true)
    : { knob: KNOB, to: native }
}

function fp8Weights(deployment: Deployment, found: Found): Precondition {
  const what = 'the weights are FP8 with block scales'
  const weights = deployment.model.weightType
  if (FALLBACK_GEMM.test(found.family.kernels.map(({ name }) => name).join(' '))) {
    return { what, state: 'met', why: 'the traced kernel computes those' }
  }
  return { what, state: 'unknown', why: weights === undefined ? 'the model’s configuration is not given' : `${weights}, scales not known` }
}

function nativeHardware(deployment: Deployment): Precondition {
  const what = 'DeepGEMM runs on this GPU (SM90, SM10x)'
  const major = majorOf(deployment.computeCapability)
  if (major === undefined) return { what, state: 'unknown', why: 'the GPU’s compute capability is not known' }
  return major === 9 || major === 10
    ? { what, state: 'met', why: `compute capability ${deployment.computeCapability}` }
    : { what, state: 'unmet', why: `compute capability ${deployment.computeCapability}` }
}
