/**
 * Server-sent events from bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html), split anywhere: within a line, within
 * a CRLF, within a character. No object and no string per event: the payload is handed over as a range of bytes, valid only during the call.
 */

/** `bytes` from `from` to `to`: the event's data, lines joined by a line feed. */
export type EventSink = (bytes: Uint8Array, from: number, to: number) => void

/** What stopped the parser: it takes no more bytes then. */
export type SseFault = 'unknown-field' | 'oversized-event'

const LF = 10
const CR = 13
const SPACE = 32
const COLON = 58
/** "data" as four bytes, first byte lowest. */
const DATA = 0x61746164

/**
 * A line or event beyond this is an attack or a broken server: the largest honest event is one chunk with every token's alternatives,
 * well below 1 MiB.
 */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024

const otherFields = ['event', 'id', 'retry'].map((name) => Uint8Array.from(name, (char) => char.charCodeAt(0)))

/** Growable bytes. */
class Bytes {
  bytes = new Uint8Array(512)
  length = 0

  append(source: Uint8Array, from: number, to: number): void {
    const needed = this.length + to - from
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, this.length))
      this.bytes = grown
    }
    this.bytes.set(source.subarray(from, to), this.length)
    this.length = needed
  }

  push(byte: number): void {
    if (this.length === this.bytes.length) this.append(Uint8Array.of(byte), 0, 1)
    else this.bytes[this.length++] = byte
  }
}

export class SseParser {
  fault: SseFault | undefined
  /** Comment lines seen: keep-alives of proxies. */
  comments = 0
  readonly #sink: EventSink
  /** The line that the last chunk left unfinished. */
  readonly #line = new Bytes()
  /** Data of an event that spans chunks or has several data lines. */
  readonly #event = new Bytes()
  #hasEvent = false
  /** One whole data line of the chunk at hand, not yet copied. */
  #heldFrom = -1
  #heldTo = -1
  #afterCr = false
  #atStart = true

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** Ready for another response. */
  reset(): void {
    this.fault = undefined
    this.comments = 0
    this.#line.length = 0
    this.#event.length = 0
    this.#hasEvent = false
    this.#heldFrom = -1
    this.#afterCr = false
    this.#atStart = true
  }

  /** True where bytes of an unfinished event remain: the stream was cut. */
  get isMidEvent(): boolean {
    return this.#line.length > 0 || this.#hasEvent
  }

  push(bytes: Uint8Array): void {
    let at = 0
    const length = bytes.length
    if (this.#atStart && length > 0) at = this.#skipMark(bytes)
    while (at < length && this.fault === undefined) {
      if (this.#afterCr) {
        this.#afterCr = false
        if (bytes[at] === LF) {
          at += 1
          continue
        }
      }
      let end = at
      while (end < length && bytes[end] !== LF && bytes[end] !== CR) end += 1
      if (end === length) {
        this.#line.append(bytes, at, length)
        if (this.#line.length > MAX_EVENT_BYTES) this.fault = 'oversized-event'
        break
      }
      if (this.#line.length > 0) {
        this.#line.append(bytes, at, end)
        const { bytes: whole, length: to } = this.#line
        this.#line.length = 0
        this.#takeLine(whole, 0, to, bytes)
      } else this.#takeLine(bytes, at, end, bytes)
      this.#afterCr = bytes[end] === CR
      at = end + 1
    }
    this.#copyHeld(bytes)
  }

  /** A byte order mark is not part of the first line. It is taken for one only where it comes in one piece: no server splits it. */
  #skipMark(bytes: Uint8Array): number {
    this.#atStart = false
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  }

  #takeLine(bytes: Uint8Array, from: number, to: number, chunk: Uint8Array): void {
    if (from === to) {
      this.#dispatch(chunk)
      return
    }
    if (bytes[from] === COLON) {
      this.comments += 1
      return
    }
    const word =
      to - from < 4
        ? 0
        : (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8) | ((bytes[from + 2] ?? 0) << 16) | ((bytes[from + 3] ?? 0) << 24)
    if (word === DATA && (to === from + 4 || bytes[from + 4] === COLON)) {
      let value = Math.min(from + 5, to)
      if (value < to && bytes[value] === SPACE) value += 1
      this.#takeData(bytes, value, to, chunk)
    } else if (!isOtherField(bytes, from, to)) this.fault = 'unknown-field'
  }

  #takeData(bytes: Uint8Array, from: number, to: number, chunk: Uint8Array): void {
    if (this.#hasEvent) {
      this.#copyHeld(chunk)
      this.#event.push(LF)
      this.#event.append(bytes, from, to)
      if (this.#event.length > MAX_EVENT_BYTES) this.fault = 'oversized-event'
      return
    }
    this.#hasEvent = true
    this.#event.length = 0
    if (bytes === chunk) {
      this.#heldFrom = from
      this.#heldTo = to
    } else this.#event.append(bytes, from, to)
  }

  #copyHeld(chunk: Uint8Array): void {
    if (this.#heldFrom < 0) return
    this.#event.append(chunk, this.#heldFrom, this.#heldTo)
    this.#heldFrom = -1
  }

  #dispatch(chunk: Uint8Array): void {
    if (!this.#hasEvent) return
    this.#hasEvent = false
    if (this.#heldFrom >= 0) {
      const from = this.#heldFrom
      this.#heldFrom = -1
      this.#sink(chunk, from, this.#heldTo)
    } else this.#sink(this.#event.bytes, 0, this.#event.length)
  }
}

/** The specification ignores unknown fields; no engine writes any, so that a line of another kind is damage, and is told. */
function isOtherField(bytes: Uint8Array, from: number, to: number): boolean {
  return otherFields.some((name) => {
    const end = from + name.length
    if (to < end || (end < to && bytes[end] !== COLON)) return false
    return name.every((byte, index) => bytes[from + index] === byte)
  })
}
