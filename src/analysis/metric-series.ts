/** Series of a metrics dump under their quantity, in its unit, with the identity that they belong to; what is no measurement is counted. */
import { type KnownMetric, knownMetric } from '#model/metric-names.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import { type Labels, type MetricSamples, parseLabels } from '#model/metric-samples.ts'

export interface MetricEntity {
  /** UUID with the MIG instance, else host and index, else the engine's labels. */
  readonly id: string
  readonly uuid?: string
  readonly host?: string
  readonly index?: string
  readonly model?: string
  readonly instance?: string
  /** Of the workload, never of the exporter. */
  readonly pod?: string
  readonly engine?: string
}

/** Labels are read from their text when asked for: a dump of a large cluster has a million series, and most are only summed. */
export class MetricSeries {
  readonly of: MetricQuantity
  readonly part: 'bucket' | 'sum' | 'count' | undefined
  readonly seriesName: string
  /** In the quantity's unit, in file order: one per scrape in the file. */
  readonly values: readonly number[]
  readonly entity: MetricEntity
  /** Upper edge as the label says it; of buckets only. */
  readonly le: string | undefined
  readonly #labelText: string

  constructor({ of, part }: KnownMetric, seriesName: string, labels: ReadLabels, values: readonly number[]) {
    this.of = of
    this.part = part
    this.seriesName = seriesName
    this.values = values
    this.entity = labels.entity
    this.le = part === 'bucket' ? labels.le : undefined
    this.#labelText = labels.text
  }

