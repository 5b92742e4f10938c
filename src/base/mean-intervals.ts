/** Intervals of means of few values, with or without what earlier values say of their deviation. */
import { fisherUpper, studentCritical, studentTwoSided } from './distributions.ts'
import { mean } from './statistics.ts'

/** A variance with what it is worth. */
export interface Spread {
  readonly variance: number
  /** Degrees of freedom: 0 where nothing is known. */
  readonly df: number
}

/** An estimate of a mean or of a difference of means. `df` is 0 where its error is not known; then no interval exists. */
export interface Estimate {
  readonly estimate: number
  readonly standardError: number
  readonly df: number
}

export const unknownSpread: Spread = { variance: Number.NaN, df: 0 }

export function spreadOf(values: readonly number[]): Spread {
  const df = values.length - 1
  if (df < 1) return unknownSpread
  const center = mean(values)
  return { variance: values.reduce((total, each) => total + (each - center) ** 2, 0) / df, df }
}

/** Weighted by what each is worth. */
export function pooled(spreads: readonly Spread[]): Spread {
  const known = spreads.filter(({ df }) => df > 0)
  const df = known.reduce((total, each) => total + each.df, 0)
  return df === 0 ? unknownSpread : { variance: known.reduce((total, each) => total + each.variance * each.df, 0) / df, df }
}

/** One in twenty: how surely the values at hand must vary more than the earlier ones before these are set aside. */
const SURELY_WIDER = 0.05

export interface SpreadWithPrior extends Spread {
  /** `set-aside`: the values at hand vary surely more than the earlier ones, which then say nothing. */
  readonly prior: 'none' | 'used' | 'set-aside'
}

/** What the values at hand and earlier ones of the same kind say together. */
export function withPrior(own: Spread, prior: Spread | undefined): SpreadWithPrior {
  if (prior === undefined || prior.df === 0) return { ...own, prior: 'none' }
  if (own.df > 0 && fisherUpper(own.variance / prior.variance, own.df, prior.df) < SURELY_WIDER) return { ...own, prior: 'set-aside' }
  return { ...pooled([own, prior]), prior: 'used' }
}

/** Two-sided p of no difference. NaN where the error is not known; 0 or 1 where it is exactly none. */
export function pValueOf({ estimate, standardError, df }: Estimate): number {
  if (!(df > 0) || Number.isNaN(estimate)) return Number.NaN
  if (standardError === 0) return estimate === 0 ? 1 : 0
  return studentTwoSided(estimate / standardError, df)
}

/**
 * Two one-sided tests: whether the estimate lies within ±`margin` at `alpha` on each side, which is the same as its 1 - 2 alpha interval
 * lying inside. False where the error is not known.
 */
export function isEquivalent({ estimate, standardError, df }: Estimate, margin: number, alpha: number): boolean {
  if (!(df > 0) || !(Math.abs(estimate) < margin)) return false
  // The nearer edge decides; half of a two-sided p is the one-sided one.
  return standardError === 0 || studentTwoSided((margin - Math.abs(estimate)) / standardError, df) / 2 <= alpha
}

export interface Interval {
  readonly low: number
  readonly high: number
}

/** The interval that leaves out `alpha`, half on each side. Undefined where the error is not known. */
export function intervalOf({ estimate, standardError, df }: Estimate, alpha: number): Interval | undefined {
  if (!(df > 0) || Number.isNaN(estimate) || Number.isNaN(standardError)) return undefined
  const half = studentCritical(alpha, df) * standardError
  return { low: estimate - half, high: estimate + half }
}

/** Difference of means `to - from` with Welch and Satterthwaite's error; with a value alone on a side, the variance of the other or of the prior serves both. */
export function differenceOfMeans(from: readonly number[], to: readonly number[], prior?: Spread): Estimate & SpreadWithPrior {
  const estimate = mean(to) - mean(from)
  const [a, b] = [spreadOf(from), spreadOf(to)]
  const shared = withPrior(pooled([a, b]), prior)
  if (shared.prior === 'used' || a.df === 0 || b.df === 0) {
    const standardError = Math.sqrt(shared.variance * (1 / from.length + 1 / to.length))
    return { ...shared, estimate, standardError }
  }
  const [ofFrom, ofTo] = [a.variance / from.length, b.variance / to.length]
  const squared = ofFrom + ofTo
  // All values equal on both sides: no error at all, and the whole count of freedoms.
  const share = ofFrom / squared
  const df = squared === 0 ? a.df + b.df : 1 / (share ** 2 / a.df + (1 - share) ** 2 / b.df)
  return { ...shared, estimate, standardError: Math.sqrt(squared), df }
}

/** Mean of differences of pairs, with its error. */
export function meanOfDifferences(differences: readonly number[], prior?: Spread): Estimate & SpreadWithPrior {
  const spread = withPrior(spreadOf(differences), prior)
  return { ...spread, estimate: mean(differences), standardError: Math.sqrt(spread.variance / differences.length) }
}
