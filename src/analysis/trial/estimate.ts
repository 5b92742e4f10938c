/**
 * What the pairs say: the mean log ratio B to A, signed so that positive is better, with the test that fits the sample
 * (algorithms.md, 8; facts/baselines.md sections 6 and 7).
 */
import {
  type Estimate,
  type Interval,
  intervalOf,
  isEquivalent,
  meanOfDifferences,
  pValueOf,
  type Spread,
  type SpreadWithPrior,
} from '#base/mean-intervals.ts'
import { hodgesLehmann, leastSignFlip, signFlip } from '#base/rank-tests.ts'
import { type Bounds, leastCount, settledPower, upperDeviation } from '#base/sample-size.ts'
import { mean } from '#base/statistics.ts'

/** From six pairs on the exact sign-flip test can reach 5 % (2/2^6 = 0.031); below it never can, whatever the effect. */
export const SIGN_FLIP_PAIRS = 6
/** 80 %: the usual power of a plan. */
const WANTED_POWER = 0.8

export type TrialTest = 'exact sign-flip' | 't interval with the noise floor as prior' | 't interval'

export interface TrialEstimate {
  readonly pairs: number
  /** Of the log ratio, positive is better. */
  readonly difference: Estimate & SpreadWithPrior
  readonly robust: number
  readonly interval: Interval | undefined
  readonly test: TrialTest
  readonly p: number
  /** Smallest p that the test can reach with so many pairs. */
  readonly leastP: number
  readonly alpha: number
}

/**
 * @param improvements log ratios of the pairs, positive is better.
 * @param prior spread of A/A pairs' log ratios; undefined where no noise is known.
 */
export function estimateTrial(improvements: readonly number[], prior: Spread | undefined, alpha: number): TrialEstimate {
  const difference = meanOfDifferences(improvements, prior)
  const pairs = improvements.length
  const hasExact = pairs >= SIGN_FLIP_PAIRS && leastSignFlip(pairs) <= alpha
  const test: TrialTest = hasExact
    ? 'exact sign-flip'
    : difference.prior === 'used'
      ? 't interval with the noise floor as prior'
      : 't interval'
  return {
    pairs,
    difference,
    robust: hodgesLehmann(improvements),
    interval: intervalOf(difference, alpha),
    test,
    p: hasExact ? signFlip(improvements) : pValueOf(difference),
    leastP: hasExact ? leastSignFlip(pairs) : 0,
    alpha,
  }
}

export type Outcome = 'PROVEN' | 'REFUTED' | 'NULL' | 'INCONCLUSIVE'

/**
 * PROVEN: significantly better, and by more than the floor. REFUTED: significantly worse, and by more than the floor. NULL: neither, and two
 * one-sided tests put the change inside ±margin (both are log ratios; floor.ts). Anything else is INCONCLUSIVE: the pairs cannot tell.
 * Exact test and interval must agree: a sign-flip that is significant where the interval still holds zero claims nothing.
 */
export function outcomeOf(estimate: TrialEstimate, { floor, margin }: Bounds): Outcome {
  const { difference, interval, p, alpha } = estimate
  const isClear = p <= alpha && interval !== undefined && (interval.low > 0 || interval.high < 0)
  if (isClear && Math.abs(difference.estimate) > floor) return difference.estimate > 0 ? 'PROVEN' : 'REFUTED'
  return isEquivalent(difference, margin, alpha) ? 'NULL' : 'INCONCLUSIVE'
}

/** Effects that the pairs so far leave possible: equal shares of their normal distribution, eight of them. */
const possible = [-1.534, -0.887, -0.489, -0.157, 0.157, 0.489, 0.887, 1.534] as const

/**
 * Pairs in all after which the question is settled with 80 % chance: shown to be beyond the floor, or within the margin. The chance is taken over the
 * effects that the pairs so far leave possible, and the deviation at its upper 80 % bound: what few pairs say of it is often too small.
 * Undefined where no feasible number settles it: an effect as large as the floor itself, with no wider margin, never is.
 */
export function pairsNeeded({ difference, alpha, pairs }: TrialEstimate, bounds: Bounds): number | undefined {
  const deviation = upperDeviation(difference, WANTED_POWER)
  if (!(deviation > 0)) return undefined
  const effects = possible.map((z) => Math.abs(difference.estimate + z * difference.standardError))
  const settles = (n: number): number => mean(effects.map((effect) => settledPower(bounds, effect, deviation, n, alpha)))
  return leastCount(settles, WANTED_POWER, Math.max(3, pairs + 1))
}
