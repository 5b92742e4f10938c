/**
 * GPU_METRICS: hardware counters sampled at 10 Hz to 200 kHz, joined with TARGET_INFO_GPU_METRICS on typeId and metricId together:
 * metric ids are counted per type, so the same id names another counter on another GPU. The device is the low byte of typeId.
 * Names differ by chip (`SM Active [Throughput %]`): the raw name is kept. Values are integers (percent or counts, by metric).
 */
import { ColumnPlan, readSmallTable, tableNamed } from './column-plan.ts'
import type { TableSource } from './table-source.ts'
import { TupleInterner } from './tuple-interner.ts'

export interface GpuMetricSummary {
  /** Ordinal of the device in the sampler's numbering. */
  readonly device: number
  /** As recorded; `metric <id>` where the export does not name it. */
  readonly metric: string
  readonly samples: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Time from the first to the last sample. Below 0.9 of the trace's span a mean does not speak for the trace. */
  readonly coveredNs: number
}

interface Group {
  samples: number
  sum: number
  min: number
  max: number
  firstNs: number
  lastNs: number
}

/** `typeId` carries host bits above 2^53, so it travels as two halves. */
const typeKey = (hi: number, lo: number, metricId: number): string => `${hi}:${lo}:${metricId}`

async function metricNames(source: TableSource): Promise<Map<string, string>> {
  const table = await readSmallTable(source, 'TARGET_INFO_GPU_METRICS', { typeId: 'id64', metricId: 'number', metricName: 'text' })
  const names = new Map<string, string>()
  for (let row = 0; row < table.rows; row++) {
    const type = table.ids('typeId')[row]
    const name = table.texts('metricName')[row]
    if (name === undefined || type === undefined) continue
    names.set(typeKey(Number(BigInt.asIntN(32, type >> 32n)), Number(BigInt.asUintN(32, type)), table.numbers('metricId')[row] ?? -1), name)
  }
  return names
}

/** One row per (type, metric), in order of the ids; empty where the export has no such table. */
export async function gpuMetricsSummary(source: TableSource): Promise<readonly GpuMetricSummary[]> {
  const info = tableNamed(source, 'GPU_METRICS')
  if (info === undefined) return []
  const plan = new ColumnPlan(info)
  const typeAt = plan.add('typeId', 'id64')
  const [timeAt, metricAt, valueAt] = ['timestamp', 'metricId', 'value'].map((name) => plan.add(name, 'number')) as [number, number, number]
  if (plan.requests.length < 4) return []
  const series = new TupleInterner(3)
  const groups: Group[] = []
  await source.scan(info.name, plan.requests, (batch) => {
    const types = batch.id64(typeAt)
    const [times, metrics, values] = [batch.number(timeAt), batch.number(metricAt), batch.number(valueAt)]
    for (let row = 0; row < batch.rows; row++) {
      // In bounds: columns of a batch hold at least batch.rows values.
      const value = values[row] as number
      const metric = metrics[row] as number
      if (Number.isNaN(value) || Number.isNaN(metric)) continue
      series.key[0] = types.hi[row] as number
      series.key[1] = types.lo[row] as number
      series.key[2] = metric
      add(groups, series.intern(), value, times[row] as number)
    }
  })
  const names = await metricNames(source)
  const order = Array.from(groups.keys()).sort(
    (a, b) => [0, 1, 2].map((part) => series.at(a, part) - series.at(b, part)).find((each) => each !== 0) ?? 0,
  )
  return order.flatMap((index) => {
    const group = groups[index]
    if (group === undefined) return []
    const [hi, lo, metric] = [series.at(index, 0), series.at(index, 1), series.at(index, 2)]
    const { samples, sum, min, max, firstNs, lastNs } = group
    return [
      {
        device: lo & DEVICE_MASK,
        metric: names.get(typeKey(hi, lo, metric)) ?? `metric ${metric}`,
        samples,
        mean: sum / samples,
        min,
        max,
        coveredNs: lastNs - firstNs,
      },
    ]
  })
}

const DEVICE_MASK = 0xff

function add(groups: Group[], index: number, value: number, timeNs: number): void {
  let group = groups[index]
  if (group === undefined) {
    group = { samples: 0, sum: 0, min: Infinity, max: -Infinity, firstNs: Infinity, lastNs: -Infinity }
    groups[index] = group
  }
  group.samples++
  group.sum += value
  if (value < group.min) group.min = value
  if (value > group.max) group.max = value
  if (timeNs < group.firstNs) group.firstNs = timeNs
  if (timeNs > group.lastNs) group.lastNs = timeNs
}
