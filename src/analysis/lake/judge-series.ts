/** Series judged together: the chance of any false alarm is shared among those that have enough points. */
import { formatRatio, significant } from '#base/units.ts'
import { type TrendMetric, type TrendSeries, trendMetrics } from '#formats/lake/lake-trend.ts'
import { judgeTrend, leastTrendPoints, type TrendChange } from './trend.ts'
import type { TrendGroup } from './trend-series.ts'

/** One in twenty over everything that is looked at. */
export const TREND_ALPHA = 0.05

export interface JudgedSeries {
  readonly series: readonly TrendSeries[]
  readonly judged: number
  readonly alphaEach: number
  readonly leastPoints: number
}

/**
 * The more series are judged, the less chance is left to each and the more points each needs. The fewest points with which that agrees; who
 * is judged depends on the number of points only, never on the values. Where none is judged: what all of them would need.
 */
function shareAlpha(lengths: readonly number[], alpha: number): Omit<JudgedSeries, 'series'> {
  for (let leastPoints = leastTrendPoints(alpha); ; leastPoints++) {
    const judged = lengths.filter((length) => length >= leastPoints).length
    const alphaEach = alpha / Math.max(1, judged || lengths.length)
    if (judged === 0) return { judged, alphaEach, leastPoints: leastTrendPoints(alphaEach) }
    if (leastTrendPoints(alphaEach) <= leastPoints) return { judged, alphaEach, leastPoints }
  }
}

const effectOf = (metric: TrendMetric, size: number): 'better' | 'worse' =>
  size > 0 === (trendMetrics[metric] === 'higher') ? 'better' : 'worse'

function judgeGroup({ identity, points }: TrendGroup, metric: TrendMetric, alpha: number, least: number): TrendSeries {
  const shared = { identity, points: [...points] }
  const judged = points.length < least ? undefined : judgeTrend(points, alpha)
  if (judged === undefined || judged.verdict === 'too-few-points')
    return { ...shared, verdict: 'too-few-points', why: `${points.length} of ${least} points: with fewer even a clean step may be chance` }
  const { noise, p, change } = judged
  const why =
    judged.verdict === 'change-shown'
      ? `${significant(p * 100, 2)} % of orders by chance look so, and the noise of ${formatRatio(noise.ratio)} does not explain it`
      : judged.missed === 'within-noise'
        ? `the likeliest change lies within the noise of ${formatRatio(noise.ratio)}`
        : `${significant(p * 100, 2)} % of orders by chance look so`
  const told = judged.verdict === 'change-shown' ? { change: changeOf(change, points, metric) } : {}
  return { ...shared, verdict: judged.verdict, why, noise, p, ...told }
}

function changeOf({ at, ...rest }: TrendChange, points: TrendGroup['points'], metric: TrendMetric): NonNullable<TrendSeries['change']> {
  const [before, after] = [points[at - 1], points[at]]
  if (before === undefined || after === undefined) throw new Error('a change beyond the points')
  return { before: before.campaign, after: after.campaign, effect: effectOf(metric, rest.sizeRatio), ...rest }
}

const rank: Readonly<Record<TrendSeries['verdict'], number>> = { 'change-shown': 0, 'no-change-shown': 1, 'too-few-points': 2 }

/** Changes first, each verdict in the order of `groups`. */
export function judgeSeries(groups: readonly TrendGroup[], metric: TrendMetric, alpha = TREND_ALPHA): JudgedSeries {
  const shared = shareAlpha(
    groups.map(({ points }) => points.length),
    alpha,
  )
  const series = groups.map((group) => judgeGroup(group, metric, shared.alphaEach, shared.leastPoints))
  return { ...shared, series: series.sort((a, b) => rank[a.verdict] - rank[b.verdict]) }
}
