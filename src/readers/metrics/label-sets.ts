/**
 * Label sets as sequences of pairs of ids. A set is drafted behind those that are known, and either found among them or kept.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { grown } from '#base/columns.ts'

/** A bucket chain longer than this falls back to a map: sets made to collide must not make it quadratic. */
const LONG_CHAIN = 16
const [MIX_NAME, MIX_VALUE] = [0x9e3779b1, 0x85ebca6b]

export class LabelSets {
  length = 0
  /** Pairs of set `s`: `start[s]` to `start[s + 1]`. */
  start = new Uint32Array(1024)
  name = new Uint32Array(4096)
  value = new Uint32Array(4096)
  /** Pairs of all sets that are kept; the draft begins here. */
  rows = 0
  /** Pairs of the draft. */
  draft = 0
  /** The set found last, and whether the draft is equal to it so far. */
  #last = -1
  #isLast = false
  #hash = new Int32Array(1024)
  #next = new Int32Array(1024)
  #buckets = new Int32Array(2048).fill(-1)
  readonly #byKey = new Map<string, number>()

  begin(): void {
    this.draft = 0
    this.#isLast = this.#last >= 0
  }

  /** Row of the pair that stands at the draft's place in the set found last; -1 where that is shorter. */
  expected(): number {
    if (this.#last < 0) return -1
    const row = (this.start[this.#last] as number) + this.draft
    return row < (this.start[this.#last + 1] as number) ? row : -1
  }

  /** False where the draft has that name already. */
  add(name: number, value: number): boolean {
    const before = this.expected()
    if (before < 0 || this.name[before] !== name || this.value[before] !== value) this.#isLast = false
    const end = this.rows + this.draft
    for (let row = this.rows; row < end; row++) if (this.name[row] === name) return false
    this.push(name, value)
    return true
  }

  push(name: number, value: number): void {
    const row = this.rows + this.draft++
    if (row >= this.name.length) {
      this.name = grown(this.name, row + 1)
      this.value = grown(this.value, row + 1)
    }
    this.name[row] = name
    this.value[row] = value
  }

  /** The draft as a set of its own, equal to no other. */
  commit(): number {
    const set = this.length++
    this.start = grown(this.start, set + 2)
    this.#hash = grown(this.#hash, set + 1)
    this.#next = grown(this.#next, set + 1)
    this.rows += this.draft
    this.start[set + 1] = this.rows
    this.#next[set] = UNCHAINED
    this.draft = 0
    return set
  }

  /** Id of the set that the draft is equal to, pair by pair. */
  find(): number {
    const last = this.#last
    if (this.#isLast && this.draft === (this.start[last + 1] as number) - (this.start[last] as number)) return last
    this.#last = this.#lookUp()
    return this.#last
  }

  #lookUp(): number {
    const hash = this.#draftHash()
    let chain = 0
    for (let set = this.#buckets[hash & (this.#buckets.length - 1)] as number; set >= 0; set = this.#next[set] as number) {
      if (this.#hash[set] === hash && this.#isDraft(set)) return set
      if (++chain > LONG_CHAIN) return this.#byWholeKey()
    }
    // A chain that was long is short after the buckets were multiplied: what was kept outside is still there.
    if (this.#byKey.size > 0) return this.#byWholeKey()
    const set = this.commit()
    this.#hash[set] = hash
    if (set >= this.#buckets.length >> 1) this.#rehash()
    this.#link(set)
    return set
  }

  #byWholeKey(): number {
    const key = `${this.name.subarray(this.rows, this.rows + this.draft)} ${this.value.subarray(this.rows, this.rows + this.draft)}`
    let set = this.#byKey.get(key)
    if (set === undefined) {
      set = this.commit()
      this.#byKey.set(key, set)
    }
    return set
  }

  #draftHash(): number {
    let hash = this.draft
    for (let row = this.rows; row < this.rows + this.draft; row++) {
      hash = Math.imul(hash ^ (this.name[row] as number), MIX_NAME)
      hash = Math.imul(hash ^ (hash >>> 15) ^ (this.value[row] as number), MIX_VALUE)
    }
    return hash ^ (hash >>> 15)
  }

  #isDraft(set: number): boolean {
    const first = this.start[set] as number
    if ((this.start[set + 1] as number) - first !== this.draft) return false
    for (let index = 0; index < this.draft; index++)
      if (this.name[first + index] !== this.name[this.rows + index] || this.value[first + index] !== this.value[this.rows + index])
        return false
    return true
  }

  #link(set: number): void {
    const bucket = (this.#hash[set] as number) & (this.#buckets.length - 1)
    this.#next[set] = this.#buckets[bucket] as number
    this.#buckets[bucket] = set
  }

  /** Every set but the last, which is not linked yet. */
  #rehash(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 4).fill(-1)
    for (let set = 0; set < this.length - 1; set++) if (this.#next[set] !== UNCHAINED) this.#link(set)
  }
}

/** `#next` of a set that stands in no chain. */
const UNCHAINED = -2
