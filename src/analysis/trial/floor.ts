/** The noise floor of a trial: what pairs of the same thing differ by. */
import { studentCritical } from '#base/distributions.ts'
import type { Spread } from '#base/mean-intervals.ts'

/** A further A/A pair stays below the floor nine times of ten. */
const BEYOND_FLOOR = 0.1
/** 90 % of a normal distribution lies within this many deviations. */
const NORMAL_90 = 1.6448536269514722
/** A floor that somebody states is taken for as much as five A/A pairs, as in a baseline's diff. */
const GIVEN_WORTH = 5

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
  return { spread: { variance, df }, log: studentCritical(BEYOND_FLOOR, df) * Math.sqrt(variance), origin: 'measured', pairs: df }
}

/** @param ratio 0.02 is 2 %. */
export function givenFloor(ratio: number): TrialFloor {
  const log = Math.log1p(ratio)
  return { spread: { variance: (log / NORMAL_90) ** 2, df: GIVEN_WORTH }, log, origin: 'given' }
}
