/**
 * Splits a stream of bytes into JSON documents, drops the values of pruned keys, and replaces what JSON does not know (NaN, Infinity).
 * It only follows strings and brackets: whether a document is JSON is JSON.parse's to say.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { SextantError } from '#base/errors.ts'

const QUOTE = 34
const BACKSLASH = 92
/** Longer keys are not among those that are pruned. */
const LONGEST_KEY = 64

export class DocumentScanner {
  notFinite = 0
  unfinished = false
  readonly #pruned: ReadonlySet<string>
  readonly #maxNesting: number
  readonly #maxBytes: number
  readonly #name: string
  readonly #texts: string[] = []
  #kept = Buffer.allocUnsafe(64 * 1024)
  #length = 0
  #total = 0
  #depth = 0
  #inString = false
  #escaped = false
  /** Bytes of the string just read, while it may be a key. */
  #lastString: number[] = []
  /** After a pruned key's colon: the depth at which its value began. */
  #skipping = -1
  #afterString = false
  #word: number[] = []

  constructor(prunedKeys: readonly string[], maxNesting: number, maxBytes: number, name: string) {
    this.#pruned = new Set(prunedKeys)
    this.#maxNesting = maxNesting
    this.#maxBytes = maxBytes
    this.#name = name
  }

  feed(chunk: Uint8Array): void {
    const end = chunk.length
    let at = 0
    while (at < end) {
      if (this.#inString) {
        at = this.#string(chunk, at, end)
        continue
      }
      const code = chunk[at] as number
      at++
      if (code === QUOTE) {
        this.#flushWord()
        // Between documents there is no text, only what a log wrote there.
        if (this.#depth === 0) continue
        this.#inString = true
        this.#lastString.length = 0
        this.#keep(code)
      } else if (code === 123 || code === 91) this.#open(code)
      else if (code === 125 || code === 93) this.#close(code)
      else if (code === 44) {
        this.#flushWord()
        if (this.#skipping === this.#depth) this.#skipping = -1
        this.#keep(code)
      } else if (code === 58) {
        this.#keep(code)
        if (this.#afterString && this.#skipping < 0 && this.#isPruned()) {
          this.#keepText('null')
          this.#skipping = this.#depth
        }
        this.#afterString = false
      } else if (code === 32 || code === 10 || code === 13 || code === 9) this.#flushWord()
      else {
        this.#afterString = false
        if (this.#word.length < LONGEST_KEY) this.#word.push(code)
        else this.#flushWord(code)
      }
    }
  }

  /** Texts of the documents, in file order. */
  finish(): readonly string[] {
    this.#flushWord()
    this.unfinished = this.#depth > 0
    return this.#texts
  }

  #string(chunk: Uint8Array, from: number, end: number): number {
    let at = from
    if (this.#escaped && at < end) {
      this.#escaped = false
      at++
    }
    while (at < end) {
      const code = chunk[at] as number
      if (code === QUOTE) break
      at += code === BACKSLASH ? 2 : 1
    }
    const stop = Math.min(at, end)
    this.#escaped = at > end
    if (this.#skipping < 0) {
      this.#keepRange(chunk, from, stop)
      for (let i = from; i < stop && this.#lastString.length < LONGEST_KEY; i++) this.#lastString.push(chunk[i] as number)
    }
    if (at >= end) return stop
    this.#inString = false
    this.#afterString = true
    this.#keep(QUOTE)
    return at + 1
  }

  #isPruned(): boolean {
    return this.#lastString.length < LONGEST_KEY && this.#pruned.has(String.fromCharCode(...this.#lastString))
  }

  #open(code: number): void {
    this.#flushWord()
    this.#afterString = false
    if (this.#depth === 0) this.#length = 0
    this.#depth++
    if (this.#depth > this.#maxNesting) {
      throw new SextantError('corrupt_file', `${this.#name} nests deeper than ${this.#maxNesting} levels.`, 'Copy it again.', {
        limit: this.#maxNesting,
      })
    }
    this.#keep(code)
  }

  #close(code: number): void {
    this.#flushWord()
    this.#afterString = false
    if (this.#skipping === this.#depth) this.#skipping = -1
    if (this.#depth === 0) return
    this.#keep(code)
    this.#depth--
    if (this.#depth > 0) return
    this.#texts.push(this.#kept.toString('utf8', 0, this.#length))
    this.#total += this.#length
    this.#length = 0
  }

  /** Numbers and words between structure: Python's NaN and Infinity are no JSON. */
  #flushWord(next?: number): void {
    if (this.#word.length === 0) {
      if (next !== undefined) this.#keep(next)
      return
    }
    const word = this.#word
    const first = word[0] as number
    const isNotFinite = first === 78 || first === 73 || (first === 45 && word[1] === 73)
    if (isNotFinite && this.#depth > 0) {
      if (this.#skipping < 0) this.notFinite++
      this.#keepText('null')
    } else for (const code of word) this.#keep(code)
    word.length = 0
    if (next !== undefined) this.#keep(next)
  }

  #keepText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#keep(text.charCodeAt(i))
  }

  #keep(code: number): void {
    if (this.#skipping >= 0 && this.#depth >= this.#skipping) return
    if (this.#depth === 0 && code !== 123 && code !== 91) return
    if (this.#length >= this.#kept.length) this.#grow(1)
    this.#kept[this.#length++] = code
  }

  #keepRange(chunk: Uint8Array, from: number, to: number): void {
    if (this.#depth === 0) return
    if (this.#length + to - from > this.#kept.length) this.#grow(to - from)
    this.#kept.set(chunk.subarray(from, to), this.#length)
    this.#length += to - from
  }

  #grow(more: number): void {
    const wanted = this.#length + more
    if (this.#total + wanted > this.#maxBytes) {
      throw new SextantError(
        'limit_exceeded',
        `${this.#name} holds more than ${this.#maxBytes} bytes of figures.`,
        'Read a summary instead of raw requests.',
        { limit: this.#maxBytes },
      )
    }
    const grown = Buffer.allocUnsafe(Math.max(this.#kept.length * 2, wanted))
    grown.set(this.#kept.subarray(0, this.#length))
    this.#kept = grown
  }
}
