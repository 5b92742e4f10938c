/** When requests of an open loop should be sent: drawn from the seed alone, so that every thread knows all of them. */
import { Random } from '#base/random.ts'
import type { OpenArrivals } from './plan.ts'

export class ArrivalTimes {
  readonly #random: Random
  readonly #arrivals: OpenArrivals
  #index = 0
  #timeNs = 0

  constructor(arrivals: OpenArrivals, seed: number) {
    this.#arrivals = arrivals
    this.#random = new Random(seed, 'arrivals')
  }

  /** Nanoseconds after the start of the phase; the first of a constant stream is at 0. */
  next(): number {
    const gapNs = 1e9 / this.#arrivals.ratePerS
    if (this.#arrivals.kind === 'constant') return this.#index++ * gapNs
    this.#timeNs += -Math.log(1 - this.#random.uniform()) * gapNs
    return this.#timeNs
  }
}
