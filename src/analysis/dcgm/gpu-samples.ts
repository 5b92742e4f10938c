/**
 * Series of one DCGM field, however many labels they carry, as one line of samples per GPU: pods that came and went, series repeated by
 * time slicing or a job mapping, and names that changed with an upgrade all describe the same board.
 */
import { entityOf } from '#analysis/metrics/entities.ts'
import { isMeasurement } from '#analysis/metrics/series-rows.ts'
import type { DcgmField, DcgmFieldName } from '#model/dcgm-fields.ts'
import type { SampledSeries } from '#model/series-source.ts'

/** A board, or one MIG instance of it for fields that are measured per instance. */
export interface GpuIdentity {
  /** UUID, else `host/index`; with `/instance` behind it for a MIG instance. */
  readonly id: string
  /** `id` of the board. */
  readonly board: string
  readonly uuid?: string
  readonly host?: string
  readonly index?: string
  readonly model?: string
  readonly instance?: string
  /** `1g.10gb`, where the exporter says. */
  readonly profile?: string
}

export interface GpuSamples {
  readonly gpu: GpuIdentity
  /** Ascending, distinct; epoch milliseconds. */
  readonly timesMs: Float64Array
  /** In the field's unit. */
  readonly values: Float64Array
  /** Names of the field that these samples came under. */
  readonly names: readonly string[]
  readonly pods: readonly string[]
  /** Values that were no measurement: blanks, sentinels, ratios above 1, NaN. */
  readonly dropped: number
  /** Samples of one instant that another series repeated. */
  readonly repeated: number
  /** Of those, repeated with another value: the larger was kept. */
  readonly conflicting: number
}

export interface NamedSeries {
  readonly name: DcgmFieldName
  readonly series: readonly SampledSeries[]
}

export interface FieldSamples {
  readonly field: DcgmField
  /** Sorted by id. */
  readonly gpus: readonly GpuSamples[]
  /** Series that name neither UUID nor host: two nodes could not be told apart, so they are no GPU's (trap E3). */
  readonly unidentified: number
}

/** Two readings of one instant that differ by less are one reading printed twice (the exporter prints six decimals). */
const SAME_RATIO = 1e-5

interface Part {
  readonly series: SampledSeries
  readonly name: DcgmFieldName
  readonly factor: number
}

export function gpuSamples(field: DcgmField, answers: readonly NamedSeries[]): FieldSamples {
  const groups = new Map<string, { gpu: GpuIdentity; parts: Part[]; pods: Set<string> }>()
  let unidentified = 0
  for (const answer of answers) {
    const factors = factorsByHost(answer)
    for (const series of answer.series) {
      const { gpu, pod } = identityOf(series.labels, field)
      if (gpu === undefined) {
        unidentified += 1
        continue
      }
      const group = groups.get(gpu.id) ?? { gpu, parts: [], pods: new Set() }
      groups.set(gpu.id, group)
      group.parts.push({ series, name: answer.name, factor: factors.get(gpu.host ?? '') ?? answer.name.factor })
      if (pod !== undefined) group.pods.add(pod)
    }
  }
  const gpus = [...groups.values()].map(({ gpu, parts, pods }) => ({ ...merged(field, gpu, parts), pods: [...pods].sort() }))
  return { field, gpus: gpus.sort((a, b) => (a.gpu.id < b.gpu.id ? -1 : 1)), unidentified }
}

function identityOf(labels: SampledSeries['labels'], field: DcgmField): { gpu?: GpuIdentity; pod?: string } {
  const { id, uuid, host, index, model, instance, pod } = entityOf(labels, field.level)
  if (uuid === undefined && (host === undefined || index === undefined)) return {}
  const board = instance === undefined ? id : id.slice(0, -(instance.length + 1))
  const perInstance = field.level !== 'gpu' && instance !== undefined
  const profile = labels['GPU_I_PROFILE']
  const gpu: GpuIdentity = {
    // A field of the whole board repeats for every instance: added up it would be multiplied.
    id: perInstance ? id : board,
    board,
    ...(uuid === undefined ? {} : { uuid }),
    ...(host === undefined ? {} : { host }),
    ...(index === undefined ? {} : { index }),
    ...(model === undefined ? {} : { model }),
    ...(perInstance ? { instance } : {}),
    ...(perInstance && profile !== undefined && profile !== '' ? { profile } : {}),
  }
  return { gpu, ...(pod === undefined ? {} : { pod }) }
}

