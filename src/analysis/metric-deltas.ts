/** What counters gained between two dumps of one endpoint. A counter that went back was restarted: then nothing is known, and it says so. */
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { ALL_ENGINES, combine, perEngine } from './metric-readings.ts'
import type { MetricSeries } from './metric-series.ts'

export type MetricDelta = NonNullable<MetricsReport['deltas']>[number]

interface SeriesDelta {
  readonly series: MetricSeries
  readonly value: number
}

interface Group {
  readonly of: MetricQuantity
  readonly entity: string
  readonly deltas: SeriesDelta[]
  reset: string | undefined
}

/** `quantity` and labels, whatever the name: a dump before and one after an upgrade still match, and their restart shows. */
function seriesKey({ of, part, key }: MetricSeries): string {
  return `${of.quantity}\n${part ?? ''}\n${key}`
}

/** Pairs of series of equal quantity and labels. A series that only the later dump has began at zero in between. */
export function pairSeries(
  before: readonly MetricSeries[],
  after: readonly MetricSeries[],
): { readonly series: MetricSeries; readonly from: number; readonly to: number; readonly appeared: boolean }[] {
  // A first dump costs nothing: keys are only worth their making where there is something to find.
  if (before.length === 0) return after.map((series) => ({ series, from: 0, to: series.values.at(-1) ?? Number.NaN, appeared: true }))
  const earlier = new Map(before.map((series) => [seriesKey(series), series]))
  return after.map((series) => {
    const match = earlier.get(seriesKey(series))
    return { series, from: match?.values.at(-1) ?? 0, to: series.values.at(-1) ?? Number.NaN, appeared: match === undefined }
  })
}

export interface DeltaOptions {
  /** Seconds between the dumps, where known. */
  readonly windowS?: number
  /** Why every delta is invalid: the process between the dumps is another one. */
  readonly restarted?: string
}

export function deltasOf(before: readonly MetricSeries[], after: readonly MetricSeries[], options: DeltaOptions): MetricDelta[] {
  const groups = new Map<string, Group>()
  const counters = (list: readonly MetricSeries[]) => list.filter(({ of }) => of.semantics === 'counter')
  for (const { series, from, to } of pairSeries(counters(before), counters(after))) {
    const { of } = series
    const entity = of.level === 'engine' ? ALL_ENGINES : series.entity.id
    const key = `${of.quantity}\n${entity}`
    let group = groups.get(key)
    if (group === undefined) {
      group = { of, entity, deltas: [], reset: undefined }
      groups.set(key, group)
    }
    if (to < from) group.reset ??= `${series.seriesName} went from ${from} to ${to}: it was reset between the dumps`
    group.deltas.push({ series, value: to - from })
  }
  const rows = [...groups.values()].map((group) => deltaOf(group, options))
  return [...rows, ...lostSeries(counters(before), counters(after), groups)]
}

function deltaOf({ of, entity, deltas, reset }: Group, { windowS, restarted }: DeltaOptions): MetricDelta {
  const base = { quantity: of.quantity, unit: of.unit, entity }
  const values = of.level === 'engine' ? perEngine(deltas) : deltas.slice(0, 1).map(({ value }) => value)
  const reason = reset ?? restarted
  if (reason !== undefined) return { ...base, state: 'invalid', reason, combined: values.length }
  const delta = combine(values, 'sum') ?? 0
  return { ...base, state: 'counted', delta, ...(windowS === undefined ? {} : { perSecond: delta / windowS }), combined: values.length }
}

/** A series that is gone took its count with it: an engine of a data-parallel group died. */
function lostSeries(before: readonly MetricSeries[], after: readonly MetricSeries[], groups: Map<string, Group>): MetricDelta[] {
  const later = new Set(after.map(seriesKey))
  const lost = before.filter((series) => !later.has(seriesKey(series)))
  const rows: MetricDelta[] = []
  for (const { of, entity, seriesName } of lost) {
    const id = of.level === 'engine' ? ALL_ENGINES : entity.id
    if (groups.has(`${of.quantity}\n${id}`)) continue
    groups.set(`${of.quantity}\n${id}`, { of, entity: id, deltas: [], reset: undefined })
    const reason = `${seriesName} is only in the first dump`
    rows.push({ quantity: of.quantity, unit: of.unit, entity: id, state: 'invalid', reason, combined: 1 })
  }
  return rows
}
