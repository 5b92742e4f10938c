/**
 * Whether a measurement that is taken again and again has changed: the largest standardised CUSUM against its own permutations (Csörgő and
 * Horváth 1997, at most one change), and then against the noise. Pure: values in, judgement out.
 *
 * What would fool it, and what is done: a trend of ±10 % in data that jump by as much (the permutations jump too); trials that agree while
 * campaigns do not (noise is never less than what neighbouring campaigns differ by); noise that wanders, so that neighbours resemble each
 * other (the error grows by the autocorrelation that is left: 12 % false alarms instead of 5 where it is 0.5, the tests measure it); a
 * slow slide (told as a drift, where a line fits better than a step); one odd campaign (a side has at least two). A rise that falls back is
 * not seen: one change is looked for, so "no change shown" is never "no change".
 */
import { studentCritical } from '#base/distributions.ts'
import { Random } from '#base/random.ts'
import { mean, median } from '#base/statistics.ts'

/** Two points on a side at least: one alone is an outlier as much as a change. */
const LEAST_SIDE = 2
/** Draws at least: p is then known to a thousandth near 5 %. */
const LEAST_DRAWS = 9_999
/** Drawing stops when so many reached the observed one (Besag and Clifford 1991): p = reached / drawn is valid and known to a seventh. */
const ENOUGH_REACHED = 50
/** Median of |a - b| of two normal values is √2 · 0.6745 deviations. */
const NEIGHBOURS = Math.SQRT2 * 0.674489750196082
/** A median's error over a mean's (√(π/2)): the atlas holds medians of trials. */
const MEDIAN_ERROR = Math.sqrt(Math.PI / 2)
/** A factor of 4.4 on the error: beyond, few points say nothing about how much they wander. */
const MOST_AUTOCORRELATION = 0.9
/** Sums of the same numbers in another order, and logarithms of scaled ones, differ by less. */
const SAME = 1e-9

export interface TrendValue {
  /** Greater than 0, any unit. */
  readonly value: number
  /** Of the trials behind it: their number and their sample deviation in the unit of `value`. Absent: not known. */
  readonly trials?: { readonly count: number; readonly deviation: number }
}

export interface TrendNoise {
  /** Deviation of one point, 0.01 is 1 %: the larger of the two below. */
  readonly ratio: number
  readonly neighboursRatio: number
  /** Root mean square over the points whose trials are known. Absent: of none. */
  readonly trialsRatio?: number
}

export interface TrendChange {
  /** The first point after the change. */
  readonly at: number
  /** Mean after over mean before - 1 (of logarithms), with the interval at 1 - `alpha`. */
  readonly sizeRatio: number
  readonly lowRatio: number
  readonly highRatio: number
  /** Which of the two leaves less unexplained. */
  readonly shape: 'step' | 'drift'
  /** Of neighbouring points around the change; what is above 0 widened the interval and raised p. */
  readonly autocorrelation: number
}

export type TrendVerdict =
  | { readonly verdict: 'too-few-points'; readonly needed: number }
  | {
      readonly verdict: 'change-shown' | 'no-change-shown'
      readonly noise: TrendNoise
      readonly p: number
      /** The likeliest change, shown or not. */
      readonly change: TrendChange
      /** Why nothing is shown. */
      readonly missed?: 'order-by-chance' | 'within-noise'
    }

/** Fewest points of which a clean step in the middle can reach `alpha`: of all C(n, n/2) ways to divide them two are as extreme. 8 for 5 %. */
export function leastTrendPoints(alpha: number): number {
  let ways = 1
  let n = 1
  while (2 / ways > alpha || n < 2 * LEAST_SIDE) {
    n += 1
    ways = (ways * n) / (n % 2 === 0 ? n / 2 : (n + 1) / 2)
  }
  return n
}

/** The largest |sum of the first k| √(n / (k (n - k))) of centred values: standardised difference of means, but for the deviation. */
function largestCusum(centred: ArrayLike<number>): { statistic: number; at: number } {
  const n = centred.length
  let [sum, statistic, at] = [0, -1, LEAST_SIDE]
  for (let k = 1; k <= n - LEAST_SIDE; k++) {
    sum += centred[k - 1] as number // k - 1 < n
    if (k < LEAST_SIDE) continue
    const here = Math.abs(sum) * Math.sqrt(n / (k * (n - k)))
    if (here > statistic * (1 + SAME)) [statistic, at] = [here, k]
  }
  return { statistic, at }
}

