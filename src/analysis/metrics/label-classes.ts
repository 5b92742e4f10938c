/**
 * Numbers label sets by some of their labels: equal numbers mean that all of those are equal, whatever the rest and whatever the order.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { grown } from '#base/columns.ts'
import type { LabelPairs } from '#model/label-pairs.ts'

/** A bucket chain longer than this falls back to a map of texts: labels made to collide must not make it quadratic. */
const LONG_CHAIN = 64
const [MIX_NAME, MIX_VALUE] = [0x9e3779b1, 0x85ebca6b]

export class LabelClasses {
  length = 0
  readonly #pairs: LabelPairs
  /** By name: 1 = counts. */
  readonly #kept: Uint8Array
  /** By label set: its class plus one; 0 = not asked for. */
  readonly #known: Uint32Array
  /** By class: the first of its label sets, and the next class of the same bucket (plus one). */
  #first = new Uint32Array(1024)
  #next = new Uint32Array(1024)
  #hashes = new Int32Array(1024)
  #buckets = new Uint32Array(2048)
  readonly #byKey = new Map<string, number>()

  constructor(pairs: LabelPairs, keeps: (name: string) => boolean) {
    this.#pairs = pairs
    this.#kept = Uint8Array.from(pairs.names, (name) => (keeps(name) ? 1 : 0))
    this.#known = new Uint32Array(pairs.start.length)
  }

  /** Class of a label set, numbered in the order in which they are asked for. */
  of(set: number): number {
    const known = this.#known[set] as number
    if (known > 0) return known - 1
    const id = this.#find(set, this.#hash(set))
    this.#known[set] = id
    return id - 1
  }

  /** The class plus one. */
  #find(set: number, hash: number): number {
    let chain = 0
    for (let id = this.#buckets[hash & (this.#buckets.length - 1)] as number; id > 0; id = this.#next[id - 1] as number) {
      if (this.#hashes[id - 1] === hash && this.#isSame(this.#first[id - 1] as number, set)) return id
      if (++chain > LONG_CHAIN) return this.#byWholeKey(set)
    }
    // A chain that was long is short after the buckets were multiplied: what was kept outside is still there.
    return this.#byKey.size > 0 ? this.#byWholeKey(set) : this.#add(set, hash)
  }

  #byWholeKey(set: number): number {
    const key = this.#key(set)
    let id = this.#byKey.get(key)
    if (id === undefined) {
      id = ++this.length
      this.#grow(id)
      this.#first[id - 1] = set
      this.#next[id - 1] = UNCHAINED
      this.#byKey.set(key, id)
    }
    return id
  }

  /** A label set of the class. */
  exemplar(id: number): number {
    return this.#first[id] as number
  }

  /** Sums do not see the order. */
  #hash(set: number): number {
    const { start, name, value } = this.#pairs
    let hash = 0
    for (let row = start[set] as number; row < (start[set + 1] as number); row++) {
      if (this.#kept[name[row] as number] === 0) continue
      const mixed = Math.imul(name[row] as number, MIX_NAME) ^ Math.imul((value[row] as number) + 1, MIX_VALUE)
      hash = (hash + Math.imul(mixed ^ (mixed >>> 15), MIX_NAME)) | 0
    }
    return hash ^ (hash >>> 15)
  }

  #isSame(a: number, b: number): boolean {
    const { start, name, value } = this.#pairs
    const [endA, endB] = [start[a + 1] as number, start[b + 1] as number]
    let [at, other] = [start[a] as number, start[b] as number]
    for (;;) {
      while (at < endA && this.#kept[name[at] as number] === 0) at++
      while (other < endB && this.#kept[name[other] as number] === 0) other++
      if (at === endA || other === endB) return at === endA && other === endB
      if (name[at] !== name[other]) return this.#isSameSorted(a, b)
      if (value[at] !== value[other]) return false
      at++
      other++
    }
  }

  #isSameSorted(a: number, b: number): boolean {
    return this.#key(a) === this.#key(b)
  }

  #key(set: number): string {
    const { start, name, value } = this.#pairs
    const rows: string[] = []
    for (let row = start[set] as number; row < (start[set + 1] as number); row++)
      if (this.#kept[name[row] as number] === 1) rows.push(`${name[row]} ${value[row]}`)
    return rows.sort().join('\n')
  }

  #add(set: number, hash: number): number {
    const id = this.length++
    if (id >= this.#buckets.length >> 1) this.#rehash()
    this.#grow(id + 1)
    this.#first[id] = set
    this.#hashes[id] = hash
    this.#link(id)
    return id + 1
  }

  #grow(classes: number): void {
    this.#first = grown(this.#first, classes)
    this.#next = grown(this.#next, classes)
    this.#hashes = grown(this.#hashes, classes)
  }

  #link(id: number): void {
    const bucket = (this.#hashes[id] as number) & (this.#buckets.length - 1)
    this.#next[id] = this.#buckets[bucket] as number
    this.#buckets[bucket] = id + 1
  }

  /** Every class but the last, which is not linked yet. */
  #rehash(): void {
    this.#buckets = new Uint32Array(this.#buckets.length * 4)
    for (let id = 0; id < this.length - 1; id++) if (this.#next[id] !== UNCHAINED) this.#link(id)
  }
}

/** `#next` of a class that stands in no chain: larger than any class. */
const UNCHAINED = 0xffffffff
