/** What a trial's effect is held against: the noise floor, which is what pairs of the same thing differ by, and the margin within which it is no effect worth having. */
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

/**
 * The smallest effect worth having where nobody says another: 1 %, a third of what the field tolerates in median ITL and throughput
 * (3 %, facts/baselines.md section 3), and the noise threshold of Criterion (section 6).
 */
export const SMALLEST_EFFECT_RATIO = 0.01

/**
 * The margin of equivalence, as a log ratio. A floor measured by a few A/A pairs may come out far below the noise of a pair by luck, and then
 * nothing is ever shown to lie within it: an effect that is smaller than worth having is none, whatever the floor. Never below the floor.
 * @param smallestEffectRatio of the plan; undefined in plans that say none: then the floor alone.
 */
export function marginLog(floor: TrialFloor, smallestEffectRatio: number | undefined): number {
  return Math.max(floor.log, Math.log1p(smallestEffectRatio ?? 0))
}
