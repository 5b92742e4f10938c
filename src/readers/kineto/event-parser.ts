/** One trace event: its bytes into fields, in place. Fields of the last event stay until the next `parse`. */
import { Categories, categoryKinds } from './categories.ts'
import { EventArguments } from './event-arguments.ts'
import { TextInterner } from './text-interner.ts'

/** Codes of process and thread ids that are text: far above any pid. */
export const TEXT_ID_BASE = 2 ** 45
export const NO_ID = -2

/** Kinds whose arguments are read; the rest are stepped over. */
const kindsWithArguments = new Set(['kernel', 'memcpy', 'memset', 'host-call', 'sync'])
const readsArguments = categoryKinds.map((kind) => kindsWithArguments.has(kind))

export class EventParser extends EventArguments {
  readonly names: TextInterner
  readonly categories = new Categories()

  /** First byte of `ph`; 0 where absent. */
  phase = 0
  category = 0
  /** Id in `names`; -1 where absent. */
  name = -1
  pid = NO_ID
  tid = NO_ID
  /** Microseconds, NaN where absent; nanoseconds beyond them. */
  startUs = Number.NaN
  startNs = 0
  durationUs = Number.NaN
  durationNs = 0
  hasFraction = false
  /** Where the arguments stand in the window; -1 where absent. */
  argumentsAt = -1

  constructor(maxNesting: number, maxTextBytes: number) {
    super(maxNesting)
    this.names = new TextInterner(maxTextBytes)
  }

  /** Parses the object whose `{` stands at `at`; returns the position behind its `}`, NEED_MORE or MALFORMED. */
  parse(at: number): number {
    const { bytes } = this
    this.#reset()
    let argumentsRead = false
    at = this.afterSpace(at + 1)
    for (;;) {
      // Behind the last member, or behind a trailing comma.
      if (bytes[at] === 125) {
        if (!argumentsRead) this.#readEarlyArguments()
        return at + 1
      }
      if (bytes[at] !== 34) return this.fail(at)
      const key = at + 1
      const quote = this.closingQuoteOfKey(key)
      if (quote < 0) return quote
      at = this.afterSpace(quote + 1)
      if (bytes[at] !== 58) return this.fail(at)
      at = this.afterSpace(at + 1)
      if (quote - key === 4 && bytes[key] === 97) {
        this.argumentsAt = at
        argumentsRead = readsArguments[this.categories.kinds[this.category] as number] === true
        at = argumentsRead ? this.readArguments(at) : this.afterValue(at)
      } else at = this.#field(key, quote - key, at)
      if (at < 0) return at
      at = this.afterSpace(at)
      const code = bytes[at] as number
      if (code === 125) continue
      if (code !== 44) return this.fail(at)
      at = this.afterSpace(at + 1)
    }
  }

  /** Arguments that stood before their category. */
  #readEarlyArguments(): void {
    if (this.argumentsAt >= 0 && readsArguments[this.categories.kinds[this.category] as number] === true)
      this.readArguments(this.argumentsAt)
  }

  /** Text of `args.name` (metadata events only: not a hot path). */
  argumentName(): string | undefined {
    if (this.argumentsAt < 0) return undefined
    const end = this.afterValue(this.argumentsAt)
    if (end < 0) return undefined
    try {
      const value: unknown = JSON.parse(this.bytes.toString('utf8', this.argumentsAt, end))
      const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
      return typeof name === 'string' ? name : undefined
    } catch {
      return undefined
    }
  }

  #reset(): void {
    this.phase = 0
    this.category = 0
    this.name = -1
    this.pid = NO_ID
    this.tid = NO_ID
    this.startUs = Number.NaN
    this.startNs = 0
    this.durationUs = Number.NaN
    this.durationNs = 0
    this.hasFraction = false
    this.argumentsAt = -1
    this.resetArguments()
  }

  #field(key: number, length: number, at: number): number {
    const { bytes } = this
    const first = bytes[key] as number
    const second = bytes[key + 1] as number
    if (length === 2) {
      if (first === 112 && second === 104) return this.#phase(at)
      if (first === 116 && second === 115) return this.#start(at)
    } else if (length === 3) {
      const third = bytes[key + 2] as number
      if (first === 99 && second === 97 && third === 116) return this.#category(at)
      if (first === 112 && second === 105 && third === 100) return this.#pid(at)
      if (first === 116 && second === 105 && third === 100) return this.#tid(at)
      if (first === 100 && second === 117 && third === 114) return this.#duration(at)
    } else if (length === 4 && first === 110 && second === 97) {
      return this.#name(at)
    }
    return this.afterValue(at)
  }

  #phase(at: number): number {
    const { bytes } = this
    if (bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.phase = quote > at + 1 ? (bytes[at + 1] as number) : 0
    return quote + 1
  }

  #name(at: number): number {
    if (this.bytes[at] !== 34) return this.afterValue(at)
    const quote = this.hashedClosingQuote(at + 1)
    if (quote < 0) return quote
    this.name = this.names.findHashed(this.bytes, at + 1, quote, this.hash)
    return quote + 1
  }

  #category(at: number): number {
    if (this.bytes[at] !== 34) return this.afterValue(at)
    const quote = this.closingQuote(at + 1)
    if (quote < 0) return quote
    this.category = this.categories.find(this.bytes, at + 1, quote)
    return quote + 1
  }

  #start(at: number): number {
    const { number } = this
    const next = number.read(this, at)
    this.startUs = number.whole
    this.startNs = number.thousandths
    if (number.hasFraction) this.hasFraction = true
    return next
  }

  #duration(at: number): number {
    const { number } = this
    const next = number.read(this, at)
    this.durationUs = number.whole
    this.durationNs = number.thousandths
    if (number.hasFraction) this.hasFraction = true
    return next
  }

  #pid(at: number): number {
    const next = this.#id(at)
    this.pid = this.#lastId
    return next
  }

  #tid(at: number): number {
    const next = this.#id(at)
    this.tid = this.#lastId
    return next
  }

  #lastId = NO_ID
  #id(at: number): number {
    const next = this.number.read(this, at)
    const { whole } = this.number
    this.#lastId = NO_ID
    if (!Number.isNaN(whole)) this.#lastId = whole
    else if (next > 0 && this.bytes[at] === 34) this.#lastId = TEXT_ID_BASE + this.ids.find(this.bytes, at + 1, next - 1)
    return next
  }
}
