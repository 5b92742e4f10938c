/** Plain-encoded Parquet values, decoded into what the request wants, without a BigInt per value. */
import type { ColumnType } from '#readers/nsys/table-source.ts'

export type PhysicalType = 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN' | 'BYTE_ARRAY'

export interface ColumnShape {
  readonly physical: PhysicalType
  readonly isUnsigned: boolean
  readonly request: ColumnType
}

/** One of the three is filled, by request type. */
export interface Values {
  readonly numbers?: Float64Array
  readonly hi?: Int32Array
  readonly lo?: Uint32Array
  readonly texts?: (string | undefined)[]
}

const HIGH = 4294967296
/** Characters of the longest text that is taken for a number: 64-bit integers have 20, doubles 24. */
const LONGEST_NUMBER = 32
const BYTES: Readonly<Record<PhysicalType, number>> = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8, BOOLEAN: 1 / 8, BYTE_ARRAY: 4 }

const decoder = new TextDecoder('utf-8')

export function emptyValues(request: ColumnType, count: number): Values {
  if (request === 'number') return { numbers: new Float64Array(count) }
  if (request === 'id64') return { hi: new Int32Array(count), lo: new Uint32Array(count) }
  return { texts: new Array<string | undefined>(count) }
}

/** Throws RangeError where the bytes do not hold `count` values. */
export function decodePlain(bytes: Uint8Array, shape: ColumnShape, count: number): Values {
  if (count < 0 || count * BYTES[shape.physical] > bytes.length)
    throw new RangeError(`${count} values do not fit into ${bytes.length} bytes`)
  if (shape.physical === 'BYTE_ARRAY') return decodeTexts(bytes, shape.request, count)
  const values = emptyValues(shape.request, count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (shape.physical === 'INT64') decodeInt64(view, shape, values, count)
  else {
    for (let row = 0; row < count; row++) put(values, row, scalar(view, shape, row))
  }
  return values
}

function scalar(view: DataView, { physical, isUnsigned }: ColumnShape, row: number): number {
  if (physical === 'INT32') return isUnsigned ? view.getUint32(row * 4, true) : view.getInt32(row * 4, true)
  if (physical === 'DOUBLE') return view.getFloat64(row * 8, true)
  if (physical === 'FLOAT') return view.getFloat32(row * 4, true)
  return (view.getUint8(row >> 3) >> (row & 7)) & 1
}

function put({ numbers, hi, lo, texts }: Values, row: number, value: number): void {
  if (numbers !== undefined) numbers[row] = value
  else if (texts !== undefined) texts[row] = String(value)
  else if (hi !== undefined && lo !== undefined) {
    // Tools that rewrite exports (pandas with NULLs) turn ids into floats, so the upper half may be in use.
    const high = Math.floor(value / HIGH)
    hi[row] = high
    lo[row] = value - high * HIGH
  }
}

function decodeInt64(view: DataView, { isUnsigned }: ColumnShape, { numbers, hi, lo, texts }: Values, count: number): void {
  for (let row = 0; row < count; row++) {
    const low = view.getUint32(row * 8, true)
    const high = view.getInt32(row * 8 + 4, true)
    if (numbers !== undefined) numbers[row] = (isUnsigned ? high >>> 0 : high) * HIGH + low
    else if (hi !== undefined && lo !== undefined) {
      hi[row] = high
      lo[row] = low
    } else if (texts !== undefined) texts[row] = String(((isUnsigned ? BigInt(high >>> 0) : BigInt(high)) << 32n) | BigInt(low))
  }
}

/** A text that is a number counts as one, as the contract says for SQLite; any other is NaN. */
function decodeTexts(bytes: Uint8Array, request: ColumnType, count: number): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = emptyValues(request, count)
  values.numbers?.fill(Number.NaN)
  let at = 0
  for (let row = 0; row < count; row++) {
    if (at + 4 > bytes.length) throw new RangeError('text length cut short')
    const length = view.getUint32(at, true)
    at += 4
    if (length > bytes.length - at) throw new RangeError('text cut short')
    const text = bytes.subarray(at, at + length)
    if (values.texts !== undefined) values.texts[row] = decoder.decode(text)
    else if (length <= LONGEST_NUMBER) putWritten(values, row, decoder.decode(text))
    at += length
  }
  return values
}

function putWritten(values: Values, row: number, text: string): void {
  const { hi, lo } = values
  if (hi !== undefined && lo !== undefined && /^-?\d{1,20}$/.test(text)) {
    const value = BigInt(text)
    hi[row] = Number(BigInt.asIntN(32, value >> 32n))
    lo[row] = Number(BigInt.asUintN(32, value))
  } else if (/^-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(text)) put(values, row, Number(text))
}

/** Values of a page in row order: `indices` look up a dictionary, `isNull` marks rows without a value. */
export function spread(
  from: Values,
  request: ColumnType,
  rows: number,
  indices: Int32Array | undefined,
  isNull: Uint8Array | undefined,
  available: number,
): Values {
  if (indices === undefined && isNull === undefined) return from
  const to = emptyValues(request, rows)
  let next = 0
  for (let row = 0; row < rows; row++) {
    if (isNull !== undefined && isNull[row] === 1) {
      if (to.numbers !== undefined) to.numbers[row] = Number.NaN
      continue
    }
    // In bounds where not refused: the caller decoded as many indices as rows have values.
    const source = indices === undefined ? next : (indices[next] as number)
    if (source < 0 || source >= available) throw new RangeError(`value ${source} of ${available}`)
    next++
    if (to.numbers !== undefined && from.numbers !== undefined) to.numbers[row] = from.numbers[source] as number
    else if (to.texts !== undefined) to.texts[row] = from.texts?.[source]
    else if (to.hi !== undefined && to.lo !== undefined && from.hi !== undefined && from.lo !== undefined) {
      to.hi[row] = from.hi[source] as number
      to.lo[row] = from.lo[source] as number
    }
  }
  return to
}
