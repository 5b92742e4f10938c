/**
 * The document around the events: finds `traceEvents` wherever it stands, hands over each event, keeps the few metadata values that matter,
 * and after damage resumes at the next event start instead of losing the file (traps C11).
 */
import { MALFORMED, NEED_MORE, SENTINEL_BYTES } from './byte-cursor.ts'
import type { EventParser } from './event-parser.ts'
import { decodeJsonText } from './text-interner.ts'

/** Larger values are stepped over in pieces (unknown keys) or given up (events, metadata): real events stay below 1 MiB. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024
/** Read at once: below, calls cost; above, the cache does. */
export const CHUNK_BYTES = 4 * 1024 * 1024

/** Of a window that holds a chunk, and what is left of an event before it. */
export const windowBytes = (chunkBytes: number): number => chunkBytes + (chunkBytes >> 4) + SENTINEL_BYTES

export interface TraceSink {
  /** The parser's fields are those of one whole event. */
  event(parser: EventParser): void
  /** True for top-level keys whose value is wanted. */
  wants(key: string): boolean
  value(key: string, json: string): void
}

export interface DocumentDamage {
  malformedEvents: number
  oversizedValues: number
  /** Regions between events that are not JSON. */
  garbageRegions: number
  bytesAfterEnd: number
}

const states = { start: 0, members: 1, events: 2, skip: 3, resync: 4, done: 5, stopped: 6 } as const
type State = (typeof states)[keyof typeof states]

export class TraceDocument {
  readonly damage: DocumentDamage = { malformedEvents: 0, oversizedValues: 0, garbageRegions: 0, bytesAfterEnd: 0 }
  /** Objects in the event array, whatever they were. */
  events = 0
  /** The document's own end was seen. */
  complete = false
  readonly #parser: EventParser
  readonly #sink: TraceSink
  readonly #chunkBytes: number
  /** The window, except while a value larger than it is read. */
  readonly #home: Buffer
  #state: State = states.start
  #at = 0
  #isArray = false
  #skipDepth = 0
  #skipInString = false

  /** True when the preamble was not looked at. */
  readonly startedAtEvents: boolean

  constructor(parser: EventParser, sink: TraceSink, startsAtEvents = false, chunkBytes = CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes
    this.startedAtEvents = startsAtEvents
    if (startsAtEvents) this.#state = states.resync
    this.#parser = parser
    this.#sink = sink
    this.#home = parser.makeWindow(windowBytes(chunkBytes))
    parser.use(this.#home)
  }

  /** Where the next bytes go: at least one chunk long. Write there, then call `advance`. */
  space(): Buffer {
    const parser = this.#parser
    const rest = parser.end - this.#at
    const needed = rest + this.#chunkBytes + SENTINEL_BYTES
    if (parser.bytes !== this.#home && needed <= this.#home.length) {
      parser.bytes.copy(this.#home, 0, this.#at, parser.end)
      parser.use(this.#home)
      parser.end = rest
      this.#at = 0
    } else if (this.#at > 0) {
      parser.bytes.copy(parser.bytes, 0, this.#at, parser.end)
      parser.end = rest
      this.#at = 0
    }
    if (needed > parser.bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, Math.min(parser.bytes.length * 2, MAX_VALUE_BYTES * 2)))
      parser.bytes.copy(larger, 0, 0, rest)
      parser.use(larger)
    }
    return parser.bytes.subarray(parser.end, parser.bytes.length - SENTINEL_BYTES)
  }

  /** `length` bytes were written into `space()`; `isLast`: no more will come. */
  advance(length: number, isLast: boolean): void {
    const parser = this.#parser
    parser.end += length
    parser.bytes.fill(0, parser.end, parser.end + SENTINEL_BYTES)
    while (this.#step(isLast));
  }

  /** Whether reading on is pointless (a second document begins). */
  get isStopped(): boolean {
    return this.#state === states.stopped
  }

  /** True while there is progress to make within the window. */
  #step(isLast: boolean): boolean {
    switch (this.#state) {
      case states.start:
        return this.#start()
      case states.members:
        return this.#member(isLast)
      case states.events:
        return this.#events(isLast)
      case states.skip:
        return this.#skip()
      case states.resync:
        return this.#resync(isLast)
      case states.done:
        return this.#afterEnd()
      default:
        this.damage.bytesAfterEnd += this.#parser.end - this.#at
        this.#at = this.#parser.end
        return false
    }
  }

  #start(): boolean {
    const { bytes, end } = this.#parser
    let at = this.#at
    while (at < end && bytes[at] !== 123 && bytes[at] !== 91) at += 1
    this.#at = at
    if (at >= end) return false
    this.#isArray = bytes[at] === 91
    this.#state = this.#isArray ? states.events : states.members
    this.#at = at + 1
    return true
  }

  #member(isLast: boolean): boolean {
    const parser = this.#parser
    let at = parser.afterSpace(this.#at)
    if (parser.bytes[at] === 44) at = parser.afterSpace(at + 1)
    this.#at = at
    if (at >= parser.end) return false
    if (parser.bytes[at] === 125) return this.#finish(at + 1)
    if (parser.bytes[at] !== 34) return this.#garbage()
    const quote = parser.closingQuote(at + 1)
    if (quote === NEED_MORE) return this.#wait(isLast)
    const colon = parser.afterSpace(quote + 1)
    const value = parser.afterSpace(colon + 1)
    if (value >= parser.end) return this.#wait(isLast)
    if (parser.bytes[colon] !== 58) return this.#garbage()
    const key = decodeJsonText(parser.bytes, at + 1, Math.min(quote, at + 257))
    if (key === 'traceEvents' && parser.bytes[value] === 91) {
      this.#at = value + 1
      this.#state = states.events
      return true
    }
    if (!this.#sink.wants(key)) {
      this.#at = value
      this.#skipDepth = 0
      this.#skipInString = false
      this.#state = states.skip
      return true
    }
    const after = parser.afterValue(value)
    if (after === NEED_MORE) return this.#wait(isLast)
    if (after === MALFORMED) return this.#garbage()
    this.#sink.value(key, parser.bytes.toString('utf8', value, after))
    this.#at = after
    return true
  }

  /** More bytes are needed; at the end of the file or beyond the largest value, what stands here is given up. */
  #wait(isLast: boolean): boolean {
    const rest = this.#parser.end - this.#at
    if (!isLast && rest < MAX_VALUE_BYTES) return false
    if (!isLast) this.damage.oversizedValues += 1
    else if (this.#state === states.events) this.damage.malformedEvents += 1
    this.#at += 1
    this.#state = states.resync
    return true
  }

  #garbage(): boolean {
    this.damage.garbageRegions += 1
    this.#at = Math.max(this.#at, this.#parser.tooDeepAt)
    this.#parser.tooDeepAt = -1
    this.#state = states.resync
    return true
  }

