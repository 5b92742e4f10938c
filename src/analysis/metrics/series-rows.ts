/**
 * Samples of a dump as series: rows of equal name and labels, in the order of their first, with every value that is a measurement.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import type { KnownMetric } from '#model/metric-names.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import type { MetricSamples } from '#model/metric-samples.ts'
import { PairIds } from './pair-ids.ts'

/** int64 and double blanks of DCGM begin here (1.4e14, 9.2e18): no gauge of a GPU reaches them (facts/dcgm.md section 0, fact 10). */
const BLANK = 1.4e14
/** Printed with six decimals: a hair above 1 is rounding, more is a sentinel or another unit. */
const MOST_RATIO = 1.0001

/** False for what an exporter writes in place of a value: DCGM's blanks, ratios above 1, NaN. `raw` is before the factor. */
export function isMeasurement(of: MetricQuantity, value: number, raw: number): boolean {
  if (!Number.isFinite(value)) return false
  if (of.level === 'engine') return true
  if (of.semantics !== 'counter' && Math.abs(raw) >= BLANK) return false
  // A counter's blank is DCGM's int64: no energy in mJ nor throttling in ns gets there.
  if (of.semantics === 'counter' && raw >= 9.2e18) return false
  return of.unit !== 'ratio' || (value >= 0 && value <= MOST_RATIO)
}

export interface SeriesRows {
  readonly length: number
  /** Index into the names of the samples. */
  readonly name: Uint32Array
  /** Label set. */
  readonly set: Uint32Array
  /** Values of series `s`: `start[s]` to `start[s + 1]`; there is always one. */
  readonly start: Uint32Array
  /** In the quantity's unit, in file order: one per scrape in the file. */
  readonly value: Float64Array
  /** Values that are no measurement. */
  readonly blanks: number
  /** Series whose labels cannot be read. */
  readonly badLabels: number
}

/** `known`: what each name stands for; rows of the others are left out. */
export function seriesRows(samples: MetricSamples, known: readonly (KnownMetric | undefined)[]): SeriesRows {
  const { ids, idOfRow } = groupsOf(samples, known)
  const { start, raw } = valuesByGroup(samples, idOfRow, ids.length)
  const kept = { name: new Uint32Array(ids.length), set: new Uint32Array(ids.length), start: new Uint32Array(ids.length + 1) }
  const value = new Float64Array(raw.length)
  let [length, end, blanks, badLabels] = [0, 0, 0, 0]
  for (let id = 0; id < ids.length; id++) {
    const name = ids.left[id] as number
    const metric = known[name]
    if (metric === undefined) continue
    if (samples.labelPairs.unreadable.has(ids.right[id] as number)) {
      badLabels++
      continue
    }
    const from = start[id] as number
    const to = start[id + 1] as number
    const first = end
    const factor = factorOf(metric, raw, from, to)
    for (let at = from; at < to; at++) {
      const scaled = (raw[at] as number) * factor
      if (isMeasurement(metric.of, scaled, raw[at] as number)) value[end++] = scaled
    }
    blanks += to - from - (end - first)
    if (end === first) continue
    kept.name[length] = name
    kept.set[length] = ids.right[id] as number
    kept.start[++length] = end
  }
  return { length, ...kept, value, blanks, badLabels }
}

/** -1 for rows of names that nobody knows. */
function groupsOf(samples: MetricSamples, known: readonly (KnownMetric | undefined)[]) {
  const ids = new PairIds()
  const isKnown = Uint8Array.from(known, (metric) => (metric === undefined ? 0 : 1))
  const idOfRow = new Int32Array(samples.length)
  for (let row = 0; row < samples.length; row++) {
    const name = samples.name[row] as number
    idOfRow[row] = isKnown[name] === 1 ? ids.of(name, samples.labels[row] as number) : -1
  }
  return { ids, idOfRow }
}

/** Values of group `g`: `start[g]` to `start[g + 1]`. */
function valuesByGroup({ value }: MetricSamples, idOfRow: Int32Array, groups: number) {
  const start = new Uint32Array(groups + 1)
  for (let row = 0; row < idOfRow.length; row++) {
    const id = idOfRow[row] as number
    if (id >= 0) start[id + 1] = (start[id + 1] as number) + 1
  }
  for (let id = 0; id < groups; id++) start[id + 1] = (start[id + 1] as number) + (start[id] as number)
  const next = start.slice()
  const raw = new Float64Array(start[groups] as number)
  for (let row = 0; row < idOfRow.length; row++) {
    const id = idOfRow[row] as number
    if (id < 0) continue
    raw[next[id] as number] = value[row] as number
    next[id] = (next[id] as number) + 1
  }
  return { start, raw }
}

/** `GPU_UTIL_RATIO` is percent in DCGM 4.6 and a ratio in 4.7: one value above 1 says percent. */
function factorOf({ name }: KnownMetric, raw: Float64Array, from: number, to: number): number {
  if (name.valueTested !== true) return name.factor
  for (let at = from; at < to; at++) if ((raw[at] as number) > 1) return name.factor / 100
  return name.factor
}
