/** Fills the columns of `KernelCounters` value by value; a result that turns out to be damaged is taken back whole. */
import { grown, trimmed } from '#base/columns.ts'
import type { CounterMetric, CounterResult } from '#model/kernel-counters.ts'

/** Built field by field: there are tens of thousands, and spreads were most of their cost. */
export type Writable = { -readonly [Key in keyof CounterResult]: CounterResult[Key] }

export interface FinishedColumns {
  /** Its own: whoever builds the capture may add to them. */
  readonly results: readonly Writable[]
  readonly metrics: readonly CounterMetric[]
  readonly valueStart: Uint32Array
  readonly valueMetric: Uint32Array
  readonly value: Float64Array
  readonly valueText?: Int32Array
  readonly texts: readonly string[]
  /** Values whose metric has no name. */
  readonly unnamed: number
}

/** 16 million values: four captures of 20 000 results of 200 metrics. */
const MOST_EXPECTED = 2 ** 24

export class CounterColumns {
  readonly #results: Writable[] = []
  #starts = new Uint32Array(1024)
  #metric: Uint32Array
  #value: Float64Array
  /** Only from the first text on: captures of counters alone have none. */
  #text: Int32Array | undefined
  readonly #texts: string[] = []
  readonly #textIds = new Map<string, number>()
  #rows = 0
  #committed = 0

  /** `expected`: values that the source may hold. Capacity that is never used costs no memory; growing copies all that is known. */
  constructor(expected = 0) {
    const capacity = Math.min(MOST_EXPECTED, Math.max(4096, Math.ceil(expected)))
    this.#metric = new Uint32Array(capacity)
    this.#value = new Float64Array(capacity)
  }

  /** Rows that are taken: the next number goes there. */
  get rows(): number {
    return this.#rows
  }

  /**
   * Room for so many more numbers, to be written straight into `ids` and `values` from `rows` on and then told to `wrote`: a call for each
   * is what costs. Valid until anything else is added.
   */
  room(most: number): { readonly ids: Uint32Array; readonly values: Float64Array } {
    const needed = this.#rows + most
    if (needed > this.#value.length) {
      this.#metric = grown(this.#metric, needed)
      this.#value = grown(this.#value, needed)
    }
    return { ids: this.#metric, values: this.#value }
  }

  /** `rows`: the first behind those that were written. */
  wrote(rows: number): void {
    if (this.#text !== undefined) {
      this.#text = grown(this.#text, rows)
      this.#text.fill(-1, this.#rows, rows)
    }
    this.#rows = rows
  }

  /** `metric` is an id of the caller's: `finish` is told what it stands for. */
  number(metric: number, value: number): void {
    const row = this.#rows
    if (row >= this.#value.length) {
      this.#metric = grown(this.#metric, row + 1)
      this.#value = grown(this.#value, row + 1)
    }
    this.#metric[row] = metric
    this.#value[row] = value
    if (this.#text !== undefined) {
      this.#text = grown(this.#text, row + 1)
      this.#text[row] = -1
    }
    this.#rows = row + 1
  }

  text(metric: number, text: string): void {
    this.#text ??= new Int32Array(this.#value.length).fill(-1)
    this.number(metric, Number.NaN)
    let id = this.#textIds.get(text)
    if (id === undefined) {
      id = this.#texts.length
      this.#texts.push(text)
      this.#textIds.set(text, id)
    }
    this.#text[this.#rows - 1] = id
  }

  /** Everything added since the last result belongs to this one. */
  result(result: Writable): void {
    const index = this.#results.length
    this.#starts = grown(this.#starts, index + 2)
    this.#starts[index + 1] = this.#rows
    this.#results.push(result)
    this.#committed = this.#rows
  }

  get length(): number {
    return this.#results.length
  }

  /** Forgets what was added since the last result. */
  takeBack(): void {
    this.#rows = this.#committed
  }

  /** `describe` is asked once per id; undefined drops its values. Ids of equal names become one metric. */
  finish(describe: (metric: number) => CounterMetric | undefined): FinishedColumns {
    const metrics: CounterMetric[] = []
    const byName = new Map<string, number>()
    const known = new KnownIds()
    let kept = 0
    let unnamed = 0
    let row = 0
    const [ids, values, text] = [this.#metric, this.#value, this.#text]
    for (let result = 0; result < this.#results.length; result += 1) {
      const end = this.#starts[result + 1] ?? 0
      // Nothing was left out yet and ids are indices: all stays where it is.
      if (kept === row) {
        row = known.unchanged(ids, row, end)
        kept = row
      }
      for (; row < end; row += 1) {
        const id = ids[row] ?? 0
        let index = known.get(id)
        if (index === UNASKED) {
          index = metricIndex(describe(id), metrics, byName)
          known.set(id, index)
        }
        if (index < 0) {
          unnamed += 1
          continue
        }
        ids[kept] = index
        values[kept] = values[row] ?? Number.NaN
        if (text !== undefined) text[kept] = text[row] ?? -1
        kept += 1
      }
      this.#starts[result + 1] = kept
    }
    return {
      results: this.#results,
      metrics,
      valueStart: trimmed(this.#starts, this.#results.length + 1),
      valueMetric: trimmed(this.#metric, kept),
      value: trimmed(this.#value, kept),
      ...(this.#text === undefined ? {} : { valueText: trimmed(this.#text, kept) }),
      texts: this.#texts,
      unnamed,
    }
  }
}

const UNASKED = -2

/** Index of each id asked for. String tables hold some hundred names: those lie in an array, what is beyond in a map. */
class KnownIds {
  readonly #near = new Int32Array(1 << 14).fill(UNASKED)
  readonly #far = new Map<number, number>()

  get(id: number): number {
    return id < this.#near.length ? (this.#near[id] ?? UNASKED) : (this.#far.get(id) ?? UNASKED)
  }

  /** The first row from `row` on whose id is not known to be its own index; `end` where there is none. */
  unchanged(ids: Uint32Array, row: number, end: number): number {
    const near = this.#near
    let at = row
    for (; at < end; at++) {
      const id = ids[at] as number // below the end
      // Beyond the array nothing is equal to a number.
      if (near[id] !== id) break
    }
    return at
  }

  set(id: number, index: number): void {
    if (id < this.#near.length) this.#near[id] = index
    else this.#far.set(id, index)
  }
}

function metricIndex(metric: CounterMetric | undefined, metrics: CounterMetric[], byName: Map<string, number>): number {
  if (metric === undefined) return -1
  const known = byName.get(metric.name)
  if (known !== undefined) return known
  byName.set(metric.name, metrics.length)
  metrics.push(metric)
  return metrics.length - 1
}