/**
 * `GPU_UTIL_RATIO` is percent in DCGM 4.6 and a ratio in 4.7, under one name. Per host (one exporter): a value above 1 says percent, a
 * fraction says ratio; where a host shows only 0 and 1, the other hosts decide.
 */
function factorsByHost({ name, series }: NamedSeries): ReadonlyMap<string, number> {
  const factors = new Map<string, number>()
  if (name.valueTested !== true) return factors
  const seen = new Map<string, { above: boolean; fraction: boolean }>()
  for (const { labels, values } of series) {
    const host = entityOf(labels, 'gpu').host ?? ''
    const at = seen.get(host) ?? { above: false, fraction: false }
    seen.set(host, at)
    for (const value of values) {
      if (value > 1 && value <= 100) at.above = true
      else if (value > 0 && value < 1) at.fraction = true
    }
  }
  const anyAbove = [...seen.values()].some(({ above }) => above)
  for (const [host, { above, fraction }] of seen) factors.set(host, above || (!fraction && anyAbove) ? name.factor / 100 : name.factor)
  return factors
}

function merged(field: DcgmField, gpu: GpuIdentity, parts: readonly Part[]): Omit<GpuSamples, 'pods'> {
  const names = [...new Set(parts.map(({ name }) => name.name))].sort()
  const cleaned = parts.map((part) => measurements(field, part))
  const dropped = cleaned.reduce((sum, each) => sum + each.dropped, 0)
  const [first, ...others] = cleaned
  // Nearly every GPU: one series, in order already.
  if (first !== undefined && others.length === 0) {
    const { timesMs, values } = first
    return { gpu, timesMs, values, names, dropped, repeated: 0, conflicting: 0 }
  }
  return { gpu, names, dropped, ...interleaved(cleaned) }
}

interface Measurements {
  readonly timesMs: Float64Array
  readonly values: Float64Array
  readonly dropped: number
  /** Position of its name in the field's list: at one instant the first name wins. */
  readonly rank: number
}

function measurements(field: DcgmField, { series, name, factor }: Part): Measurements {
  const timesMs = new Float64Array(series.values.length)
  const values = new Float64Array(series.values.length)
  let length = 0
  for (let at = 0; at < series.values.length; at += 1) {
    const raw = series.values[at] ?? Number.NaN
    const value = raw * factor
    if (value < 0 || !isMeasurement(field, value, raw)) continue
    timesMs[length] = series.timesMs[at] ?? Number.NaN
    values[length] = field.unit === 'ratio' && value > 1 ? 1 : value
    length += 1
  }
  const dropped = series.values.length - length
  return { timesMs: timesMs.subarray(0, length), values: values.subarray(0, length), dropped, rank: field.names.indexOf(name) }
}

/** All parts by time; samples of one instant are one. */
function interleaved(parts: readonly Measurements[]): Pick<GpuSamples, 'timesMs' | 'values' | 'repeated' | 'conflicting'> {
  const total = parts.reduce((sum, { values }) => sum + values.length, 0)
  const timesMs = new Float64Array(total)
  const values = new Float64Array(total)
  // The best name first, so that at one instant its value is kept.
  const open = [...parts].sort((a, b) => a.rank - b.rank).map((part) => ({ ...part, at: 0 }))
  let length = 0
  let repeated = 0
  let conflicting = 0
  let rank = 0
  for (let taken = 0; taken < total; taken += 1) {
    let next = open[0]
    for (const each of open) if ((each.timesMs[each.at] ?? Infinity) < (next?.timesMs[next.at] ?? Infinity)) next = each
    if (next === undefined) break
    const timeMs = next.timesMs[next.at] ?? Number.NaN
    const value = next.values[next.at] ?? Number.NaN
    next.at += 1
    const last = length - 1
    if (last < 0 || timeMs !== timesMs[last]) {
      timesMs[length] = timeMs
      values[length] = value
      rank = next.rank
      length += 1
      continue
    }
    repeated += 1
    const kept = values[last] ?? 0
    if (next.rank !== rank || Math.abs(value - kept) <= SAME_RATIO * Math.max(value, kept)) continue
    conflicting += 1
    values[last] = Math.max(kept, value)
  }
  return { timesMs: timesMs.slice(0, length), values: values.slice(0, length), repeated, conflicting }
}
