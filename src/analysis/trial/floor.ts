/** The noise floor of a trial: what pairs of the same thing differ by. */
import { floorLog, givenPairSpread } from '#analysis/noise-floor.ts'
import type { Spread } from '#base/mean-intervals.ts'

export interface TrialFloor {
  /** Of the log ratio of a pair. */
  readonly spread: Spread
  /** As a log ratio: |difference| of a pair of the same thing. */
  readonly log: number
  readonly origin: 'measured' | 'given'
  readonly pairs?: number
}

/** Mean of A/A pairs is known to be zero: every pair is a degree of freedom. Undefined for none. */
export function measuredFloor(logRatios: readonly number[]): TrialFloor | undefined {
  const df = logRatios.length
  if (df === 0) return undefined
  const variance = logRatios.reduce((sum, value) => sum + value * value, 0) / df
  const spread = { variance, df }
  return { spread, log: floorLog(spread), origin: 'measured', pairs: df }
}

/** @param ratio 0.02 is 2 %. */
export function givenFloor(ratio: number): TrialFloor {
  return { spread: givenPairSpread(ratio), log: Math.log1p(ratio), origin: 'given' }
}
