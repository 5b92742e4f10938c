/**
 * Series of one DCGM field, however many labels they carry, as one line of samples per GPU: pods that came and went, series repeated by
 * time slicing or a job mapping, and names that changed with an upgrade all describe the same board.
 */
import { entityOf, isMeasurement } from '#analysis/metric-series.ts'
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

interface Row {
  readonly timeMs: number
  readonly value: number
  /** Position of its name in the field's list: at one instant the first name wins. */
  readonly rank: number
}

function merged(field: DcgmField, gpu: GpuIdentity, parts: readonly Part[]): Omit<GpuSamples, 'pods'> {
  let dropped = 0
  const rows: Row[] = []
  for (const { series, name, factor } of parts) {
    const rank = field.names.indexOf(name)
    for (const [at, raw] of series.values.entries()) {
      const value = raw * factor
      if (value < 0 || !isMeasurement(field, value, raw)) dropped += 1
      else rows.push({ timeMs: series.timesMs[at] ?? Number.NaN, value: field.unit === 'ratio' ? Math.min(value, 1) : value, rank })
    }
  }
  rows.sort((a, b) => a.timeMs - b.timeMs || a.rank - b.rank)
  const timesMs = new Float64Array(rows.length)
  const values = new Float64Array(rows.length)
  let length = 0
  let repeated = 0
  let conflicting = 0
  let rank = 0
  for (const row of rows) {
    const last = length - 1
    if (last < 0 || row.timeMs !== timesMs[last]) {
      timesMs[length] = row.timeMs
      values[length] = row.value
      rank = row.rank
      length += 1
      continue
    }
    repeated += 1
    const kept = values[last] ?? 0
    if (row.rank !== rank || Math.abs(row.value - kept) <= SAME_RATIO * Math.max(row.value, kept)) continue
    conflicting += 1
    values[last] = Math.max(kept, row.value)
  }
  const names = [...new Set(parts.map(({ name }) => name.name))].sort()
  return { gpu, timesMs: timesMs.slice(0, length), values: values.slice(0, length), names, dropped, repeated, conflicting }
}
