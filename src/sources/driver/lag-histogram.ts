/** Durations of the client's own delays, counted: bounded memory, one addition per value. */
import type { DelaySummary } from '#model/client-delays.ts'

/** 5 bits of mantissa: bins of 3 %, finer than any delay repeats. */
const MANTISSA_BITS = 5
const BINS = 32 << MANTISSA_BITS
/** Unit of the bins: 0.1 us; 2^32 of them are 7 minutes. */
const UNIT_NS = 100

export class LagHistogram {
  count = 0
  #weight = 0
  #sumNs = 0
  #maxNs = 0
  readonly #bins = new Float64Array(BINS)

  /**
   * Negative values are clamped to 0: they are differences of two clocks read a moment apart. A value that stands for more than others
   * has a weight above theirs: mean and percentiles are then of what is stood for, `count` is of the values.
   */
  add(valueNs: number, weight = 1): void {
    const value = valueNs > 0 ? valueNs : 0
    this.count += 1
    this.#weight += weight
    this.#sumNs += value * weight
    if (value > this.#maxNs) this.#maxNs = value
    const bin = binOf(Math.min(4294967295, Math.floor(value / UNIT_NS)))
    this.#bins[bin] = (this.#bins[bin] as number) + weight // within bounds
  }

  /** A plain copy that crosses threads. */
  snapshot(): LagSnapshot {
    return { count: this.count, weight: this.#weight, sumNs: this.#sumNs, maxNs: this.#maxNs, bins: this.#bins.slice() }
  }

  merge(other: LagSnapshot): void {
    this.count += other.count
    this.#weight += other.weight
    this.#sumNs += other.sumNs
    if (other.maxNs > this.#maxNs) this.#maxNs = other.maxNs
    for (let bin = 0; bin < BINS; bin++) this.#bins[bin] = (this.#bins[bin] as number) + (other.bins[bin] ?? 0)
  }

  /** Undefined where nothing was counted. A percentile is the upper edge of its bin: at most 3 % too large, never too small. */
  summary(): DelaySummary | undefined {
    if (this.count === 0) return undefined
    return {
      count: this.count,
      meanNs: this.#sumNs / this.#weight,
      p50Ns: this.percentile(0.5),
      p95Ns: this.percentile(0.95),
      p99Ns: this.percentile(0.99),
      maxNs: this.#maxNs,
    }
  }

  /** NaN where nothing was counted. */
  percentile(ratio: number): number {
    if (this.count === 0) return Number.NaN
    const rank = ratio * (this.#weight - 1)
    let seen = 0
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.#bins[bin] as number // within bounds
      if (seen > rank) return Math.min(this.#maxNs, upperEdge(bin) * UNIT_NS)
    }
    return this.#maxNs
  }
}

export interface LagSnapshot {
  readonly count: number
  readonly weight: number
  /** Of values times weights. */
  readonly sumNs: number
  readonly maxNs: number
  readonly bins: Float64Array
}

/** Below 2^MANTISSA_BITS units every value has a bin of its own. */
function binOf(value: number): number {
  const exponent = 31 - Math.clz32(value)
  if (exponent < MANTISSA_BITS) return value
  const shift = exponent - MANTISSA_BITS
  return ((shift + 1) << MANTISSA_BITS) + ((value >>> shift) - (1 << MANTISSA_BITS))
}

function upperEdge(bin: number): number {
  if (bin < 1 << MANTISSA_BITS) return bin + 1
  const shift = (bin >> MANTISSA_BITS) - 1
  return ((bin & ((1 << MANTISSA_BITS) - 1)) + (1 << MANTISSA_BITS) + 1) * 2 ** shift
}
