/**
 * Texts by their bytes, in the order of first appearance: a label set seen at every scrape is decoded once.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and ids bound them.
 */

/** A bucket chain longer than this falls back to a map of whole texts: names made to collide must not make it quadratic. */
const LONG_CHAIN = 16

export class ByteTexts {
  readonly texts: string[] = []
  #arena = Buffer.allocUnsafe(1 << 16)
  #used = 0
  #capacity = 1024
  #offset = new Float64Array(this.#capacity)
  #length = new Uint32Array(this.#capacity)
  #hash = new Int32Array(this.#capacity)
  #next = new Int32Array(this.#capacity)
  #buckets = new Int32Array(2048).fill(-1)
  readonly #byText = new Map<string, number>()

  /** Id of `bytes[from, to)`. `hash` is whatever the caller computed over the same bytes. */
  find(bytes: Buffer, from: number, to: number, hash: number): number {
    const mixed = hash ^ (hash >>> 15)
    let chain = 0
    for (let id = this.#buckets[mixed & (this.#buckets.length - 1)] as number; id >= 0; id = this.#next[id] as number) {
      if (this.#hash[id] === hash && this.#equals(id, bytes, from, to)) return id
      if (++chain > LONG_CHAIN) return this.#byWholeText(bytes, from, to)
    }
    return this.#add(bytes, from, to, hash, mixed)
  }

  #equals(id: number, bytes: Buffer, from: number, to: number): boolean {
    const length = to - from
    if (this.#length[id] !== length) return false
    const offset = this.#offset[id] as number
    if (length > 64) return bytes.compare(this.#arena, offset, offset + length, from, to) === 0
    for (let index = 0; index < length; index++) if (this.#arena[offset + index] !== bytes[from + index]) return false
    return true
  }

  #byWholeText(bytes: Buffer, from: number, to: number): number {
    const text = bytes.toString('utf8', from, to)
    let id = this.#byText.get(text)
    if (id === undefined) {
      id = this.texts.push(text) - 1
      if (id >= this.#capacity) this.#grow()
      this.#byText.set(text, id)
    }
    return id
  }

  #add(bytes: Buffer, from: number, to: number, hash: number, mixed: number): number {
    const length = to - from
    if (this.#used + length > this.#arena.length) {
      const arena = Buffer.allocUnsafe(Math.max(this.#arena.length * 2, this.#used + length))
      arena.set(this.#arena.subarray(0, this.#used))
      this.#arena = arena
    }
    bytes.copy(this.#arena, this.#used, from, to)
    const id = this.texts.push(bytes.toString('utf8', from, to)) - 1
    if (id >= this.#capacity) this.#grow()
    const bucket = mixed & (this.#buckets.length - 1)
    this.#offset[id] = this.#used
    this.#length[id] = length
    this.#hash[id] = hash
    this.#next[id] = this.#buckets[bucket] as number
    this.#buckets[bucket] = id
    this.#used += length
    return id
  }

  #grow(): void {
    this.#capacity *= 2
    const larger = <T extends Float64Array | Uint32Array | Int32Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.#offset = larger(this.#offset, new Float64Array(this.#capacity))
    this.#length = larger(this.#length, new Uint32Array(this.#capacity))
    this.#hash = larger(this.#hash, new Int32Array(this.#capacity))
    this.#next = new Int32Array(this.#capacity)
    this.#buckets = new Int32Array(this.#capacity * 2).fill(-1)
    for (let id = 0; id < this.texts.length - 1; id++) {
      if (this.#byText.size > 0 && (this.#length[id] as number) === 0 && this.texts[id] !== '') continue
      const hash = this.#hash[id] as number
      const bucket = (hash ^ (hash >>> 15)) & (this.#buckets.length - 1)
      this.#next[id] = this.#buckets[bucket] as number
      this.#buckets[bucket] = id
    }
  }
}
