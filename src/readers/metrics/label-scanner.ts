/**
 * Label sets by their bytes, each read once into pairs of ids: no string and no object for what exporters write. Escapes, spaces, quoted
 * names and whatever is not ASCII go the general way, by `parseLabels`.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { grown, trimmed } from '#base/columns.ts'
import type { LabelPairs, Texts } from '#model/label-pairs.ts'
import { parseLabels } from '#model/metric-samples.ts'
import { ByteTexts, FNV_PRIME, FNV_START, hashOf } from './byte-texts.ts'

const QUOTE = 34
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92

/** What may stand in a name: 1 anywhere, 2 not at its beginning. `[A-Za-z_][A-Za-z0-9_.:-]*` */
const nameBytes = Uint8Array.from({ length: 256 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/^[A-Za-z_]$/.test(char)) return 1
  return /^[0-9.:-]$/.test(char) ? 2 : 0
})
/** Names of one set are compared with each other: a set of more goes the general way. */
const MOST_PAIRS = 32
/** Not an own member of the objects that labels are, so never a label of theirs. */
const PROTO = '__proto__'

export class LabelScanner {
  readonly #texts = new ByteTexts()
  readonly #names = new ByteTexts()
  readonly #values = new ByteTexts()
  readonly #unreadable = new Set<number>()
  #start = new Uint32Array(1024)
  #name = new Uint32Array(4096)
  #value = new Uint32Array(4096)
  #rows = 0

  get texts(): Texts {
    return this.#texts
  }

  pairs(): LabelPairs {
    return {
      names: this.#names.all(),
      values: this.#values,
      start: trimmed(this.#start, this.#texts.length + 1),
      name: trimmed(this.#name, this.#rows),
      value: trimmed(this.#value, this.#rows),
      unreadable: this.#unreadable,
    }
  }

  /** Id of the label set `bytes[from, to)`; `hash` as for `ByteTexts`. */
  find(bytes: Buffer, from: number, to: number, hash: number): number {
    const known = this.#texts.length
    const id = this.#texts.find(bytes, from, to, hash)
    if (id === known) this.#read(id, bytes, from, to)
    return id
  }

  #read(id: number, bytes: Buffer, from: number, to: number): void {
    const first = this.#rows
    if (!this.#plain(bytes, from, to)) {
      this.#rows = first
      this.#general(id, bytes.toString('utf8', from, to))
    }
    this.#start = grown(this.#start, id + 2)
    this.#start[id + 1] = this.#rows
  }

  /** `name="value",…` without anything to think about; false for any other shape, then with rows that must be taken back. */
  #plain(bytes: Buffer, from: number, to: number): boolean {
    const first = this.#rows
    for (let at = from; at < to; ) {
      const nameAt = at
      let hash = FNV_START
      for (; at < to && nameBytes[bytes[at] as number] !== 0; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME)
      if (at === nameAt || nameBytes[bytes[nameAt] as number] !== 1) return false
      if (at + 1 >= to || bytes[at] !== EQUALS || bytes[at + 1] !== QUOTE) return false
      const name = this.#names.find(bytes, nameAt, at, hash)
      const valueAt = at + 2
      hash = FNV_START
      for (at = valueAt; at < to; at++) {
        const code = bytes[at] as number
        if (code === QUOTE) break
        if (code === BACKSLASH || code >= 0x80) return false
        hash = Math.imul(hash ^ code, FNV_PRIME)
      }
      if (at >= to || (at + 1 < to && bytes[at + 1] !== COMMA)) return false
      const isProto = valueAt - 2 - nameAt === PROTO.length && bytes.toString('latin1', nameAt, valueAt - 2) === PROTO
      if (isProto || !this.#add(first, name, this.#values.find(bytes, valueAt, at, hash))) return false
      at += 2
    }
    return true
  }

  /** False where the set has that name already, or too many of them. */
  #add(first: number, name: number, value: number): boolean {
    const row = this.#rows
    if (row - first >= MOST_PAIRS) return false
    for (let at = first; at < row; at++) if (this.#name[at] === name) return false
    this.#push(name, value)
    return true
  }

  #push(name: number, value: number): void {
    const row = this.#rows++
    if (row >= this.#name.length) {
      this.#name = grown(this.#name, row + 1)
      this.#value = grown(this.#value, row + 1)
    }
    this.#name[row] = name
    this.#value[row] = value
  }

  #general(id: number, text: string): void {
    const labels = parseLabels(text)
    if (labels === undefined) this.#unreadable.add(id)
    for (const [name, value] of Object.entries(labels ?? {})) this.#push(idOf(this.#names, name), idOf(this.#values, value))
  }
}

function idOf(texts: ByteTexts, text: string): number {
  const bytes = Buffer.from(text)
  return texts.find(bytes, 0, bytes.length, hashOf(bytes))
}
