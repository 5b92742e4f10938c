/** How many pairs (or runs per side) a question needs. Exact for normal differences: the deviation's own randomness is integrated out. */
import { chiSquareQuantile, normalCdf, studentCritical } from './distributions.ts'
import type { Spread } from './mean-intervals.ts'

/** Equal shares of the chi-square distribution over which a power is averaged: 64 give three digits. */
const SHARES = 64
/** No plan goes beyond this: it only bounds the search. */
export const MOST_PAIRS = 1000

/** The ratios of observed to true deviation, one per share: quantiles are slow, and a search asks for the same few degrees of freedom. */
const ratiosByDf = new Map<number, readonly number[]>()

function deviationRatios(df: number): readonly number[] {
  const known = ratiosByDf.get(df)
  if (known !== undefined) return known
  const ratios = Array.from({ length: SHARES }, (_, share) => Math.sqrt(chiSquareQuantile((share + 0.5) / SHARES, df) / df))
  ratiosByDf.set(df, ratios)
  return ratios
}

/** Mean over the random ratio of observed to true deviation for `df` degrees of freedom. */
function overDeviation(df: number, power: (ratio: number) => number): number {
  return deviationRatios(df).reduce((total, ratio) => total + power(ratio), 0) / SHARES
}

/** `sides`: 1 for paired differences, whose degrees of freedom are n - 1; 2 for runs per side, 2 (n - 1), with twice the variance. */
export type Sides = 1 | 2

const errorOf = (deviation: number, n: number, sides: Sides): number => deviation * Math.sqrt(sides / n)

/** Chance that the two-sided interval at `alpha` excludes zero on the side of a true `effect`. */
export function detectionPower(effect: number, deviation: number, n: number, alpha: number, sides: Sides = 1): number {
  const df = sides * (n - 1)
  if (df < 1) return 0
  const shift = Math.abs(effect) / errorOf(deviation, n, sides)
  const critical = studentCritical(alpha, df)
  return overDeviation(df, (ratio) => normalCdf(shift - critical * ratio))
}

/** What paired differences are held against: beyond ±`floor` is an effect, within ±`margin` is none. */
export interface Bounds {
  readonly floor: number
  readonly margin: number
}

/**
 * Chance that paired differences of a true `effect` settle a question: the two-sided interval at `alpha` excludes zero and the estimate is
 * beyond ±`floor`, or two one-sided tests at `alpha` put it inside ±`margin`. Both can hold at once; it is counted once.
 */
export function settledPower(bounds: Bounds, effect: number, deviation: number, n: number, alpha: number): number {
  const df = n - 1
  if (df < 1) return 0
  const error = errorOf(deviation, n, 1)
  const shift = effect / error
  const [clear, inside] = [studentCritical(alpha, df), studentCritical(2 * alpha, df)]
  return overDeviation(df, (ratio) => {
    const beyond = Math.max(clear * ratio, bounds.floor / error)
    const within = Math.min(beyond, Math.max(0, bounds.margin / error - inside * ratio))
    return normalCdf(shift - beyond) + normalCdf(-shift - beyond) + normalCdf(within - shift) - normalCdf(-within - shift)
  })
}

/** Chance that the interval lies within ±`margin` (two one-sided tests at `alpha` each) where the truth is `effect`. */
export function equivalencePower(margin: number, effect: number, deviation: number, n: number, alpha: number, sides: Sides = 1): number {
  const df = sides * (n - 1)
  if (df < 1) return 0
  const error = errorOf(deviation, n, sides)
  const critical = studentCritical(2 * alpha, df)
  return overDeviation(df, (ratio) => {
    const [low, high] = [(-margin - effect) / error + critical * ratio, (margin - effect) / error - critical * ratio]
    return high <= low ? 0 : normalCdf(high) - normalCdf(low)
  })
}

/** The least n from `least` on whose power is at least `wanted`; undefined beyond MOST_PAIRS. Power grows with n, so it is halved in. */
export function leastCount(power: (n: number) => number, wanted: number, least = 2): number | undefined {
  if (power(least) >= wanted) return least
  let [short, enough] = [least, least * 2]
  while (power(enough) < wanted) {
    if (enough >= MOST_PAIRS) return undefined
    short = enough
    enough *= 2
  }
  while (enough - short > 1) {
    const middle = (short + enough) >> 1
    if (power(middle) >= wanted) enough = middle
    else short = middle
  }
  return enough
}

/** A deviation from few values is often too small: the value it does not exceed with `confidence`. */
export function upperDeviation({ variance, df }: Spread, confidence: number): number {
  return df > 0 ? Math.sqrt((variance * df) / chiSquareQuantile(1 - confidence, df)) : Number.NaN
}
