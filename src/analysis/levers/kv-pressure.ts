/** What a full KV cache costs: prompts that are computed again, and the share of time that prompts take. */
import type { Cited, Evidence } from '#analysis/synthesis/evidence.ts'
import { formatCount, formatRatio } from '#base/units.ts'
import { type NoCandidate, nothing } from './lever.ts'

/** Tokens recomputed below one in a hundred are within what counters of two dumps differ by. */
const MIN_RECOMPUTED_RATIO = 0.01

export interface Pressure {
  readonly recomputedRatio: number
  readonly because: readonly string[]
  readonly cites: readonly Cited[]
}

/** Prompt tokens computed beyond those that had to be, over all that were computed. */
export function pressureOf({ serving }: Evidence): Pressure | NoCandidate {
  const preemptions = serving?.preemptions
  if (serving === undefined || preemptions === undefined) return nothing('preemptions are not known')
  if (preemptions.value <= 0) return nothing('no request was preempted')
  const { kvUsageRatio: usage, prefilledTokens: computed, promptTokens: prompts, cachedTokens: cached } = serving
  if (computed === undefined || prompts === undefined || computed.value <= 0) {
    return nothing('tokens that were computed again are not known: take the engine’s metrics before and after the load', true)
  }
  const recomputed = computed.value - Math.max(0, prompts.value - (cached?.value ?? 0))
  const recomputedRatio = recomputed / computed.value
  if (recomputedRatio < MIN_RECOMPUTED_RATIO) return nothing('requests are preempted, but hardly any prompt token is computed again', true)
  const full = usage === undefined ? '' : `, with the KV cache ${formatRatio(usage.value)} full`
  return {
    recomputedRatio,
    because: [
      `${formatCount(preemptions.value)} preemptions${full}`,
      `${formatCount(computed.value)} prompt tokens were computed for ${formatCount(prompts.value)} that came${cached === undefined ? '' : `, ${formatCount(cached.value)} of them cached`}`,
    ],
    cites: [preemptions, computed, prompts, ...(cached === undefined ? [] : [cached]), ...(usage === undefined ? [] : [usage])],
  }
}

export interface PrefillShare {
  readonly low: number
  readonly high: number
  readonly why: string
  readonly cites: readonly Cited[]
}

/**
 * Share of time that prompts take: what mixed steps add beyond decode steps (trace), or prefill time per request times requests per
 * second (engine and client). The latter counts prompts that share steps more than once, so half of it is the lower end.
 */
export function prefillShare({ step, serving }: Evidence): PrefillShare | undefined {
  const [ratio, mixed] = [step?.mixedStepRatio, step?.mixedCadenceNs]
  if (step !== undefined && ratio !== undefined && mixed !== undefined && mixed.value > step.cadenceNs.value) {
    const added = ratio.value * (mixed.value - step.cadenceNs.value)
    const share = added / (step.cadenceNs.value + added)
    // The window is a sample of the steps: a few of them are mixed.
    return {
      low: 0.9 * share,
      high: Math.min(1, 1.1 * share),
      why: 'what steps with prompts add, in the traced window',
      cites: [ratio, mixed],
    }
  }
  const [prefill, rate] = [serving?.prefillNs, serving?.requestsPerS]
  if (prefill === undefined || rate === undefined) return undefined
  const share = Math.min(1, (prefill.value / 1e9) * rate.value)
  return {
    low: share / 2,
    high: share,
    why: 'prefill time per request times requests per second; prompts may share steps',
    cites: [prefill, rate],
  }
}
