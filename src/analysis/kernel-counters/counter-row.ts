/** The counters of one launch, looked up by what they mean. The index over the metrics is built once per capture. */
import type { CounterBasis, CounterRole } from '#model/counter-role.ts'
import { fillCounterRow, type KernelCounters } from '#model/kernel-counters.ts'

type Of<K extends CounterRole['of']> = Extract<CounterRole, { of: K }>

interface Entry<R extends CounterRole = CounterRole> {
  readonly role: R
  readonly metric: number
  readonly name: string
  readonly basis: CounterBasis
}

/** Counters have 64 bits, and rates of them are smaller still: what is above, or below zero, is damage. */
const MOST = 2 ** 80

/** Totals first: a rate was divided by something that must be multiplied back. */
const basisOrder: readonly CounterBasis[] = ['total', 'per-second', 'per-cycle']

export interface Found<R extends CounterRole> {
  readonly role: R
  readonly value: number
  /** Name of the metric, for citations. */
  readonly metric: string
}

/** Most captures hold nothing of most meanings, and are asked for all of them with every launch. */
const none: readonly never[] = []

export class CounterRow {
  readonly #counters: KernelCounters
  readonly #entries = new Map<CounterRole['of'], Entry[]>()
  /** The same with totals first: sorted once, asked for every launch. */
  readonly #byBasis = new Map<CounterRole['of'], Entry[]>()
  readonly #row: Float64Array
  #durationNs: number | undefined
  #cycles = Number.NaN

  constructor(counters: KernelCounters) {
    this.#counters = counters
    this.#row = new Float64Array(counters.metrics.length)
    for (const [metric, { role, name }] of counters.metrics.entries()) {
      if (role === undefined) continue
      const entry = { role, metric, name, basis: basisOf(role) }
      const entries = this.#entries.get(role.of)
      if (entries === undefined) this.#entries.set(role.of, [entry])
      else entries.push(entry)
    }
    for (const [of, entries] of this.#entries)
      this.#byBasis.set(
        of,
        entries.toSorted((a, b) => basisOrder.indexOf(a.basis) - basisOrder.indexOf(b.basis)),
      )
  }

  /** Moves to another launch. */
  open(result: number): void {
    fillCounterRow(this.#counters, result, this.#row)
    this.#durationNs = this.#counters.results[result]?.durationNs
    this.#cycles = this.#elapsedCycles()
  }

  get durationNs(): number | undefined {
    return this.#durationNs
  }

  /** Values of this meaning, as recorded: finite, and not below zero. */
  all<K extends CounterRole['of']>(of: K): readonly Found<Of<K>>[] {
    const entries = this.#entries.get(of)
    if (entries === undefined) return none
    const found: Found<Of<K>>[] = []
    for (const { role, metric, name } of entries) {
      const value = this.#row[metric]
      // Comparisons with NaN are false: no value is none.
      if (value === undefined || !(value >= 0 && value < MOST)) continue
      // The map is keyed by `role.of`.
      found.push({ role: role as Of<K>, value, metric: name })
    }
    return found
  }

  /**
   * The same as totals of the launch: a rate per second times the duration, a rate per cycle times the elapsed cycles.
   * Rates that cannot be multiplied back are left out. Totals come first, so that the first of several spellings is the best.
   */
  totals<K extends 'bytes' | 'scalar-instructions' | 'integer-instructions' | 'tensor-operations' | 'tensor-instructions'>(
    of: K,
  ): readonly Found<Of<K>>[] {
    const entries = this.#byBasis.get(of)
    if (entries === undefined) return none
    const found: Found<Of<K>>[] = []
    for (const { role, metric, name, basis } of entries) {
      const recorded = this.#row[metric]
      if (recorded === undefined || !(recorded >= 0 && recorded < MOST)) continue
      const value = recorded * this.#perUnit(basis)
      // The map is keyed by `role.of`.
      if (Number.isFinite(value)) found.push({ role: role as Of<K>, value, metric: name })
    }
    return found
  }

  #perUnit(basis: CounterBasis): number {
    if (basis === 'total') return 1
    if (basis === 'per-cycle') return this.#cycles
    return this.#durationNs === undefined ? Number.NaN : this.#durationNs / 1e9
  }

  /** Elapsed cycles of the compute clock, or its frequency times the duration. */
  #elapsedCycles(): number {
    const found = this.all('cycles')
    if (found.length === 0) return Number.NaN
    const clocks = found.filter(({ role }) => role.clock === 'compute')
    const total = clocks.find(({ role }) => role.basis === 'total')
    if (total !== undefined) return total.value
    const rate = clocks.find(({ role }) => role.basis === 'per-second')
    return rate === undefined || this.#durationNs === undefined ? Number.NaN : (rate.value * this.#durationNs) / 1e9
  }
}

function basisOf(role: CounterRole): CounterBasis {
  return 'basis' in role && role.of !== 'stall' ? role.basis : 'total'
}
