/**
 * Values of one kind over all requests: exact while they fit, then counted in bins of 1/8192 relative width, so that memory is bounded
 * for any number of requests.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { percentilesInPlace, sampleStandardDeviation } from '#base/statistics.ts'
import type { Statistic } from '#model/bench-result.ts'
import { BINS, MANTISSA_BITS, type ValueCounter } from '#model/value-counter.ts'

/** 32 MB of doubles: more requests than any benchmark sends; gaps between tokens may be more. */
const EXACT_VALUES = 4 * 1024 * 1024
/** Half a bin. */
export const APPROXIMATE_RATIO = 2 ** -(MANTISSA_BITS + 1)

const percentiles = [50, 90, 95, 99] as const
const ratios = percentiles.map((percent) => percent / 100)

export class Distribution {
  count = 0
  #values = new Float64Array(1024)
  #bins: Float64Array | undefined
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  /** Sum of squared differences from the running mean (Welford): stable where a plain sum of squares is not. */
  #squares = 0
  #mean = 0
  readonly #limit: number
  readonly #openCounter: (() => ValueCounter | undefined) | undefined
  #counter: ValueCounter | undefined
  readonly #one = new Float64Array(1)

  /** `openCounter` is asked once, where values begin to be counted in bins; the result is the same with and without. */
  constructor(limit = EXACT_VALUES, openCounter?: () => ValueCounter | undefined) {
    this.#limit = limit
    this.#openCounter = openCounter
  }

  get isApproximate(): boolean {
    return this.#bins !== undefined
  }

  add(value: number): void {
    if (this.#bins === undefined) {
      if (this.count === this.#values.length) this.#grow()
      if (this.#bins === undefined) {
        this.#values[this.count++] = value
        return
      }
    }
    this.#one[0] = value
    this.#countScaled(this.#one, 0, 1, 1, false)
  }

  /** Adds `values[from, to)` times `scale`, rounded where asked: as `add` does, one after another. */
  addScaled(values: Float64Array, from: number, to: number, scale: number, isRounded: boolean): void {
    let at = from
    while (at < to && this.#bins === undefined) {
      if (this.count === this.#values.length) {
        this.#grow()
        continue
      }
      const kept = this.#values
      let count = this.count
      const end = Math.min(to, at + kept.length - count)
      for (; at < end; at++) {
        const value = (values[at] as number) * scale
        kept[count++] = isRounded ? Math.round(value) : value
      }
      this.count = count
    }
    if (at < to) this.#countScaled(values, at, to, scale, isRounded)
  }

  /** Its state in locals: doubles that change with every value are boxed anywhere else. */
  #countScaled(values: Float64Array, from: number, to: number, scale: number, isRounded: boolean): void {
    if (this.#counter !== undefined) {
      this.#counter.add(values, from, to, scale, isRounded)
      this.count += to - from
      return
    }
    const bins = this.#bins as Float64Array // set by whoever calls
    let count = this.count
    let sum = this.#sum
    let min = this.#min
    let max = this.#max
    let mean = this.#mean
    let squares = this.#squares
    for (let at = from; at < to; at++) {
      const scaled = (values[at] as number) * scale
      const value = isRounded ? Math.round(scaled) : scaled
      const index = binOf(value)
      bins[index] = (bins[index] as number) + 1
      sum += value
      if (value < min) min = value
      if (value > max) max = value
      const before = value - mean
      mean += before / ++count
      squares += before * (value - mean)
    }
    this.count = count
    this.#sum = sum
    this.#min = min
    this.#max = max
    this.#mean = mean
    this.#squares = squares
  }

  #grow(): void {
    if (this.#values.length < this.#limit) {
      const grown = new Float64Array(Math.min(this.#limit, this.#values.length * 4))
      grown.set(this.#values)
      this.#values = grown
      return
    }
    this.#bins = new Float64Array(BINS)
    const values = this.#values
    this.#values = new Float64Array(0)
    const length = this.count
    this.count = 0
    this.#countScaled(values, 0, length, 1, false)
    this.#counter = this.#openCounter?.()
    if (this.#counter === undefined) return
    const [sum, min, max, mean, squares] = [this.#sum, this.#min, this.#max, this.#mean, this.#squares]
    this.#counter.begin(this.#bins, { count: length, sum, min, max, mean, squares })
    this.#bins = this.#counter.bins
  }

  /** Mean, std, min, p50, p90, p95, p99, max; empty where there is no value. Percentiles interpolate linearly, as numpy does. */
  statistics(): (readonly [Statistic, number])[] {
    if (this.count === 0) return []
    if (this.#bins !== undefined) return this.#approximate()
    const values = this.#values.subarray(0, this.count)
    let sum = 0
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      sum += value
      if (value < min) min = value
      if (value > max) max = value
    }
    return [
      ['mean', sum / values.length],
      ...(values.length > 1 ? ([['std', sampleStandardDeviation(values)]] as const) : []),
      ['min', min],
      ...percentilesInPlace(values, ratios).map((value, index) => [`p${percentiles[index] as number}`, value] as [Statistic, number]),
      ['max', max],
    ]
  }

  #approximate(): (readonly [Statistic, number])[] {
    if (this.#counter !== undefined) {
      const { sum, min, max, squares } = this.#counter.state()
      this.#sum = sum
      this.#min = min
      this.#max = max
      this.#squares = squares
    }
    return [
      ['mean', this.#sum / this.count],
      ['std', Math.sqrt(this.#squares / (this.count - 1))],
      ['min', this.#min],
      ...percentiles.map((percent) => [`p${percent}`, this.#binned(percent / 100)] as const),
      ['max', this.#max],
    ]
  }

  #binned(ratio: number): number {
    const bins = this.#bins as Float64Array // only called with bins
    const rank = ratio * (this.count - 1)
    let seen = 0
    for (let index = 0; index < BINS; index++) {
      seen += bins[index] as number
      if (seen > rank) return Math.min(this.#max, Math.max(this.#min, middleOf(index)))
    }
    return this.#max
  }
}

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
/** Which half of a double holds sign, exponent and the first 20 bits of the mantissa. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0

/** Values at or below 1 share the first bin. Exponent and leading mantissa bits of the double are the bin's number. */
function binOf(value: number): number {
  if (!(value > 1)) return 0
  double[0] = value
  const high = halves[HIGH] as number
  return Math.min(BINS - 1, (((high >>> 20) - 1023) << MANTISSA_BITS) | ((high >>> (20 - MANTISSA_BITS)) & ((1 << MANTISSA_BITS) - 1)))
}

function middleOf(index: number): number {
  const mantissa = (index & ((1 << MANTISSA_BITS) - 1)) + 0.5
  return 2 ** (index >> MANTISSA_BITS) * (1 + mantissa / (1 << MANTISSA_BITS))
}
