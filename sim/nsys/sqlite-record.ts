/**
 * Encodes one row as an SQLite record (https://www.sqlite.org/fileformat2.html#record_format).
 * Typed-array reads and writes are inside bounds that `reserve` guarantees, hence `as number`.
 */

export type SqlValue = number | bigint | string | null | Uint8Array

const utf8 = new TextEncoder()
const scratchDouble = new DataView(new ArrayBuffer(8))

/** Bytes that `value` takes as an SQLite varint, for values below 2^53. */
export function varintLength(value: number): number {
  let length = 1
  let rest = value
  while (rest >= 128) {
    rest = Math.floor(rest / 128)
    length += 1
  }
  return length
}

/** Writes a varint below 2^53 and returns the offset behind it. */
export function putVarint(target: Uint8Array, offset: number, value: number): number {
  if (value < 128) {
    target[offset] = value
    return offset + 1
  }
  const length = varintLength(value)
  let rest = value
  for (let index = length - 1; index >= 0; index--) {
    const low = rest % 128
    target[offset + index] = index === length - 1 ? low : low | 0x80
    rest = (rest - low) / 128
  }
  return offset + length
}

/** Serial type of an integer: how many bytes it needs (types 8 and 9 are the constants 0 and 1). */
function integerSerialType(value: number): number {
  if (value === 0) return 8
  if (value === 1) return 9
  if ((value | 0) !== value) return value >= -0x800000000000 && value <= 0x7fffffffffff ? 5 : 6
  if (value >= -0x80 && value <= 0x7f) return 1
  if (value >= -0x8000 && value <= 0x7fff) return 2
  if (value >= -0x800000 && value <= 0x7fffff) return 3
  return 4
}

/** Body length by serial type 0..9. */
const bodyLength = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const

/** Serial type of REAL, and marks for values whose serial type says more than their kind. */
const realType = 7
const bigintType = 10
const textType = 12
const blobType = 13

export class RecordEncoder {
  bytes = new Uint8Array(1024)
  length = 0
  #texts: Uint8Array[] = []
  /** Serial type of each value, or one of the marks above. */
  #types = new Uint8Array(64)

  /** Encodes `values` into `bytes[0..length)`. Integers are numbers without fraction; other numbers become REAL. */
  encode(values: readonly SqlValue[]): void {
    const count = values.length
    if (count > this.#types.length) this.#types = new Uint8Array(count * 2)
    const types = this.#types
    const texts = this.#texts
    texts.length = 0
    let headerLength = 1 + count
    let body = 0
    for (let index = 0; index < count; index++) {
      const value = values[index] as SqlValue
      if (typeof value === 'number') {
        const type = Number.isInteger(value) ? integerSerialType(value) : realType
        types[index] = type
        body += bodyLength[type] as number
      } else if (value === null) {
        types[index] = 0
      } else if (typeof value === 'bigint') {
        types[index] = bigintType
        body += 8
      } else {
        const encoded = typeof value === 'string' ? utf8.encode(value) : value
        types[index] = typeof value === 'string' ? textType : blobType
        texts.push(encoded)
        headerLength += varintLength(encoded.length * 2 + 13) - 1
        body += encoded.length
      }
    }
    if (headerLength > 127) headerLength += 1
    this.#reserve(headerLength + body)
    this.#write(values, headerLength)
    this.length = headerLength + body
  }

  #reserve(needed: number): void {
    if (needed > this.bytes.length) this.bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
  }

  #write(values: readonly SqlValue[], headerLength: number): void {
    const bytes = this.bytes
    const types = this.#types
    let header = putVarint(bytes, 0, headerLength)
    let body = headerLength
    let text = 0
    for (let index = 0; index < values.length; index++) {
      const type = types[index] as number
      if (type < realType || type === 8 || type === 9) {
        bytes[header++] = type
        const length = bodyLength[type] as number
        if (length > 0) body = putInteger(bytes, body, values[index] as number, length)
      } else if (type >= textType) {
        const encoded = this.#texts[text++] as Uint8Array
        header = putVarint(bytes, header, encoded.length * 2 + (type === textType ? 13 : 12))
        bytes.set(encoded, body)
        body += encoded.length
      } else {
        bytes[header++] = type === bigintType ? 6 : realType
        if (type === bigintType) scratchDouble.setBigInt64(0, values[index] as bigint)
        else scratchDouble.setFloat64(0, values[index] as number)
        for (let byte = 0; byte < 8; byte++) bytes[body++] = scratchDouble.getUint8(byte)
      }
    }
  }
}

/** Writes `length` big-endian two's-complement bytes. */
function putInteger(bytes: Uint8Array, offset: number, value: number, length: number): number {
  if (length <= 4) {
    for (let shift = (length - 1) * 8; shift >= 0; shift -= 8) bytes[offset++] = (value >> shift) & 0xff
    return offset
  }
  const high = Math.floor(value / 4294967296)
  const low = value - high * 4294967296
  for (let shift = (length - 5) * 8; shift >= 0; shift -= 8) bytes[offset++] = (high >> shift) & 0xff
  bytes[offset++] = low >>> 24
  bytes[offset++] = (low >>> 16) & 0xff
  bytes[offset++] = (low >>> 8) & 0xff
  bytes[offset++] = low & 0xff
  return offset
}
