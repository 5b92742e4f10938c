/**
 * Protobuf wire format, as far as reports need it: a cursor over one message, no schema, no allocation per field.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { ByteSlots } from './byte-slots.ts'

/** The bytes are not what they claim to be. The caller counts the message as lost. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

const decoder = new TextDecoder('utf-8')

/** Texts that repeat. */
export class RepeatedTexts {
  readonly #slots = new ByteSlots<string>()
  readonly #texts = new Map<string, string>()

  find(bytes: Uint8Array, from: number, to: number): string {
    const known = this.#slots.find(bytes, from, to)
    if (known !== undefined) return known
    const decoded = decoder.decode(bytes.subarray(from, to))
    const text = this.#texts.get(decoded) ?? decoded
    this.#texts.set(text, text)
    this.#slots.keep(bytes, from, to, text)
    return text
  }
}

export class WireCursor {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #at = 0
  /** Number and wire type of the field that `next` stopped at. */
  field = 0
  type = 0

  /** Starts at `bytes[start]`. */
  open(bytes: Uint8Array, start = 0): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get view(): DataView {
    return this.#view
  }

  get offset(): number {
    return this.#at
  }

  /** Moves to the next field before `end`; false at the end. The value of the field must then be read or skipped. */
  next(end: number): boolean {
    if (this.#at >= end) {
      if (this.#at > end) throw new WireError('a field runs over the end of its message')
      return false
    }
    const key = this.varint()
    this.field = key < 2 ** 31 ? key >>> 3 : Math.floor(key / 8)
    this.type = key & 7
    if (this.field === 0) throw new WireError('field number 0')
    return true
  }

  /** Unsigned, to the nearest double: counters beyond 2^53 lose their last digits and nothing else. */
  varint(): number {
    // Nearly every tag, length and index is one byte.
    const first = this.#bytes[this.#at]
    if (first !== undefined && first < 0x80) {
      this.#at += 1
      return first
    }
    let low = 0
    let high = 0
    let scale = 1
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new WireError('a number runs over the end')
      this.#at += 1
      // 7 bytes hold 49 bits: each half is exact, so that their sum is rounded once.
      if (count === 7) scale = 1
      if (count < 7) low += (byte & 0x7f) * scale
      else high += (byte & 0x7f) * scale
      if (byte < 0x80) return high === 0 ? low : high * 2 ** 49 + low
      scale *= 128
    }
    throw new WireError('a number of more than ten bytes')
  }

  double(): number {
    if (this.#at + 8 > this.#bytes.length) throw new WireError('a double runs over the end')
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  float(): number {
    if (this.#at + 4 > this.#bytes.length) throw new WireError('a float runs over the end')
    const value = this.#view.getFloat32(this.#at, true)
    this.#at += 4
    return value
  }

  /** A number of whatever wire type the field has; NaN for anything else, which is then skipped. */
  number(): number {
    if (this.type === 0) return this.varint()
    if (this.type === 1) return this.double()
    if (this.type === 5) return this.float()
    this.skip()
    return Number.NaN
  }

  /** An unsigned integer; undefined where the field is none, which is then skipped. */
  integer(): number | undefined {
    if (this.type === 0) return this.varint()
    this.skip()
    return undefined
  }

  /** Enters a nested message (or text): its end. */
  enter(): number {
    if (this.type !== 2) throw new WireError(`field ${this.field} has wire type ${this.type}, not a message`)
    const length = this.varint()
    const end = this.#at + length
    if (end > this.#bytes.length) throw new WireError('a message runs over the end')
    return end
  }

  text(): string {
    const end = this.enter()
    const text = decoder.decode(this.#bytes.subarray(this.#at, end))
    this.#at = end
    return text
  }

  /** A text that many messages repeat. */
  repeated(texts: RepeatedTexts): string {
    const end = this.enter()
    const text = texts.find(this.#bytes, this.#at, end)
    this.#at = end
    return text
  }

  leave(end: number): void {
    this.#at = end
  }

  skip(): void {
    if (this.type === 0) this.varint()
    else if (this.type === 1) this.#at += 8
    else if (this.type === 5) this.#at += 4
    else if (this.type === 2) this.#at = this.enter()
    else throw new WireError(`wire type ${this.type}`)
    if (this.#at > this.#bytes.length) throw new WireError('a field runs over the end')
  }
}

/** Field numbers beyond those known: a newer tool wrote them. Skipped, and counted by message. */
export class UnknownFields {
  readonly counts = new Map<string, number>()

  skip(wire: WireCursor, message: string): void {
    const key = `${message}.${wire.field}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    wire.skip()
  }
}
