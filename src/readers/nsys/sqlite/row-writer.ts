/** The reused columns of a batch, how each kind of stored value enters them, and what was lost on the way. */
import type { Loss } from '#model/capture.ts'
import { float64, int32, isRounded, serialSize, smallInteger, uint32 } from '#readers/nsys/sqlite/record.ts'
import type { ColumnBatch, ColumnType, Id64Column } from '#readers/nsys/table-source.ts'
import { type TupleColumn, TupleRows } from '#readers/nsys/tuple-columns.ts'

const TWO_32 = 4294967296
const TWO_63 = 2 ** 63

/** Characters of the longest text that is taken for a number: 64-bit integers have 20, doubles 24. */
export const LONGEST_NUMBER = 32

/** A column's DEFAULT, which short records take; `undefined` is NULL, `unknown` one that is not a plain constant. */
export type ColumnDefault = { readonly value: number | bigint | string | undefined } | 'unknown'

export interface WantedColumn {
  readonly type: ColumnType
  /** Position in the record, or undefined where the column is the rowid. */
  readonly position: number | undefined
  readonly fallback: ColumnDefault
}

export interface WantedColumns {
  readonly wanted: readonly WantedColumn[]
  /** Positions in `wanted` of the columns that are wanted together. */
  readonly tuples: readonly (readonly number[])[]
}

/** Where a decoder with a memory of its own puts what it reads. */
export interface PlacedColumns {
  /** One row each for the columns that are parts of a tuple, and not by themselves. */
  readonly columns: readonly Column[]
  readonly tuples: readonly TupleColumn[]
}

/** One wanted column of a batch. */
export type Column =
  | { readonly type: 'number'; readonly values: Float64Array }
  | { readonly type: 'id64'; readonly values: Id64Column }
  | { readonly type: 'text'; readonly values: (string | undefined)[] }

/** Index into `RowWriter.counts`. */
export const lossKinds = ['rounded-integer', 'not-a-number', 'reserved-serial-type', 'text-cut', 'default-not-constant'] as const
const ROUNDED = 0
const NOT_A_NUMBER = 1
const RESERVED = 2
const CUT = 3
const DEFAULT_UNKNOWN = 4

const lossTexts: readonly string[] = [
  'integers beyond 2^53 were rounded to the nearest double',
  'values that are blobs, fractions or texts that are no number were read as missing in a numeric column',
  'values have a serial type that SQLite reserves and were read as NULL',
  'texts were cut at the limit of bytes kept',
  'short records lack a column whose DEFAULT is not a plain constant, and it was read as NULL',
]

function newColumn(type: ColumnType, rows: number): Column {
  if (type === 'number') return { type, values: new Float64Array(rows) }
  if (type === 'text') return { type, values: new Array<string | undefined>(rows).fill(undefined) }
  return { type, values: { hi: new Int32Array(rows), lo: new Uint32Array(rows), isNull: new Uint8Array(rows) } }
}

export class RowWriter implements ColumnBatch {
  rows = 0
  firstRow = 0
  readonly capacity: number
  readonly wanted: readonly WantedColumn[]
  readonly columns: readonly Column[]
  readonly counts: Float64Array = new Float64Array(lossKinds.length)
  readonly maxTextBytes: number

  readonly tuples: readonly (readonly number[])[]
  readonly #placed: PlacedColumns | undefined
  readonly #tupleRows: readonly TupleRows[]
  /** 1 for columns of one row: what is stored in them is looked at before the next row. */
  readonly #isSingle: Uint8Array

  constructor({ wanted, tuples }: WantedColumns, capacity: number, maxTextBytes: number, placed?: PlacedColumns) {
    this.wanted = wanted
    this.tuples = tuples
    this.capacity = capacity
    this.maxTextBytes = maxTextBytes
    this.columns = placed?.columns ?? wanted.map((column) => newColumn(column.type, capacity))
    this.#placed = placed
    const requests = wanted.map(({ type }) => ({ name: '', type }))
    this.#tupleRows = placed === undefined ? tuples.map((positions) => new TupleRows(requests, positions)) : []
    this.#isSingle = Uint8Array.from(wanted, (_, index) => (placed !== undefined && tuples.some((parts) => parts.includes(index)) ? 1 : 0))
  }

  tuple(index: number): TupleColumn {
    const placed = this.#placed?.tuples[index] ?? this.#tupleRows[index]?.of(this)
    if (placed === undefined) throw new Error(`no tuple ${index} in this scan`)
    return placed
  }

  number(index: number): Float64Array {
    const column = this.columns[index]
    if (column?.type !== 'number') throw new Error(`column ${index} was not requested as number`)
    return column.values
  }

  id64(index: number): Id64Column {
    const column = this.columns[index]
    if (column?.type !== 'id64') throw new Error(`column ${index} was not requested as id64`)
    return column.values
  }

  text(index: number): (string | undefined)[] {
    const column = this.columns[index]
    if (column?.type !== 'text') throw new Error(`column ${index} was not requested as text`)
    return column.values
  }

  losses(table: string): Loss[] {
    return lossKinds.flatMap((code, kind) => {
      const count = this.counts[kind] ?? 0
      return count === 0 ? [] : [{ code, count, what: `table ${table}: ${lossTexts[kind]}` }]
    })
  }

