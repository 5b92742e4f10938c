/**
 * Gives equal tuples of numbers one small index, without an object or a string per row:
 * open addressing over one Float64Array, and a check against the last hit first, because neighbouring rows mostly repeat.
 */

/** Load factor one half: probes stay short, and the table is tiny beside the rows. */
const INITIAL_SLOTS = 64

export class TupleInterner {
  /** Fill this, then call `intern`. NaN is not allowed: map absence to a number first. */
  readonly key: Float64Array
  readonly #width: number
  #tuples: Float64Array
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1)
  #size = 0
  #last = -1

  constructor(width: number) {
    this.#width = width
    this.key = new Float64Array(width)
    this.#tuples = new Float64Array(width * INITIAL_SLOTS)
  }

  get size(): number {
    return this.#size
  }

  /** Component `part` of tuple `index`. */
  at(index: number, part: number): number {
    return this.#tuples[index * this.#width + part] as number
  }

  /** The index of `key`: new tuples are numbered in order of appearance. */
  intern(): number {
    if (this.#last >= 0 && this.#equals(this.#last)) return this.#last
    const mask = this.#slots.length - 1
    let slot = this.#hash() & mask
    for (;;) {
      const index = this.#slots[slot] as number // typed-array reads here are within bounds: slot is masked, parts are below the width
      if (index < 0) break
      if (this.#equals(index)) {
        this.#last = index
        return index
      }
      slot = (slot + 1) & mask
    }
    this.#last = this.#append(slot)
    return this.#last
  }

  #equals(index: number): boolean {
    const base = index * this.#width
    for (let part = 0; part < this.#width; part++) if (this.#tuples[base + part] !== this.key[part]) return false
    return true
  }

  #hash(): number {
    let hash = 0
    for (let part = 0; part < this.#width; part++) {
      const value = this.key[part] as number
      // Values that differ only above bit 32 collide, which costs a probe: no id column does that in earnest.
      hash = Math.imul(hash ^ (value | 0), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  #append(slot: number): number {
    const index = this.#size++
    if (this.#size * this.#width > this.#tuples.length) {
      const next = new Float64Array(this.#tuples.length * 2)
      next.set(this.#tuples)
      this.#tuples = next
    }
    this.#tuples.set(this.key, index * this.#width)
    this.#slots[slot] = index
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return index
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    const saved = this.key.slice()
    for (let index = 0; index < this.#size; index++) {
      this.key.set(this.#tuples.subarray(index * this.#width, (index + 1) * this.#width))
      let slot = this.#hash() & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.key.set(saved)
    this.#slots = slots
  }
}
