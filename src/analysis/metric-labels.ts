/** Counters that a label divides, between two dumps: accepted draft tokens by position, prompt tokens by where they came from. */
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { earlierValues } from './metric-deltas.ts'
import { combine, perEngine } from './metric-readings.ts'
import type { SeriesSet } from './metric-series.ts'

type Derived = MetricsReport['derived'][number]

/** What was gained under each value of the label, summed over engines; undefined where a counter went back. */
function gainedBy(before: SeriesSet, after: SeriesSet, quantity: string, label: string): Map<string, number> | undefined {
  const keeps = (of: MetricQuantity) => of.quantity === quantity
  const series = after.filter(keeps)
  const earlier = earlierValues(before, keeps, after, series)
  const groups = new Map<string, { series: number[]; gained: number[] }>()
  for (const [index, each] of series.entries()) {
    const value = after.labels(each)[label]
    const gained = after.last(each) - (earlier[index] ?? 0)
    if (gained < 0) return undefined
    if (value === undefined) continue
    const group = groups.get(value) ?? { series: [], gained: [] }
    group.series.push(each)
    group.gained.push(gained)
    groups.set(value, group)
  }
  return new Map([...groups].map(([value, group]) => [value, combine(perEngine(after, group.series, group.gained), 'sum') ?? 0]))
}

/** Position 1 is the first draft token. Share of drafts whose token at that position was accepted: never rises with the position. */
export function acceptedByPosition(before: SeriesSet, after: SeriesSet, drafts: number): Derived[] {
  const gained = gainedBy(before, after, 'accepted-tokens-by-position', 'position')
  if (gained === undefined || drafts <= 0) return []
  return [...gained]
    .map(([position, accepted]) => ({ position: Number(position), accepted }))
    .filter(({ position }) => Number.isInteger(position) && position >= 0)
    .sort((a, b) => a.position - b.position)
    .map(({ position, accepted }) => ({
      name: `accepted-ratio-at-${position + 1}`,
      unit: 'ratio' as const,
      formula: 'accepted tokens at this position / drafts, gained between the dumps',
      value: accepted / drafts,
    }))
}

/** Computed by this engine, found in its own cache, or transferred: what its `source` label says. */
export function promptTokensBySource(before: SeriesSet, after: SeriesSet): Derived[] {
  const gained = gainedBy(before, after, 'prompt-tokens-by-source', 'source')
  const computed = gained?.get('local_compute')
  if (computed === undefined) return []
  return [
    {
      name: 'prompt-tokens-computed',
      unit: 'tokens',
      formula: 'prompt tokens of source local_compute, gained between the dumps',
      value: computed,
    },
  ]
}
