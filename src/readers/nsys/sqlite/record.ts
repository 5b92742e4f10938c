/**
 * Varints, serial types and values of the record format: https://www.sqlite.org/fileformat2.html#record_format
 * Reads of typed arrays are cast to number: callers check bounds, and a read past the end acts as zero until their check fails.
 */

const TWO_32 = 4294967296

/** Bytes of the varint at `at`: 1 to 9. */
export function varintLength(bytes: Uint8Array, at: number): number {
  let length = 1
  while (length < 9 && (bytes[at + length - 1] as number) > 127) length++
  return length
}

/** Value of an unsigned varint; those beyond 2^53 come out rounded, which every length check rejects anyway. */
export function varintValue(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  const sevens = Math.min(length, 8)
  for (let i = 0; i < sevens; i++) value = value * 128 + ((bytes[at + i] as number) & 127)
  return length === 9 ? value * 256 + (bytes[at + 8] as number) : value
}

/** A rowid varint of any length as a signed 64-bit integer. */
export function rowidValue(bytes: Uint8Array, at: number, length: number): bigint {
  let value = 0n
  const sevens = Math.min(length, 8)
  for (let i = 0; i < sevens; i++) value = (value << 7n) | BigInt((bytes[at + i] as number) & 127)
  return BigInt.asIntN(64, length === 9 ? (value << 8n) | BigInt(bytes[at + 8] as number) : value)
}

/** 0 NULL, 1-6 integers, 7 float, 8 and 9 the constants 0 and 1, 10 and 11 reserved. */
const FIXED_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0]

/** Bytes of a value: from 12 on, even types are blobs and odd ones text. */
export function serialSize(type: number): number {
  return type < 12 ? (FIXED_SIZES[type] as number) : Math.floor((type - 12) / 2)
}

/** `serialSize` of every type that a varint of one or two bytes can hold. */
export const shortSerialSizes: Uint16Array = Uint16Array.from({ length: 16384 }, (_, type) => serialSize(type))

function int16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number)
}

export function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

export function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0
}

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

export function float64(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0)
}

/** An integer of serial type 1-5, 8 or 9 (all exact in a double). */
export function smallInteger(bytes: Uint8Array, at: number, type: number): number {
  switch (type) {
    case 1:
      return ((bytes[at] as number) << 24) >> 24
    case 2:
      return int16(bytes, at)
    case 3:
      return (int16(bytes, at) << 8) | (bytes[at + 2] as number)
    case 4:
      return int32(bytes, at)
    case 5:
      return int16(bytes, at) * TWO_32 + uint32(bytes, at + 2)
    default:
      return type === 9 ? 1 : 0
  }
}

/** Whether the 64-bit integer hi * 2^32 + lo differs from the double nearest to it. */
export function isRounded(hi: number, lo: number): boolean {
  const value = hi * TWO_32 + lo
  const high = Math.floor(value / TWO_32)
  return high !== hi || value - high * TWO_32 !== lo
}
