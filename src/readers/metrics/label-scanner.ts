/**
 * Label sets by their bytes, read into pairs of ids: no string and no object for what exporters write. Escapes, spaces, quoted names and
 * whatever is not ASCII go the general way, by `parseLabels`.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { trimmed } from '#base/columns.ts'
import type { LabelPairs, Texts } from '#model/label-pairs.ts'
import { parseLabels } from '#model/metric-samples.ts'
import { ByteTexts, FNV_PRIME, FNV_START, hashOf } from './byte-texts.ts'
import { LabelSets } from './label-sets.ts'

const QUOTE = 34
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92
const CLOSE = 125

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
  /** Behind the closing brace of the set read last. */
  at = 0
  /** Its text. */
  from = 0
  to = 0
  #isPlain = true
  readonly #names = new ByteTexts()
  readonly #values = new ByteTexts()
  readonly #sets = new LabelSets()
  /** Texts that went the general way, their sets, and back. */
  readonly #odd = new ByteTexts()
  readonly #oddSets: number[] = []
  readonly #oddOfSet = new Map<number, number>()
  readonly #unreadable = new Set<number>()

  /** Reads the label set that begins at `from`, behind its brace; false where no brace closes it before `end`. */
  scan(bytes: Buffer, from: number, end: number): boolean {
    this.from = from
    this.#isPlain = this.#plain(bytes, from, end)
    if (!this.#isPlain) {
      const close = closingBrace(bytes, from, end)
      if (close < 0) return false
      this.at = close + 1
    }
    this.to = this.at - 1
    return true
  }

  /** The empty set: a sample without braces. */
  none(): void {
    this.#sets.begin()
    this.#isPlain = true
    this.from = this.to
  }

  /** Id of the set read last: only sets of lines that are samples count. `bytes` as they were. */
  keep(bytes: Buffer): number {
    return this.#isPlain ? this.#sets.find() : this.#general(bytes, this.from, this.to)
  }

  /** Raw text between the braces, as written. */
  get texts(): Texts {
    const textAt = (set: number): string | undefined => this.#textAt(set)
    return { length: this.#sets.length, at: textAt }
  }

  pairs(): LabelPairs {
    const { length, start, name, value, rows } = this.#sets
    return {
      names: this.#names.all(),
      values: this.#values,
      start: trimmed(start, length + 1),
      name: trimmed(name, rows),
      value: trimmed(value, rows),
      unreadable: this.#unreadable,
    }
  }

  /** What is plain is its pairs and nothing else. */
  #textAt(set: number): string | undefined {
    const odd = this.#oddOfSet.get(set)
    if (odd !== undefined) return this.#odd.at(odd)
    const { length, start, name, value } = this.#sets
    if (set < 0 || set >= length) return undefined
    const pairs: string[] = []
    for (let row = start[set] as number; row < (start[set + 1] as number); row++)
      pairs.push(`${this.#names.at(name[row] as number)}="${this.#values.at(value[row] as number)}"`)
    return pairs.join(',')
  }

  /**
   * `name="value",…}` without anything to think about, into the draft of the sets; false for any other shape. Most lines have the labels
   * of the line before or nearly so: those are compared before anything is looked up.
   */
  #plain(bytes: Buffer, from: number, end: number): boolean {
    const sets = this.#sets
    sets.begin()
    if (bytes[from] === CLOSE && from < end) {
      this.at = from + 1
      return true
    }
    for (let at = from; ; ) {
      const before = sets.expected()
      const name = this.#name(bytes, at, end, before < 0 ? -1 : (sets.name[before] as number))
      if (name < 0) return false
      const value = this.#value(bytes, this.#at, end, before < 0 ? -1 : (sets.value[before] as number))
      if (value < 0 || sets.draft >= MOST_PAIRS || !sets.add(name, value)) return false
      at = this.#at
      const code = at < end ? bytes[at] : -1
      at++
      if (code === CLOSE) {
        this.at = at
        return true
      }
      if (code !== COMMA) return false
    }
  }

  /** Behind the name and its `="`, or behind the value and its quote. */
  #at = 0

  #name(bytes: Buffer, from: number, end: number, likely: number): number {
    const length = likely < 0 ? -1 : this.#names.lengthAt(likely, bytes, from, end)
    let at = from + length
    let name = likely
    if (length < 0 || at >= end || bytes[at] !== EQUALS) {
      let hash = FNV_START
      for (at = from; at < end && nameBytes[bytes[at] as number] !== 0; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME)
      if (at === from || at >= end || nameBytes[bytes[from] as number] !== 1 || bytes[at] !== EQUALS) return -1
      if (at - from === PROTO.length && bytes.toString('latin1', from, at) === PROTO) return -1
      name = this.#names.find(bytes, from, at, hash)
    }
    if (at + 1 >= end || bytes[at + 1] !== QUOTE) return -1
    this.#at = at + 2
    return name
  }

  #value(bytes: Buffer, from: number, end: number, likely: number): number {
    const length = likely < 0 ? -1 : this.#values.lengthAt(likely, bytes, from, end)
    if (length >= 0 && from + length < end && bytes[from + length] === QUOTE) {
      this.#at = from + length + 1
      return likely
    }
    let hash = FNV_START
    let at = from
    for (; at < end; at++) {
      const code = bytes[at] as number
      if (code === QUOTE) break
      if (code === BACKSLASH || code >= 0x80) return -1
      hash = Math.imul(hash ^ code, FNV_PRIME)
    }
    if (at >= end) return -1
    this.#at = at + 1
    return this.#values.find(bytes, from, at, hash)
  }

  #general(bytes: Buffer, from: number, to: number): number {
    const known = this.#odd.length
    const odd = this.#odd.find(bytes, from, to, hashOf(bytes.subarray(from, to)))
    if (odd < known) return this.#oddSets[odd] as number
    const labels = parseLabels(bytes.toString('utf8', from, to))
    this.#sets.begin()
    for (const [name, value] of Object.entries(labels ?? {})) this.#sets.push(idOf(this.#names, name), idOf(this.#values, value))
    const set = this.#sets.commit()
    if (labels === undefined) this.#unreadable.add(set)
    this.#oddSets.push(set)
    this.#oddOfSet.set(set, odd)
    return set
  }
}

/** Position of the closing brace outside quotes, or -1. */
function closingBrace(bytes: Buffer, from: number, end: number): number {
  let inText = false
  for (let at = from; at < end; at++) {
    const code = bytes[at] as number
    if (code === QUOTE) inText = !inText
    else if (code === BACKSLASH && inText) at++
    else if (code === CLOSE && !inText) return at
  }
  return -1
}

function idOf(texts: ByteTexts, text: string): number {
  const bytes = Buffer.from(text)
  return texts.find(bytes, 0, bytes.length, hashOf(bytes))
}
