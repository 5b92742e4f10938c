/**
 * Texts by their bytes, in the order of first appearance: a label set seen at every scrape is kept once, and decoded when asked for.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and ids bound them.
 */
import { grown } from '#base/columns.ts'
import type { Texts } from '#model/label-pairs.ts'

/** A bucket chain longer than this falls back to a map of whole texts: names made to collide must not make it quadratic. */
const LONG_CHAIN = 16
/** `#next` of a text that stands in no chain. */
const UNCHAINED = -2
/** Below it a loop compares and copies faster than a call into the runtime does. */
const SHORT_BYTES = 256
export const FNV_START = 0x811c9dc5 | 0
export const FNV_PRIME = 0x01000193

export function hashOf(bytes: Uint8Array): number {
  let hash = FNV_START
  for (const code of bytes) hash = Math.imul(hash ^ code, FNV_PRIME)
  return hash
}

export class ByteTexts implements Texts {
  length = 0
  #arena = Buffer.allocUnsafe(1 << 16)
  #used = 0
  /** Text `id` lies at `#offset[id]` to `#offset[id + 1]`. */
  #offset = new Float64Array(1024)
  #hash = new Int32Array(1024)
  #next = new Int32Array(1024)
  #buckets = new Int32Array(2048).fill(-1)
  readonly #byText = new Map<string, number>()

  at(id: number): string | undefined {
    return id >= 0 && id < this.length ? this.#arena.toString('utf8', this.#offset[id], this.#offset[id + 1]) : undefined
  }

  all(): string[] {
    return Array.from({ length: this.length }, (_, id) => this.at(id) ?? '')
  }

  /** Length of text `id` where `bytes` hold it from `from` on, before `end`; -1 where they do not. */
  lengthAt(id: number, bytes: Buffer, from: number, end: number): number {
    const arena = this.#arena
    const offset = this.#offset[id] as number
    const length = (this.#offset[id + 1] as number) - offset
    if (length > end - from) return -1
    for (let index = 0; index < length; index++) if (arena[offset + index] !== bytes[from + index]) return -1
    return length
  }

  /** Id of `bytes[from, to)`. `hash` is whatever the caller computed over the same bytes. */
  find(bytes: Buffer, from: number, to: number, hash: number): number {
    const bucket = bucketOf(hash, this.#buckets)
    let chain = 0
    for (let id = this.#buckets[bucket] as number; id >= 0; id = this.#next[id] as number) {
      if (this.#hash[id] === hash && this.#equals(id, bytes, from, to)) return id
      if (++chain > LONG_CHAIN) return this.#byWholeText(bytes, from, to)
    }
    // A chain that was long is short after the buckets were multiplied: what was kept outside is still there.
    if (this.#byText.size > 0) return this.#byWholeText(bytes, from, to)
    const id = this.#add(bytes, from, to)
    this.#hash[id] = hash
    if (id >= this.#buckets.length >> 1) this.#rehash()
    this.#link(id)
    return id
  }

  #equals(id: number, bytes: Buffer, from: number, to: number): boolean {
    const arena = this.#arena
    const offset = this.#offset[id] as number
    const end = this.#offset[id + 1] as number
    if (end - offset !== to - from) return false
    if (to - from > SHORT_BYTES) return bytes.compare(arena, offset, end, from, to) === 0
    for (let at = offset, other = from; at < end; at++, other++) if (arena[at] !== bytes[other]) return false
    return true
  }

  #byWholeText(bytes: Buffer, from: number, to: number): number {
    const text = bytes.toString('utf8', from, to)
    let id = this.#byText.get(text)
    if (id === undefined) {
      id = this.#add(bytes, from, to)
      this.#next[id] = UNCHAINED
      this.#byText.set(text, id)
    }
    return id
  }

  #add(bytes: Buffer, from: number, to: number): number {
    const length = to - from
    const used = this.#used
    if (used + length > this.#arena.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#arena.length * 2, used + length))
      larger.set(this.#arena.subarray(0, used))
      this.#arena = larger
    }
    const arena = this.#arena
    if (length > SHORT_BYTES) bytes.copy(arena, used, from, to)
    else for (let index = 0; index < length; index++) arena[used + index] = bytes[from + index] as number
    const id = this.length++
    if (id + 1 >= this.#offset.length) {
      this.#offset = grown(this.#offset, id + 2)
      this.#hash = grown(this.#hash, id + 2)
      this.#next = grown(this.#next, id + 2)
    }
    this.#used = used + length
    this.#offset[id + 1] = this.#used
    return id
  }

  #link(id: number): void {
    const bucket = bucketOf(this.#hash[id] as number, this.#buckets)
    this.#next[id] = this.#buckets[bucket] as number
    this.#buckets[bucket] = id
  }

  /** Every text but the last, which is not linked yet. */
  #rehash(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 4).fill(-1)
    for (let id = 0; id < this.length - 1; id++) if (this.#next[id] !== UNCHAINED) this.#link(id)
  }
}

function bucketOf(hash: number, buckets: Int32Array): number {
  return (hash ^ (hash >>> 15)) & (buckets.length - 1)
}
