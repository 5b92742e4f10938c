/**
 * Splits an answer of the API while it arrives: the elements of its large array (`data.result`, or `data` itself) go out one by one as
 * bytes, the rest stays as a small JSON text, the envelope. So memory holds one series at a time, however many an answer has.
 */
import { SextantError } from '#base/errors.ts'

/** One series of a day at one sample per second has about 2.5 MB; nothing that we ask for comes near. */
const MAX_ELEMENT_BYTES = 256 * 1024 * 1024
/** Status, warnings, and small documents such as build information. */
const MAX_ENVELOPE_BYTES = 8 * 1024 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function tooLong(what: string, limit: number): SextantError {
  return new SextantError(
    'query_too_large',
    `${what} of the answer is longer than ${limit} bytes.`,
    'Ask for a shorter window or fewer series.',
    {
      limit,
    },
  )
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Feed every chunk, then take `envelope`. */
export class AnswerScanner {
  readonly #onElement: (bytes: Uint8Array) => void
  readonly #envelope: Uint8Array[] = []
  #envelopeBytes = 0
  #depth = 0
  #inString = false
  #isEscaped = false
  /** The last string seen at depth 1 and 2: before a bracket it is that bracket's key. */
  #keys: [string, string] = ['', '']
  #stringBytes: number[] = []
  #inArray = false
  /** Depth inside an element; 0 and inactive between elements. */
  #elementDepth = 0
  #isActive = false
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** Elements so far. */
  count = 0

  /** @param onElement its bytes may be a view of a chunk: use them before returning. */
  constructor(onElement: (bytes: Uint8Array) => void) {
    this.#onElement = onElement
  }

  feed(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.#inArray ? this.#scanArray(chunk, at) : this.#scanEnvelope(chunk, at)
  }

  /** The answer without its large array; undefined where the bytes ended inside it. */
  envelope(): string | undefined {
    if (this.#inArray || this.#inString || this.#depth !== 0 || this.#envelopeBytes === 0) return undefined
    return new TextDecoder().decode(joined(this.#envelope, this.#envelopeBytes))
  }

  /** The first bytes, for messages about answers that are something else. */
  beginning(): string {
    return new TextDecoder().decode(joined(this.#envelope, this.#envelopeBytes).subarray(0, 4096))
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#envelopeBytes += part.length
    if (this.#envelopeBytes > MAX_ENVELOPE_BYTES) throw tooLong('the frame', MAX_ENVELOPE_BYTES)
    this.#envelope.push(part)
  }

  #stringByte(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) {
      this.#inString = false
      if (this.#depth === 1 || this.#depth === 2) this.#keys[this.#depth - 1] = String.fromCharCode(...this.#stringBytes)
      return
    }
    // Keys of the API are short; values need not be kept.
    if (this.#stringBytes.length < 32) this.#stringBytes.push(byte)
  }

  #isLargeArray(): boolean {
    if (this.#depth === 1) return this.#keys[0] === 'data'
    return this.#depth === 2 && this.#keys[0] === 'data' && this.#keys[1] === 'result'
  }

  /** From `from` to the end of the chunk or into the large array; where to go on. */
  #scanEnvelope(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] as number
      if (this.#inString) this.#stringByte(byte)
      else if (byte === QUOTE) {
        this.#inString = true
        this.#stringBytes.length = 0
      } else if (byte === OPEN_LIST && this.#isLargeArray()) {
        this.#keep(chunk.slice(from, at + 1))
        this.#inArray = true
        return at + 1
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        this.#depth += 1
        if (this.#depth === 2) this.#keys[1] = ''
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth -= 1
    }
    this.#keep(chunk.slice(from))
    return chunk.length
  }

  #scanArray(chunk: Uint8Array, from: number): number {
    let at = from
    if (!this.#isActive) {
      while (at < chunk.length && (isSpace(chunk[at] as number) || chunk[at] === COMMA)) at += 1
      if (at === chunk.length) return at
      if (chunk[at] === CLOSE_LIST) {
        this.#inArray = false
        this.#keep(chunk.slice(at, at + 1))
        return at + 1
      }
      this.#isActive = true
    }
    const end = this.#elementEnd(chunk, at)
    this.#pending.push(chunk.subarray(at, end < 0 ? chunk.length : end))
    this.#pendingBytes += (end < 0 ? chunk.length : end) - at
    if (this.#pendingBytes > MAX_ELEMENT_BYTES) throw tooLong('one series', MAX_ELEMENT_BYTES)
    if (end < 0) return chunk.length
    const bytes = joined(this.#pending, this.#pendingBytes)
    this.#pending = []
    this.#pendingBytes = 0
    this.#isActive = false
    this.count += 1
    this.#onElement(bytes)
    return end
  }

  /** Index after the element's last byte, or -1 where it goes on in the next chunk. Hot: once per byte of an answer. */
  #elementEnd(chunk: Uint8Array, from: number): number {
    let depth = this.#elementDepth
    let inString = this.#inString
    let isEscaped = this.#isEscaped
    let at = from
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] as number
      if (inString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        // The large array itself ends: the element was a bare number or word.
        if (depth === 0) break
        depth -= 1
        if (depth === 0) {
          at += 1
          break
        }
      } else if (byte === COMMA && depth === 0) break
    }
    const isOver = at < chunk.length || (depth === 0 && !inString && at > from && isBracketEnd(chunk[at - 1] as number))
    this.#elementDepth = isOver ? 0 : depth
    this.#inString = isOver ? false : inString
    this.#isEscaped = isOver ? false : isEscaped
    return isOver ? at : -1
  }
}

function isBracketEnd(byte: number): boolean {
  return byte === CLOSE_LIST || byte === CLOSE_OBJECT
}
