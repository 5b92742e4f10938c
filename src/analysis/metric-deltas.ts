/** What counters gained between two dumps of one endpoint. A counter that went back was restarted: then nothing is known, and it says so. */
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { ALL_ENGINES, combine, perEngine } from './metric-readings.ts'
import type { SeriesSet } from './metric-series.ts'

export type MetricDelta = NonNullable<MetricsReport['deltas']>[number]

interface Group {
  readonly of: MetricQuantity
  readonly entity: string
  /** Series of the later dump, and what each gained. */
  readonly series: number[]
  readonly gained: number[]
  reset: string | undefined
}

/** Last value of the series of `before` of equal quantity and labels, for each of `series`; 0 for one that only the later dump has: it began in between. */
export function earlierValues(
  before: SeriesSet | undefined,
  keeps: (of: MetricQuantity) => boolean,
  after: SeriesSet,
  series: readonly number[],
): Float64Array {
  const values = new Float64Array(series.length)
  const known = before?.filter(keeps) ?? []
  // A first dump costs nothing: keys are only worth their making where there is something to find.
  if (before === undefined || known.length === 0) return values
  const earlier = new Map(known.map((each) => [before.key(each), before.last(each)]))
  for (const [index, each] of series.entries()) values[index] = earlier.get(after.key(each)) ?? 0
  return values
}

export interface DeltaOptions {
  /** Seconds between the dumps, where known. */
  readonly windowS?: number
  /** Why every delta is invalid: the process between the dumps is another one. */
  readonly restarted?: string
}

const isCounter = ({ semantics }: MetricQuantity): boolean => semantics === 'counter'

function entityIdOf(set: SeriesSet, series: number): string {
  return set.of(series).level === 'engine' ? ALL_ENGINES : set.entity(series).id
}

export function deltasOf(before: SeriesSet, after: SeriesSet, options: DeltaOptions): MetricDelta[] {
  const groups = new Map<string, Group>()
  const counters = after.filter(isCounter)
  const earlier = earlierValues(before, isCounter, after, counters)
  for (const [index, series] of counters.entries()) {
    const of = after.of(series)
    const entity = entityIdOf(after, series)
    const key = `${of.quantity}\n${entity}`
    let group = groups.get(key)
    if (group === undefined) {
      group = { of, entity, series: [], gained: [], reset: undefined }
      groups.set(key, group)
    }
    const from = earlier[index] ?? 0
    const to = after.last(series)
    if (to < from) group.reset ??= `${after.seriesName(series)} went from ${from} to ${to}: it was reset between the dumps`
    group.series.push(series)
    group.gained.push(to - from)
  }
  const rows = [...groups.values()].map((group) => deltaOf(after, group, options))
  return [...rows, ...lostSeries(before, after, counters, groups)]
}

function deltaOf(after: SeriesSet, { of, entity, series, gained, reset }: Group, { windowS, restarted }: DeltaOptions): MetricDelta {
  const base = { quantity: of.quantity, unit: of.unit, entity }
  const values = of.level === 'engine' ? perEngine(after, series, gained) : gained.slice(0, 1)
  const reason = reset ?? restarted
  if (reason !== undefined) return { ...base, state: 'invalid', reason, combined: values.length }
  const delta = combine(values, 'sum') ?? 0
  return { ...base, state: 'counted', delta, ...(windowS === undefined ? {} : { perSecond: delta / windowS }), combined: values.length }
}

/** A series that is gone took its count with it: an engine of a data-parallel group died. */
function lostSeries(before: SeriesSet, after: SeriesSet, counters: readonly number[], groups: Map<string, Group>): MetricDelta[] {
  const later = new Set(counters.map((series) => after.key(series)))
  const rows: MetricDelta[] = []
  for (const series of before.filter(isCounter)) {
    if (later.has(before.key(series))) continue
    const of = before.of(series)
    const entity = entityIdOf(before, series)
    if (groups.has(`${of.quantity}\n${entity}`)) continue
    groups.set(`${of.quantity}\n${entity}`, { of, entity, series: [], gained: [], reset: undefined })
    const reason = `${before.seriesName(series)} is only in the first dump`
    rows.push({ quantity: of.quantity, unit: of.unit, entity, state: 'invalid', reason, combined: 1 })
  }
  return rows
}
