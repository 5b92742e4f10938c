/** Histograms of engines, summed over engines: a mean, and the bucket that holds each quantile. A bucket's edge is no value. */
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { earlierValues } from './metric-deltas.ts'
import type { SeriesSet } from './metric-series.ts'

type Histogram = MetricsReport['histograms'][number]

const quantiles = [0.5, 0.9, 0.95, 0.99] as const

interface Sums {
  readonly of: MetricQuantity
  count: number
  sum: number
  hasReset: boolean
  /** Cumulative counts by upper edge. */
  readonly buckets: Map<number, number>
}

const isHistogram = ({ semantics }: MetricQuantity): boolean => semantics === 'histogram'

/** Without `before`: since the engine started. Histograms with a counter that went back are left out. */
export function histogramsOf(before: SeriesSet | undefined, after: SeriesSet): Histogram[] {
  const byQuantity = new Map<string, Sums>()
  const parts = after.filter(isHistogram)
  const earlier = earlierValues(before, isHistogram, after, parts)
  for (const [index, series] of parts.entries()) {
    const of = after.of(series)
    const part = after.part(series)
    let sums = byQuantity.get(of.quantity)
    if (sums === undefined) {
      sums = { of, count: 0, sum: 0, hasReset: false, buckets: new Map() }
      byQuantity.set(of.quantity, sums)
    }
    const gained = after.last(series) - (earlier[index] ?? 0)
    if (gained < 0) sums.hasReset = true
    if (part === 'count') sums.count += gained
    else if (part === 'sum') sums.sum += gained
    else {
      const edge = after.edge(series)
      if (!Number.isNaN(edge)) sums.buckets.set(edge, (sums.buckets.get(edge) ?? 0) + gained)
    }
  }
  return [...byQuantity.values()]
    .filter(({ hasReset, count }) => !hasReset && count > 0)
    .map((sums) => histogramOf(sums, before !== undefined))
}

function histogramOf({ of, count, sum, buckets }: Sums, isDelta: boolean): Histogram {
  const edges = [...buckets].sort(([a], [b]) => a - b)
  const rows = quantiles.flatMap((quantile) => {
    const rank = quantile * count
    const index = edges.findIndex(([, cumulative]) => cumulative >= rank)
    const edge = edges[index]?.[0]
    if (edge === undefined) return []
    const above = edges[index - 1]?.[0] ?? 0
    return [{ quantile, above, ...(Number.isFinite(edge) ? { atMost: edge } : {}) }]
  })
  return {
    quantity: of.quantity,
    unit: of.unit,
    since: isDelta ? 'first dump' : 'start',
    count,
    ...(Number.isFinite(sum) ? { mean: sum / count } : {}),
    quantiles: rows,
  }
}
