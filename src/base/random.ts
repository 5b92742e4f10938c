/**
 * Seeded random numbers: the same seed gives the same sequence on every platform, so that a generated capture can be named by its seed.
 * sfc32 (PractRand's small fast counting generator), seeded by splitmix32 as its author advises: four words, then 12 rounds discarded.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter: number
  #spareNormal: number | undefined

  /** `seed` is any number (its low 32 bits count); `stream` separates independent sequences of one seed, e.g. by purpose. */
  constructor(seed: number, stream = '') {
    let state = seed >>> 0
    for (let index = 0; index < stream.length; index++) state = Math.imul(state ^ stream.charCodeAt(index), 0x01000193) >>> 0
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return (mixed ^ (mixed >>> 15)) >>> 0
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#counter = 1
    for (let round = 0; round < 12; round++) this.uint32()
  }

  /** Uniform integer in 0 .. 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) >>> 0
    return result
  }

  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number {
    return this.uint32() / 4294967296
  }

  /** Uniform integer in [from, to], both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.uniform() * (to - from + 1))
  }

  /** Standard normal (Box-Muller; both values of a pair are used). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Lognormal factor with median 1: `sigma` is the deviation of its logarithm. */
  lognormal(sigma: number): number {
    return sigma === 0 ? 1 : Math.exp(sigma * this.normal())
  }

  /** One element; throws on an empty list. */
  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('pick from an empty list')
    return values[Math.floor(this.uniform() * values.length)] as T
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(values: readonly T[]): T[] {
    const result = [...values]
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.integer(0, last)
      const kept = result[last] as T
      result[last] = result[other] as T
      result[other] = kept
    }
    return result
  }
}