  #count(kind: number): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  /** The value of serial type `type` whose bytes begin at `at`; a text longer than the limit may come without its tail. */
  store(index: number, batchRow: number, bytes: Buffer, at: number, type: number): void {
    const row = this.#isSingle[index] === 1 ? 0 : batchRow
    if (type === 0) this.#storeConstant(index, row, undefined)
    else if (type === 6) this.#storeHalves(index, row, int32(bytes, at), uint32(bytes, at + 4))
    // SQLite reads a stored NaN as NULL.
    else if (type === 7) this.#storeReal(index, row, float64(bytes, at))
    else if (type < 10) this.#storeConstant(index, row, smallInteger(bytes, at, type))
    else if (type >= 12 && this.columns[index]?.type === 'text') this.#storeText(index, row, bytes, at, serialSize(type))
    else if (type >= 13 && type % 2 === 1)
      this.#storeWrittenNumber(index, row, bytes.toString('latin1', at, at + Math.min(serialSize(type), LONGEST_NUMBER + 1)))
    else this.#storeLost(index, row, type < 12 ? RESERVED : NOT_A_NUMBER)
  }

  /** `value` is an exact integer. */
  storeInteger(index: number, row: number, value: number): void {
    this.#storeConstant(index, row, value)
  }

  storeRowid(index: number, row: number, rowid: bigint): void {
    this.#storeHalves(index, row, Number(BigInt.asIntN(32, rowid >> 32n)), Number(BigInt.asUintN(32, rowid)))
  }

  /** What a record that ends before this column holds in it. */
  storeDefault(index: number, batchRow: number): void {
    const row = this.#isSingle[index] === 1 ? 0 : batchRow
    const fallback = this.wanted[index]?.fallback ?? 'unknown'
    const value = fallback === 'unknown' ? undefined : fallback.value
    if (fallback === 'unknown') this.#storeLost(index, row, DEFAULT_UNKNOWN)
    else if (typeof value === 'bigint') this.storeRowid(index, row, value)
    else if (typeof value === 'number') this.#storeReal(index, row, value)
    else if (typeof value === 'string' && this.columns[index]?.type !== 'text') this.#storeWrittenNumber(index, row, value)
    else this.#storeConstant(index, row, value)
  }

  /** Tools that rewrite exports (CSV imports) leave columns declared TEXT, which store digits: those are still numbers. */
  #storeWrittenNumber(index: number, row: number, text: string): void {
    if (/^-?\d{1,19}$/.test(text)) {
      const value = BigInt(text)
      if (BigInt.asIntN(64, value) === value) {
        this.storeRowid(index, row, value)
        return
      }
    }
    const isReal = text.length <= LONGEST_NUMBER && /^-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(text)
    if (isReal) this.#storeReal(index, row, Number(text))
    else this.#storeLost(index, row, NOT_A_NUMBER)
  }

  #storeLost(index: number, row: number, kind: number): void {
    this.#count(kind)
    this.#storeConstant(index, row, undefined)
  }

  /** An exact integer, a text, or NULL. */
  #storeConstant(index: number, row: number, value: number | string | undefined): void {
    const column = this.columns[index]
    if (column === undefined) return
    if (column.type === 'number') column.values[row] = typeof value === 'number' ? value : Number.NaN
    else if (column.type === 'text') column.values[row] = value === undefined ? undefined : String(value)
    else if (typeof value === 'number') setHalves(column.values, row, Math.floor(value / TWO_32), value)
    else setNull(column.values, row)
  }

  #storeReal(index: number, row: number, value: number): void {
    const column = this.columns[index]
    if (column === undefined) return
    if (Number.isNaN(value)) this.#storeConstant(index, row, undefined)
    else if (column.type === 'number') column.values[row] = value
    else if (column.type === 'text') column.values[row] = String(value)
    else if (Number.isInteger(value) && value >= -TWO_63 && value < TWO_63) {
      // Tools that rewrite exports (pandas with NULLs) turn ids into floats.
      const hi = Math.floor(value / TWO_32)
      setHalves(column.values, row, hi, value - hi * TWO_32)
    } else {
      this.#storeLost(index, row, NOT_A_NUMBER)
    }
  }

  #storeHalves(index: number, row: number, hi: number, lo: number): void {
    const column = this.columns[index]
    if (column?.type === 'id64') setHalves(column.values, row, hi, lo)
    else if (column?.type === 'text') column.values[row] = String((BigInt(hi) << 32n) | BigInt(lo))
    else if (column?.type === 'number') {
      column.values[row] = hi * TWO_32 + lo
      if (isRounded(hi, lo)) this.#count(ROUNDED)
    }
  }

  #storeText(index: number, row: number, bytes: Buffer, at: number, length: number): void {
    let end = at + length
    if (length > this.maxTextBytes) {
      this.#count(CUT)
      end = at + this.maxTextBytes
      // Not within a character: at most three continuation bytes follow a first byte.
      for (let i = 0; i < 3 && end > at && ((bytes[end] ?? 0) & 0xc0) === 0x80; i++) end--
    }
    this.text(index)[row] = bytes.toString('utf8', at, end)
  }
}

function setHalves(column: Id64Column, row: number, hi: number, lo: number): void {
  column.hi[row] = hi
  // Conversion to Uint32 is modulo 2^32, also for negative numbers.
  column.lo[row] = lo
  column.isNull[row] = 0
}

function setNull(column: Id64Column, row: number): void {
  column.hi[row] = 0
  column.lo[row] = 0
  column.isNull[row] = 1
}
