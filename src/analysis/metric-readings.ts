/** One value per quantity and entity: GPUs stand alone, engines of one deployment are combined as the quantity allows (facts/bench-results.md section 9). */
import { mean } from '#base/statistics.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import type { SeriesSet } from './metric-series.ts'

export type Reading = MetricsReport['readings'][number]

export const ALL_ENGINES = 'all engines'

/** Values of the engines behind one quantity: ranks collapsed to their largest. `values[i]` is of `series[i]`. */
export function perEngine(set: SeriesSet, series: readonly number[], values: readonly number[]): number[] {
  const engines = new Map<number, number>()
  for (const [index, each] of series.entries()) {
    const scheduler = set.scheduler(each)
    engines.set(scheduler, Math.max(engines.get(scheduler) ?? Number.NEGATIVE_INFINITY, values[index] ?? Number.NaN))
  }
  return [...engines.values()]
}

/** Undefined where the quantity does not combine. */
export function combine(values: readonly number[], across: MetricQuantity['across']): number | undefined {
  if (values.length === 0 || across === 'none') return undefined
  return across === 'mean' ? mean(values) : values.reduce((sum, value) => sum + value, 0)
}

function reading(set: SeriesSet, series: number): Reading | undefined {
  const of = set.of(series)
  if (of.semantics === 'histogram') return undefined
  const values = set.values(series)
  return {
    quantity: of.quantity,
    unit: of.unit,
    semantics: of.semantics,
    entity: set.entity(series).id,
    value: set.last(series),
    samples: values.length,
    ...(values.length > 1 && of.semantics !== 'counter'
      ? {
          mean: mean(values),
          min: values.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY),
          max: values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY),
        }
      : {}),
    name: set.seriesName(series),
  }
}

/** Series of one quantity and one entity that differ in a label beside (an XID's text, a finished reason): engines' add, GPUs' repeat. */
export function readingsOf(set: SeriesSet): Reading[] {
  const readings: Reading[] = []
  const engines = new Map<MetricQuantity, number[]>()
  const seen = new Set<string>()
  for (const series of set.filter(({ semantics }) => semantics !== 'histogram')) {
    const of = set.of(series)
    if (of.level === 'engine') {
      const list = engines.get(of)
      if (list === undefined) engines.set(of, [series])
      else list.push(series)
      continue
    }
    const key = `${of.quantity}\n${set.entity(series).id}`
    if (seen.has(key)) continue
    seen.add(key)
    const row = reading(set, series)
    if (row !== undefined) readings.push(row)
  }
  for (const [of, list] of engines) readings.push(...engineReadings(set, of, list))
  return readings
}

function engineReadings(set: SeriesSet, of: MetricQuantity, list: readonly number[]): Reading[] {
  const [only] = list
  if (only === undefined || of.semantics === 'histogram') return []
  const single = list.length === 1 ? reading(set, only) : undefined
  if (single !== undefined) return [single]
  const values = perEngine(
    set,
    list,
    list.map((series) => set.last(series)),
  )
  const value = combine(values, of.across)
  if (value === undefined) return []
  return [
    {
      quantity: of.quantity,
      unit: of.unit,
      semantics: of.semantics,
      entity: ALL_ENGINES,
      value,
      samples: 1,
      combined: values.length,
      name: set.seriesName(only),
    },
  ]
}
