/**
 * Classes of kernels: attention, GEMM, MoE, and the clock they run at. A hot family is no bottleneck where it is at its roof and its bytes
 * cannot shrink: what counts is the part of its time that a better kernel or a narrower type could take away. What would fool them: busy
 * multiprocessors (never asked: headroom is of counted work), counters of a few kernels (below half of the time they decide nothing), and
 * families that overlap (their sum is capped by the time in which kernels are exposed).
 */
import { exclusiveShare, headroomOf } from '#analysis/levers/kernel-headroom.ts'
import type { Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import type { KernelRole } from '#formats/kernel-families.ts'
import type { Claim, Judge } from './claim.ts'

/** Eight bits for sixteen halve the bytes; scales and the rest leave 0.50 to 0.66 of the time: the middle. */
const HALVED_BYTES = 0.42
/** Without counters nobody knows what a family could win: half of its time, to rank it between one at its roof and one far from it. */
const UNCOUNTED = 0.5

const wideTypes = new Set(['fp16', 'bf16', 'fp16_bf16', 'fp16_bf16_tf32', 'tf32', 'fp32'])

/** Part of the family's time that could go: 0 at its roof with narrow bytes. */
function removableOf(family: FamilyEvidence, isWide: boolean, attainable: number): { readonly ratio: number; readonly how: string } {
  const headroom = headroomOf(family)
  if ('unknown' in headroom) return { ratio: UNCOUNTED, how: 'how far from its roof is not counted' }
  const byRoof = Math.max(0, 1 - headroom.roof.value / attainable)
  const byBytes = isWide && headroom.bound === 'memory' ? HALVED_BYTES : 0
  return { ratio: Math.max(byRoof, byBytes), how: `at ${formatRatio(headroom.roof.value)} of its ${headroom.bound} roof` }
}

function byRole(role: KernelRole, isWide: (family: FamilyEvidence, evidence: Evidence) => boolean): Judge {
  return (evidence, { attainableRoof }): Claim | undefined => {
    const { step, families } = evidence
    const own = families.filter((family) => family.role === role)
    const [hottest] = own
    if (step === undefined || hottest === undefined) return undefined
    const summed = own.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
    const exclusive = summed === 0 ? 0 : exclusiveShare(step, own) / summed
    const removable = own.map((family) => ({ family, ...removableOf(family, isWide(family, evidence), attainableRoof.value) }))
    const share = removable.reduce((sum, { family, ratio }) => sum + ratio * family.stepShare.value * exclusive, 0)
    return {
      share: Math.min(1, share),
      why: `${role} kernels take ${formatRatio(summed)} of the step, ${hottest.family} most, ${removable[0]?.how ?? ''}`,
      cites: own.flatMap(({ stepShare, counters }) => [stepShare, ...(counters?.roofRatio === undefined ? [] : [counters.roofRatio])]),
    }
  }
}

/** Weights are read in the type that is multiplied, as far as counters and the model say. */
const wideWeights = (family: FamilyEvidence, { deployment }: Evidence): boolean => {
  const { weightType } = deployment.model
  return weightType === undefined ? wideTypes.has(family.counters?.dataType ?? '') : /^(bf16|fp16|bfloat16|float16)$/.test(weightType)
}

/** The KV cache is as wide as the activations unless it is set. */
const wideCache = (_: FamilyEvidence, { deployment }: Evidence): boolean => {
  if (deployment.engine === undefined) return false
  const state = deployment.knob('kv-cache-dtype')
  return 'value' in state && /^(auto|bf16|fp16|bfloat16|float16)$/.test(String(state.value))
}

export const attention = byRole('attention', wideCache)
export const gemm = byRole('gemm', wideWeights)
export const moe = byRole('moe', wideWeights)

/** Seldom held down is no bottleneck. */
const OFTEN = 0.05

/**
 * Kernels bound by compute take time as one over the clock; those bound by memory do not. A clock is held down where it is below its maximum
 * by more than clocks of two runs differ.
 */
export const clock: Judge = ({ device, families, step }, { clocks }) => {
  const ratio = device?.smClockOfMaxRatio
  if (device === undefined || ratio === undefined || step === undefined || ratio.value >= 1 - clocks.value) return undefined
  const throttled = device.throttledRatio
  if (throttled === undefined || throttled.value < OFTEN) return undefined
  const bound = families.filter(({ counters }) => counters?.bound === 'compute' && counters.headroom === 'decidable')
  if (bound.length === 0) {
    return {
      unknown: `the SM clock is at ${formatRatio(ratio.value)} of its maximum; which kernels follow it is not counted`,
      settledBy: 'ncu --set full of the hottest kernels',
    }
  }
  const share = exclusiveShare(step, bound) * (1 - ratio.value)
  return {
    share,
    why: `the SM clock is held at ${formatRatio(ratio.value)} of its maximum, and ${bound.map(({ family }) => family).join(', ')} follow it`,
    cites: [ratio, throttled, ...bound.map(({ stepShare }) => stepShare)],
  }
}