/** Factor on the error of a mean of values of which neighbours are alike. */
const wanderFactor = (autocorrelation: number): number => Math.sqrt((1 + Math.max(0, autocorrelation)) / (1 - Math.max(0, autocorrelation)))

/** How often an order by chance has as large a CUSUM; 1 where the values do not differ. */
function orderP(centred: readonly number[], observed: number, alpha: number, seed: number): number {
  if (observed < SAME) return 1
  const random = new Random(seed, 'trend')
  const draws = Math.max(LEAST_DRAWS, Math.ceil(ENOUGH_REACHED / alpha))
  const order = Float64Array.from(centred)
  let reached = 0
  for (let draw = 1; draw <= draws; draw++) {
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(random.uniform() * (last + 1))
      const kept = order[last] as number // both within the array
      order[last] = order[other] as number
      order[other] = kept
    }
    if (largestCusum(order).statistic >= observed * (1 - SAME)) reached++
    if (reached === ENOUGH_REACHED) return reached / draw
  }
  return (reached + 1) / (draws + 1)
}

const squares = (values: readonly number[]): number => values.reduce((total, each) => total + each * each, 0)

/** Of the points: what neighbours differ by, and what trials leave unsure of each. */
export function trendNoise(points: readonly TrendValue[]): TrendNoise {
  const logs = points.map(({ value }) => Math.log(value))
  const neighboursRatio = median(logs.slice(1).map((each, index) => Math.abs(each - (logs[index] ?? each)))) / NEIGHBOURS
  const errors = points.flatMap(({ value, trials }) =>
    trials === undefined || trials.count < 2 ? [] : [(MEDIAN_ERROR * trials.deviation) / value / Math.sqrt(trials.count)],
  )
  if (errors.length === 0) return { ratio: neighboursRatio, neighboursRatio }
  const trialsRatio = Math.sqrt(squares(errors) / errors.length)
  return { ratio: Math.max(neighboursRatio, trialsRatio), neighboursRatio, trialsRatio }
}

/** What a straight line over the order of the points leaves unexplained. */
function lineSquares(logs: readonly number[]): number {
  const middle = (logs.length - 1) / 2
  const center = mean(logs)
  const across = logs.reduce((total, each, index) => total + (index - middle) * (each - center), 0)
  const slope = across / squares(logs.map((_, index) => index - middle))
  return squares(logs.map((each, index) => each - center - slope * (index - middle)))
}

function changeAt(logs: readonly number[], at: number, noise: number, alpha: number): TrendChange {
  const [before, after] = [mean(logs.slice(0, at)), mean(logs.slice(at))]
  const left = logs.map((each, index) => each - (index < at ? before : after))
  const unexplained = squares(left)
  const alike = left.slice(1).reduce((total, each, index) => total + each * (left[index] ?? 0), 0)
  // Two means are taken out of n values, which lowers the autocorrelation of independent ones by about 2 / n.
  const autocorrelation = unexplained < SAME ** 2 ? 0 : Math.min(MOST_AUTOCORRELATION, alike / unexplained + 2 / logs.length)
  const deviation = Math.max(Math.sqrt(unexplained / (logs.length - 2)), noise) * wanderFactor(autocorrelation)
  const half = studentCritical(alpha, logs.length - 2) * deviation * Math.sqrt(1 / at + 1 / (logs.length - at))
  const size = after - before
  return {
    at,
    sizeRatio: Math.expm1(size),
    lowRatio: Math.expm1(size - half),
    highRatio: Math.expm1(size + half),
    shape: lineSquares(logs) < unexplained * (1 - SAME) ? 'drift' : 'step',
    autocorrelation,
  }
}

/** @param points in the order of their time. @param alpha of this series: what is left of the whole after dividing by the series looked at. */
export function judgeTrend(points: readonly TrendValue[], alpha: number, seed = 1): TrendVerdict {
  const needed = leastTrendPoints(alpha)
  if (points.length < needed) return { verdict: 'too-few-points', needed }
  const logs = points.map(({ value }) => Math.log(value))
  const center = mean(logs)
  const centred = logs.map((each) => each - center)
  const { statistic, at } = largestCusum(centred)
  const noise = trendNoise(points)
  const change = changeAt(logs, at, noise.ratio, alpha)
  const p = orderP(centred, statistic / wanderFactor(change.autocorrelation), alpha, seed)
  if (p > alpha) return { verdict: 'no-change-shown', noise, p, change, missed: 'order-by-chance' }
  if (change.lowRatio <= 0 && change.highRatio >= 0) return { verdict: 'no-change-shown', noise, p, change, missed: 'within-noise' }
  return { verdict: 'change-shown', noise, p, change }
}
