/**
 * One cache entry as bytes: JSON for what is small, typed arrays as binary sections.
 * Layout: 8 bytes of magic, 32 bytes SHA-256 of everything behind them, 4 bytes length of the header (little-endian, a multiple of 8 in all),
 * header as JSON, then the sections, each on a multiple of 8. Byte order is the machine's: a cache does not travel.
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'

export type DigestColumn = Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array

export interface DigestValue {
  /** JSON only: no undefined, NaN or typed arrays inside. */
  readonly json: unknown
  readonly columns?: Readonly<Record<string, DigestColumn>>
}

const MAGIC = 'SXTDIG01'
const CHECKED_FROM = 8 + 32

const columnTypes = { f64: Float64Array, u32: Uint32Array, i32: Int32Array, u16: Uint16Array, u8: Uint8Array } as const
type ColumnType = keyof typeof columnTypes

interface Section {
  readonly name: string
  readonly type: ColumnType
  readonly length: number
}

interface Header {
  readonly key: string
  readonly byteOrder: string
  readonly json: unknown
  readonly sections: readonly Section[]
}

const padded = (length: number): number => Math.ceil(length / 8) * 8

function typeOf(column: DigestColumn): ColumnType {
  if (column instanceof Float64Array) return 'f64'
  if (column instanceof Uint32Array) return 'u32'
  if (column instanceof Int32Array) return 'i32'
  return column instanceof Uint16Array ? 'u16' : 'u8'
}

export function encodeDigest(key: string, value: DigestValue): Uint8Array {
  const columns = Object.entries(value.columns ?? {})
  const sections = columns.map(([name, column]): Section => ({ name, type: typeOf(column), length: column.length }))
  const header: Header = { key, byteOrder: endianness(), json: value.json, sections }
  const text = Buffer.from(JSON.stringify(header))
  const dataFrom = padded(CHECKED_FROM + 4 + text.length)
  const size = columns.reduce((total, [, column]) => total + padded(column.byteLength), dataFrom)
  const bytes = Buffer.alloc(size)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(text.length, CHECKED_FROM)
  text.copy(bytes, CHECKED_FROM + 4)
  let at = dataFrom
  for (const [, column] of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at)
    at += padded(column.byteLength)
  }
  createHash('sha256').update(bytes.subarray(CHECKED_FROM)).digest().copy(bytes, 8)
  return bytes
}

/** The value under `key`, or undefined for anything that is not exactly such an entry: a cache is never an error. */
export function decodeDigest(key: string, bytes: Uint8Array): DigestValue | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < CHECKED_FROM + 4 || view.toString('latin1', 0, 8) !== MAGIC) return undefined
  if (!createHash('sha256').update(view.subarray(CHECKED_FROM)).digest().equals(view.subarray(8, CHECKED_FROM))) return undefined
  const length = view.readUInt32LE(CHECKED_FROM)
  const header = parseHeader(view.toString('utf8', CHECKED_FROM + 4, CHECKED_FROM + 4 + length))
  if (header === undefined || header.key !== key || header.byteOrder !== endianness()) return undefined
  const columns: Record<string, DigestColumn> = {}
  let at = padded(CHECKED_FROM + 4 + length)
  for (const { name, type, length: count } of header.sections) {
    const make = columnTypes[type]
    const byteLength = count * make.BYTES_PER_ELEMENT
    if (at + byteLength > view.length) return undefined
    // A copy: sections start on multiples of 8 of the entry, which a pooled buffer need not keep.
    columns[name] = new make(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + byteLength) as ArrayBuffer)
    at += padded(byteLength)
  }
  return header.sections.length === 0 ? { json: header.json } : { json: header.json, columns }
}

/** The checksum has vouched for the bytes, so the shape is ours: `as` says so. */
function parseHeader(text: string): Header | undefined {
  try {
    return JSON.parse(text) as Header
  } catch {
    return undefined
  }
}
