/** Series of a metrics dump under their quantity, in its unit, with the identity that they belong to; what is no measurement is counted. */

import { type LabelPairs, labelsAt } from '#model/label-pairs.ts'
import { type KnownMetric, knownMetric } from '#model/metric-names.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import type { Labels, MetricSamples } from '#model/metric-samples.ts'
import { Entities, type MetricEntity } from './metrics/entities.ts'
import { LabelClasses } from './metrics/label-classes.ts'
import { type SeriesRows, seriesRows } from './metrics/series-rows.ts'

/** Ranks inside one engine report the same scheduler: they repeat it, they do not add to it. Data-parallel engines add. */
const repeatingLabels = ['tp_rank', 'pp_rank', 'moe_ep_rank', 'pid']

export function labelKey(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
    .join('\n')
}

function edgeOf(text: string): number {
  return /^\+?inf$/i.test(text) ? Number.POSITIVE_INFINITY : text === '' ? Number.NaN : Number(text)
}

/** Series of one dump by their number, 0 to `length - 1`, in file order: a dump of a large cluster has a million, and no object each. */
export class SeriesSet {
  readonly length: number
  readonly unknownNames: readonly string[]
  /** Values that are no measurement: DCGM's blank sentinels, ratios above 1, NaN. */
  readonly blanks: number
  readonly badLabels: number
  readonly #rows: SeriesRows
  readonly #pairs: LabelPairs
  readonly #names: readonly string[]
  readonly #known: readonly (KnownMetric | undefined)[]
  readonly #engines: Entities
  readonly #gpus: Entities
  readonly #schedulers: LabelClasses
  readonly #le: number
  /** By the id of a value: upper edges are few. */
  readonly #edges = new Map<number, number>()
  /** By label set. */
  readonly #keys = new Map<number, string>()

  constructor(samples: MetricSamples, known: readonly (KnownMetric | undefined)[], rows: SeriesRows) {
    const { labelPairs, names } = samples
    this.#rows = rows
    this.#pairs = labelPairs
    this.#names = names
    this.#known = known
    this.#engines = new Entities(labelPairs, 'engine')
    this.#gpus = new Entities(labelPairs, 'gpu')
    this.#schedulers = new LabelClasses(labelPairs, (name) => !repeatingLabels.includes(name))
    this.#le = labelPairs.names.indexOf('le')
    this.length = rows.length
    this.blanks = rows.blanks
    this.badLabels = rows.badLabels
    this.unknownNames = names.filter((name) => knownMetric(name) === undefined)
  }

  #metric(series: number): KnownMetric {
    const metric = this.#known[this.#rows.name[series] ?? -1]
    // Only rows of known names are kept.
    if (metric === undefined) throw new Error(`no such series: ${series}`)
    return metric
  }

  of(series: number): MetricQuantity {
    return this.#metric(series).of
  }

  part(series: number): KnownMetric['part'] {
    return this.#metric(series).part
  }

  seriesName(series: number): string {
    return this.#names[this.#rows.name[series] ?? -1] ?? ''
  }

  /** In the quantity's unit, in file order: one per scrape in the file; never empty. */
  values(series: number): Float64Array {
    const { start, value } = this.#rows
    return value.subarray(start[series], start[series + 1])
  }

  last(series: number): number {
    const { start, value } = this.#rows
    return value[(start[series + 1] ?? 0) - 1] ?? Number.NaN
  }

  entity(series: number): MetricEntity {
    const { level } = this.of(series)
    return (level === 'engine' ? this.#engines : this.#gpus).of(this.#set(series))
  }

  /** Number of the engine whose scheduler the series describes: all of its ranks have the same. */
  scheduler(series: number): number {
    return this.#schedulers.of(this.#set(series))
  }

  /** Upper edge of a bucket; NaN where its label does not say. */
  edge(series: number): number {
    const { start, name, value } = this.#pairs
    const set = this.#set(series)
    for (let row = start[set] ?? 0; row < (start[set + 1] ?? 0); row++) {
      const id = value[row] ?? 0
      if (name[row] !== this.#le) continue
      let edge = this.#edges.get(id)
      if (edge === undefined) {
        edge = edgeOf(this.#pairs.values.at(id) ?? '')
        this.#edges.set(id, edge)
      }
      return edge
    }
    return Number.NaN
  }

  /** Quantity and labels, whatever the name: a dump before and one after an upgrade still match, and their restart shows. */
  key(series: number): string {
    const { of, part } = this.#metric(series)
    const set = this.#set(series)
    let labels = this.#keys.get(set)
    if (labels === undefined) {
      labels = labelKey(labelsAt(this.#pairs, set))
      this.#keys.set(set, labels)
    }
    return `${of.quantity}\n${part ?? ''}\n${labels}`
  }

  labels(series: number): Labels {
    return labelsAt(this.#pairs, this.#set(series))
  }

  /** Numbers of the series that `keeps` wants, in file order. */
  filter(keeps: (of: MetricQuantity) => boolean): number[] {
    const chosen = this.#chosen(keeps)
    const numbers: number[] = []
    for (let series = 0; series < this.length; series++) if (chosen[this.#rows.name[series] ?? -1] === true) numbers.push(series)
    return numbers
  }

  some(wants: (of: MetricQuantity) => boolean): boolean {
    const chosen = this.#chosen(wants)
    for (let series = 0; series < this.length; series++) if (chosen[this.#rows.name[series] ?? -1] === true) return true
    return false
  }

  /** Equal ones may come twice. */
  entities(): ReadonlySet<MetricEntity> {
    const found = new Set<MetricEntity>()
    for (let series = 0; series < this.length; series++) found.add(this.entity(series))
    return found
  }

  #chosen(wants: (of: MetricQuantity) => boolean): boolean[] {
    return this.#known.map((metric) => metric !== undefined && wants(metric.of))
  }

  #set(series: number): number {
    return this.#rows.set[series] ?? -1
  }
}

/** Every known series of a dump. A quantity under two of its names (both exported during a deprecation) is kept under the first. */
export function seriesOf(samples: MetricSamples): SeriesSet {
  const all = samples.names.map(knownMetric)
  const preferred = preferredNames(all)
  const known = all.map((metric) => (metric !== undefined && preferred.get(metric.of.quantity) === metric.name.name ? metric : undefined))
  return new SeriesSet(samples, known, seriesRows(samples, known))
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
