/** Counters that a label divides, between two dumps: accepted draft tokens by position, prompt tokens by where they came from. */
import type { MetricsReport } from '#formats/metrics.ts'
import { pairSeries } from './metric-deltas.ts'
import type { MetricSeries } from './metric-series.ts'

type Derived = MetricsReport['derived'][number]

/** What was gained under each value of the label, summed over engines; undefined where a counter went back. */
function gainedBy(before: readonly MetricSeries[], after: readonly MetricSeries[], quantity: string, label: string) {
  const only = (list: readonly MetricSeries[]) => list.filter(({ of }) => of.quantity === quantity)
  const gained = new Map<string, number>()
  for (const { series, from, to } of pairSeries(only(before), only(after))) {
    const value = series.labels[label]
    if (to < from) return undefined
    if (value !== undefined) gained.set(value, (gained.get(value) ?? 0) + to - from)
  }
  return gained
}

/** Position 1 is the first draft token. Share of drafts whose token at that position was accepted: never rises with the position. */
export function acceptedByPosition(before: readonly MetricSeries[], after: readonly MetricSeries[], drafts: number): Derived[] {
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
export function promptTokensBySource(before: readonly MetricSeries[], after: readonly MetricSeries[]): Derived[] {
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