  get labels(): Labels {
    return parseLabels(this.#labelText) ?? {}
  }

  /** Sorted `name=value` lines: equal in two dumps of one endpoint. */
  get key(): string {
    return labelKey(this.labels)
  }
}

export interface SeriesSet {
  readonly series: readonly MetricSeries[]
  readonly unknownNames: readonly string[]
  /** Values that are no measurement: DCGM's blank sentinels, ratios above 1, NaN. */
  readonly blanks: number
  readonly badLabels: number
}

/** int64 and double blanks of DCGM begin here (1.4e14, 9.2e18): no gauge of a GPU reaches them (facts/dcgm.md section 0, fact 10). */
const BLANK = 1.4e14
/** Printed with six decimals: a hair above 1 is rounding, more is a sentinel or another unit. */
const MOST_RATIO = 1.0001

const entityLabels = new Set([
  'gpu',
  'UUID',
  'uuid',
  'gpu_uuid',
  'gpu_index',
  'device',
  'pci_bus_id',
  'modelName',
  'model_name',
  'gpu_model_name',
])

function first(labels: Labels, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = labels[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** The exporter's own pod is not the workload's: with honor_labels=false the workload's is `exported_pod` (facts/dcgm.md section 4). */
function podOf(labels: Labels): string | undefined {
  const pod = first(labels, 'exported_pod', 'pod', 'pod_name')
  return pod === undefined || /dcgm-exporter/.test(pod) ? undefined : pod
}

export function entityOf(labels: Labels, level: MetricQuantity['level']): MetricEntity {
  const pod = podOf(labels)
  const podField = pod === undefined ? {} : { pod }
  if (level === 'engine') {
    const engine = first(labels, 'engine', 'engine_index', 'dp_rank')
    const model = first(labels, 'model_name', 'model')
    const id = [model, engine === undefined ? undefined : `engine ${engine}`].filter((each) => each !== undefined).join(' ')
    return {
      id: id === '' ? 'engine' : id,
      ...(engine === undefined ? {} : { engine }),
      ...(model === undefined ? {} : { model }),
      ...podField,
    }
  }
  const uuid = first(labels, 'UUID', 'uuid', 'gpu_uuid')
  // Renamed in dcgm-exporter 4.6.0-4.8.3; clusters relabel it too.
  const host = first(labels, 'Hostname', 'hostname', 'node', 'nodename', 'kubernetes_node', 'exported_instance', 'instance')
  const index = first(labels, 'gpu', 'gpu_index')
  const model = first(labels, 'modelName', 'model_name', 'gpu_model_name')
  const instance = first(labels, 'GPU_I_ID')
  const base = uuid ?? `${host ?? 'unknown host'}/${index ?? 'unknown gpu'}`
  return {
    id: instance === undefined ? base : `${base}/${instance}`,
    ...(uuid === undefined ? {} : { uuid }),
    ...(host === undefined ? {} : { host }),
    ...(index === undefined ? {} : { index }),
    ...(model === undefined ? {} : { model }),
    ...(instance === undefined ? {} : { instance }),
    ...podField,
  }
}

export function labelKey(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
    .join('\n')
}

/** What series need of one label text. */
interface ReadLabels {
  readonly text: string
  readonly entity: MetricEntity
  readonly le: string | undefined
}

/** Reads each label text once, for series of GPUs or of engines. Equal entities are one object. */
class LabelReader {
  readonly #texts: readonly string[]
  readonly #level: MetricQuantity['level']
  /** By label id; null = no list of labels. */
  readonly #read: (ReadLabels | null | undefined)[] = []
  readonly #entities = new Map<string, MetricEntity>()

  constructor(texts: readonly string[], level: MetricQuantity['level']) {
    this.#texts = texts
    this.#level = level
  }

  of(labelId: number): ReadLabels | null {
    const known = this.#read[labelId]
    if (known !== undefined) return known
    const text = this.#texts[labelId] ?? ''
    const labels = parseLabels(text)
    const read = labels === undefined ? null : { text, entity: this.#same(entityOf(labels, this.#level)), le: labels['le'] }
    this.#read[labelId] = read
    return read
  }

  #same(entity: MetricEntity): MetricEntity {
    const { id, host, index, model, pod, engine } = entity
    const key = `${id}\n${pod}\n${host}\n${index}\n${model}\n${engine}`
    const known = this.#entities.get(key)
    if (known !== undefined) return known
    this.#entities.set(key, entity)
    return entity
  }
}

interface Group {
  readonly known: KnownMetric
  readonly name: number
  readonly labelId: number
  readonly raw: number[]
}

/** Rows of equal name and labels, in order of their first: one series each. Names that nobody knows are left out. */
function groupsOf(samples: MetricSamples, known: readonly (KnownMetric | undefined)[]): Group[] {
  const groups: Group[] = []
  // A map per name: keys stay small integers.
  const byLabels = known.map(() => new Map<number, Group>())
  for (let row = 0; row < samples.length; row++) {
    const name = samples.name[row] ?? 0
    const metric = known[name]
    const ofName = byLabels[name]
    if (metric === undefined || ofName === undefined) continue
    const labelId = samples.labels[row] ?? 0
    const value = samples.value[row] ?? Number.NaN
    const group = ofName.get(labelId)
    if (group !== undefined) {
      group.raw.push(value)
      continue
    }
    const fresh = { known: metric, name, labelId, raw: [value] }
    ofName.set(labelId, fresh)
    groups.push(fresh)
  }
  return groups
}

/** Every known series of a dump. A quantity under two of its names (both exported during a deprecation) is kept under the first. */
export function seriesOf(samples: MetricSamples): SeriesSet {
  const known = samples.names.map(knownMetric)
  const preferred = preferredNames(known)
  const series: MetricSeries[] = []
  let blanks = 0
  let badLabels = 0
  const [engines, gpus] = [new LabelReader(samples.labelTexts, 'engine'), new LabelReader(samples.labelTexts, 'gpu')]
  for (const { known: metric, name, labelId, raw } of groupsOf(samples, known)) {
    if (preferred.get(metric.of.quantity) !== metric.name.name) continue
    const labels = (metric.of.level === 'engine' ? engines : gpus).of(labelId)
    if (labels === null) {
      badLabels++
      continue
    }
    const factor = factorOf(metric, raw)
    const values: number[] = []
    for (const each of raw) if (isMeasurement(metric.of, each * factor, each)) values.push(each * factor)
    blanks += raw.length - values.length
    if (values.length > 0) series.push(new MetricSeries(metric, samples.names[name] ?? '', labels, values))
  }
  return { series, unknownNames: samples.names.filter((_, index) => known[index] === undefined), blanks, badLabels }
}

/** The table lists a quantity's best name first. */
function preferredNames(known: readonly (KnownMetric | undefined)[]): Map<string, string> {
  const preferred = new Map<string, string>()
  for (const metric of known) {
    if (metric === undefined) continue
    const { quantity, names } = metric.of
    const present = new Set(known.flatMap((each) => (each?.of.quantity === quantity ? [each.name.name] : [])))
    const best = names.find(({ name }) => present.has(name))
    if (best !== undefined) preferred.set(quantity, best.name)
  }
  return preferred
}

/** `GPU_UTIL_RATIO` is percent in DCGM 4.6 and a ratio in 4.7: one value above 1 says percent. */
function factorOf({ name }: KnownMetric, raw: readonly number[]): number {
  return name.valueTested === true && raw.some((value) => value > 1) ? name.factor / 100 : name.factor
}

/** False for what an exporter writes in place of a value: DCGM's blanks, ratios above 1, NaN. `raw` is before the factor. */
export function isMeasurement(of: MetricQuantity, value: number, raw: number): boolean {
  if (!Number.isFinite(value)) return false
  if (of.level === 'engine') return true
  if (of.semantics !== 'counter' && Math.abs(raw) >= BLANK) return false
  // A counter's blank is DCGM's int64: no energy in mJ nor throttling in ns gets there.
  if (of.semantics === 'counter' && raw >= 9.2e18) return false
  return of.unit !== 'ratio' || (value >= 0 && value <= MOST_RATIO)
}

/** Labels that do not say which GPU it is: pods, containers, jobs. */
export function isEntityLabel(name: string): boolean {
  return entityLabels.has(name)
}
