/** One value per quantity and entity: GPUs stand alone, engines of one deployment are combined as the quantity allows (facts/bench-results.md section 9). */
import { mean } from '#base/statistics.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { labelKey, type MetricSeries } from './metric-series.ts'

export type Reading = MetricsReport['readings'][number]

export const ALL_ENGINES = 'all engines'

/** Ranks inside one engine report the same scheduler: they repeat it, they do not add to it. Data-parallel engines add. */
const repeatingLabels = ['tp_rank', 'pp_rank', 'moe_ep_rank', 'pid']

function engineKey({ labels }: MetricSeries): string {
  return labelKey(Object.fromEntries(Object.entries(labels).filter(([name]) => !repeatingLabels.includes(name))))
}

/** Values of the engines behind one quantity: ranks collapsed to their largest. */
export function perEngine<T extends { readonly series: MetricSeries; readonly value: number }>(rows: readonly T[]): number[] {
  const engines = new Map<string, number>()
  for (const { series, value } of rows) {
    const key = engineKey(series)
    engines.set(key, Math.max(engines.get(key) ?? Number.NEGATIVE_INFINITY, value))
  }
  return [...engines.values()]
}

/** Undefined where the quantity does not combine. */
export function combine(values: readonly number[], across: MetricQuantity['across']): number | undefined {
  if (values.length === 0 || across === 'none') return undefined
  return across === 'mean' ? mean(values) : values.reduce((sum, value) => sum + value, 0)
}

function reading(series: MetricSeries): Reading | undefined {
  const { of, entity, values, seriesName } = series
  const value = values.at(-1)
  if (value === undefined || of.semantics === 'histogram') return undefined
  return {
    quantity: of.quantity,
    unit: of.unit,
    semantics: of.semantics,
    entity: entity.id,
    value,
    samples: values.length,
    ...(values.length > 1 && of.semantics !== 'counter'
      ? {
          mean: mean(values),
          min: values.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY),
          max: values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY),
        }
      : {}),
    name: seriesName,
  }
}

/** Series of one quantity and one entity that differ in a label beside (an XID's text, a finished reason): engines' add, GPUs' repeat. */
export function readingsOf(series: readonly MetricSeries[]): Reading[] {
  const readings: Reading[] = []
  const engines = new Map<MetricQuantity, MetricSeries[]>()
  const seen = new Set<string>()
  for (const each of series) {
    if (each.of.semantics === 'histogram') continue
    if (each.of.level === 'engine') {
      const list = engines.get(each.of) ?? []
      list.push(each)
      engines.set(each.of, list)
      continue
    }
    const key = `${each.of.quantity}\n${each.entity.id}`
    if (seen.has(key)) continue
    seen.add(key)
    const row = reading(each)
    if (row !== undefined) readings.push(row)
  }
  for (const [of, list] of engines) readings.push(...engineReadings(of, list))
  return readings
}

function engineReadings(of: MetricQuantity, list: readonly MetricSeries[]): Reading[] {
  const [only] = list
  if (only === undefined || of.semantics === 'histogram') return []
  const single = list.length === 1 ? reading(only) : undefined
  if (single !== undefined) return [single]
  const values = perEngine(list.map((series) => ({ series, value: series.values.at(-1) ?? Number.NaN })))
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
      name: only.seriesName,
    },
  ]
}
