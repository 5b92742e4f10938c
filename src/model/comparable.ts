/** Whether two figures of load generators may be set against each other, and why not (facts/bench-results.md section 8). */
import type { LatencyMetric, RateMetric } from './bench-result.ts'

export type Comparable = { readonly comparable: true; readonly note?: string } | { readonly comparable: false; readonly reason: string }

/** Names that tools give to one another's quantities. */
const betweenTokens: ReadonlySet<string> = new Set(['itl', 'inter-chunk', 'tpot', 'ntpot'])

const refuse = (reason: string): Comparable => ({ comparable: false, reason })

/**
 * Latencies: equal statistic and equal definition. The name alone decides nothing: AIPerf's ITL is the mean per request that vLLM calls
 * TPOT, and vLLM's ITL is neither; guidellm's TPOT counts the first token, vLLM's does not.
 */
export function comparableLatencies(a: LatencyMetric, b: LatencyMetric): Comparable {
  if (a.statistic !== b.statistic) return refuse(`one is ${a.statistic}, the other ${b.statistic}`)
  if (a.definition === 'unknown' || b.definition === 'unknown') return refuse('the definition of one of them is not known')
  if (a.definition === 'first-event-unknown' || b.definition === 'first-event-unknown')
    return refuse('which event stops the clock of one of them is not known')
  if (a.definition !== b.definition)
    return refuse(`different definitions: ${a.quantity} is ${a.definition}, ${b.quantity} is ${b.definition}`)
  if (a.definition === 'chunk-gap-or-per-accepted-token') return refuse('it may or may not be divided by the accept length')
  if (a.estimable === 'no' || b.estimable === 'no') return refuse(`${a.statistic} is not estimable from so few requests`)
  if (a.quantity !== b.quantity && !(betweenTokens.has(a.quantity) && betweenTokens.has(b.quantity) && a.definition !== 'server-histogram'))
    return refuse(`one is ${a.quantity}, the other ${b.quantity}`)
  return a.quantity === b.quantity
    ? { comparable: true }
    : { comparable: true, note: `one quantity under two names: ${a.quantity} and ${b.quantity}` }
}

/** Rates: equal quantity, owner, statistic and window. */
export function comparableRates(a: RateMetric, b: RateMetric): Comparable {
  if (a.quantity !== b.quantity) return refuse(`one counts ${a.quantity}, the other ${b.quantity}`)
  if (a.per !== b.per) return refuse(`one is per ${a.per}, the other per ${b.per}`)
  if (a.statistic !== b.statistic) return refuse(`one is ${a.statistic}, the other ${b.statistic}`)
  if (a.window === 'unknown' || b.window === 'unknown') return refuse('the window of one of them is not known')
  if (a.window !== b.window) return refuse(`different windows: ${a.window} and ${b.window}`)
  return { comparable: true }
}