  #finish(at: number): boolean {
    this.#at = at
    this.complete = true
    this.#state = states.done
    return true
  }

  #events(isLast: boolean): boolean {
    const parser = this.#parser
    const sink = this.#sink
    let at = this.#at
    for (;;) {
      at = parser.afterSpace(at)
      const code = parser.bytes[at] as number
      if (code === 44) {
        at += 1
      } else if (code === 123) {
        const after = parser.parse(at)
        if (after < 0) {
          this.#at = at
          if (after === NEED_MORE) return this.#wait(isLast)
          this.damage.malformedEvents += 1
          this.#at = Math.max(at, parser.tooDeepAt) + 1
          parser.tooDeepAt = -1
          this.#state = states.resync
          return true
        }
        this.events += 1
        sink.event(parser)
        at = after
      } else {
        this.#at = at
        if (at >= parser.end) return false
        if (code !== 93) return this.#garbage()
        if (this.#isArray) return this.#finish(at + 1)
        this.#at = at + 1
        this.#state = states.members
        return true
      }
    }
  }

  /** Steps over a value that nobody wants, however large, without holding it. */
  #skip(): boolean {
    const { bytes, end } = this.#parser
    let at = this.#at
    let depth = this.#skipDepth
    let inString = this.#skipInString
    for (; at < end; at++) {
      const code = bytes[at] as number
      if (inString) {
        if (code === 92) at += 1
        else if (code === 34) inString = false
      } else if (code === 34) inString = true
      else if (code === 123 || code === 91) depth += 1
      else if (code === 125 || code === 93) {
        // At depth 0 this closes the document: a number or word stood here.
        if (depth === 0) break
        depth -= 1
      } else if (code === 44 && depth === 0) break
    }
    this.#skipDepth = depth
    this.#skipInString = inString
    // An escape cut by the window's end: keep the backslash for the next round.
    this.#at = at > end ? end - 1 : at
    if (at >= end) return false
    this.#state = states.members
    return true
  }

  /** To the next `{` that begins an event: one that is not the value of a key, and has a key of its own. */
  #resync(isLast: boolean): boolean {
    const parser = this.#parser
    const { bytes, end } = parser
    let at = this.#at
    for (;;) {
      at = bytes.indexOf(123, at)
      if (at < 0 || at >= end) {
        this.#at = end
        return false
      }
      const key = parser.afterSpace(at + 1)
      if (key >= end && !isLast) {
        this.#at = at
        return false
      }
      if (bytes[key] === 34 && !this.#isValue(at)) {
        this.#at = at
        this.#state = states.events
        return true
      }
      at += 1
    }
  }

  #isValue(at: number): boolean {
    const { bytes } = this.#parser
    let before = at - 1
    while (before >= 0 && (bytes[before] === 32 || bytes[before] === 10 || bytes[before] === 13 || bytes[before] === 9)) before -= 1
    return before >= 0 && bytes[before] === 58
  }

  /** After damage the end may have been a nested one: look on. After a sound document, whatever follows is not part of it. */
  #afterEnd(): boolean {
    const parser = this.#parser
    const at = parser.afterSpace(this.#at)
    this.#at = at
    if (at >= parser.end || (parser.bytes[at] === 0 && this.#isPadding(at))) return false
    const { damage } = this
    const wasDamaged = damage.malformedEvents + damage.garbageRegions + damage.oversizedValues > 0
    this.#state = wasDamaged ? states.resync : states.stopped
    return true
  }

  /** Zero bytes up to the window's end: tar or block padding. */
  #isPadding(at: number): boolean {
    const { bytes, end } = this.#parser
    let next = at
    while (next < end && bytes[next] === 0) next += 1
    if (next < end) return false
    this.#at = end
    return true
  }
}
