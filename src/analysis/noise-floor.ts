/** The noise floor of pairs of the same thing: one definition for baselines' diffs and for trials. */
import { studentCritical } from '#base/distributions.ts'
import type { Spread } from '#base/mean-intervals.ts'

/** Two-sided 10 %: the bound that 9 of 10 A/A pairs stay below. */
const BEYOND_FLOOR = 0.1
/** A floor that somebody states is taken for as much as five A/A pairs: few enough that the runs at hand outweigh it soon. */
const GIVEN_WORTH = 5
/** 90 % of a normal distribution lies within this many deviations. */
const NORMAL_90 = 1.6448536269514722

/** What |log ratio| of a further pair stays below, with the deviation's own uncertainty in it. @param pairs of log ratios of pairs. */
export function floorLog(pairs: Spread): number {
  return studentCritical(BEYOND_FLOOR, pairs.df) * Math.sqrt(pairs.variance)
}

/** Log ratios of pairs whose floor somebody states. @param floorRatio 0.02 is 2 %. */
export function givenPairSpread(floorRatio: number): Spread {
  return { variance: (Math.log1p(floorRatio) / NORMAL_90) ** 2, df: GIVEN_WORTH }
}
