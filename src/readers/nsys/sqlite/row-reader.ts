/**
 * Reads one row the careful way: every bound checked, any length of varint, short records, spilled payloads.
 * The generated decoder (decoder.ts) leaves to it whatever is not plain; without code generation it reads every row.
 * Reads of typed arrays are cast to number where the line before has checked the bound.
 */
import { maxLocalPayload, SpilledPayload, spilledLocalPayload } from '#readers/nsys/sqlite/overflow.ts'
import type { Pager, VisitedPages } from '#readers/nsys/sqlite/pager.ts'
import { rowidValue, serialSize, uint32, varintLength, varintValue } from '#readers/nsys/sqlite/record.ts'
import { LONGEST_NUMBER, type RowWriter } from '#readers/nsys/sqlite/row-writer.ts'

/** Longest record header that SQLite itself accepts (32,767 columns of three bytes each, with their length). */
const MAX_HEADER_BYTES = 98307

export class RowReader {
  readonly #pager: Pager
  readonly #table: string
  readonly #visited: VisitedPages
  readonly #writer: RowWriter
  /** Columns of the record that must be walked. */
  readonly #walked: number
  readonly #types: Float64Array
  readonly #offsets: Float64Array
  #bytes: Buffer = Buffer.alloc(0)
  #page = 0
  /** First byte that a cell may use, and the end of the usable part of the page, within `#bytes`. */
  #low = 0
  #end = 0
  #base = 0

  constructor(pager: Pager, table: string, visited: VisitedPages, writer: RowWriter) {
    this.#pager = pager
    this.#table = table
    this.#visited = visited
    this.#writer = writer
    this.#walked = writer.wanted.reduce((most, column) => Math.max(most, (column.position ?? -1) + 1), 0)
    this.#types = new Float64Array(this.#walked)
    this.#offsets = new Float64Array(this.#walked)
  }

  /** The page that the next rows lie on: it begins at `base`, its cells at `low`. */
  enter(bytes: Buffer, page: number, base: number, low: number): void {
    this.#bytes = bytes
    this.#page = page
    this.#base = base
    this.#low = low
    this.#end = base + this.#pager.header.usable
  }

  /** Reads the cells whose pointers begin at `pointers` into the rows from `row` on. */
  readAll(pointers: number, cells: number, row: number): void {
    const bytes = this.#bytes
    for (let i = 0; i < cells; i++) {
      const pointer = pointers + i * 2
      this.read(row + i, this.#base + (((bytes[pointer] as number) << 8) | (bytes[pointer + 1] as number)))
    }
  }

  read(row: number, cell: number): void {
    const bytes = this.#bytes
    if (cell < this.#low || cell + 4 > this.#end) throw this.#damage('a cell lies outside the page')
    let at = cell
    const sizeLength = varintLength(bytes, at)
    const payload = varintValue(bytes, at, sizeLength)
    at += sizeLength
    const rowidAt = at
    const rowidLength = varintLength(bytes, at)
    at += rowidLength
    if (payload <= maxLocalPayload(this.#pager.header.usable)) {
      if (at + payload > this.#end) throw this.#damage('a record runs past the end of its page')
      this.#readLocal(row, at, payload)
    } else {
      this.#readSpilled(row, at, payload)
    }
    this.#storeRowid(row, rowidAt, rowidLength)
  }

  #damage(what: string): Error {
    return this.#pager.damage(this.#table, this.#page, what)
  }

  #storeRowid(row: number, at: number, length: number): void {
    const { wanted } = this.#writer
    for (let i = 0; i < wanted.length; i++) {
      if (wanted[i]?.position === undefined) this.#writer.storeRowid(i, row, rowidValue(this.#bytes, at, length))
    }
  }

  #readLocal(row: number, at: number, payload: number): void {
    const lengthBytes = varintLength(this.#bytes, at)
    const headerBytes = this.#checkedHeader(varintValue(this.#bytes, at, lengthBytes), lengthBytes, payload)
    const present = this.#walk(this.#bytes, at + lengthBytes, at + headerBytes, headerBytes, payload)
    const { wanted } = this.#writer
    for (let i = 0; i < wanted.length; i++) {
      const position = wanted[i]?.position
      if (position === undefined) continue
      if (position >= present) this.#writer.storeDefault(i, row)
      else this.#writer.store(i, row, this.#bytes, at + (this.#offsets[position] as number), this.#types[position] as number)
    }
  }

  #readSpilled(row: number, at: number, payload: number): void {
    const local = spilledLocalPayload(this.#pager.header.usable, payload)
    if (at + local + 4 > this.#end) throw this.#damage('a record runs past the end of its page')
    const kept = this.#bytes.subarray(at, at + local)
    const place = { table: this.#table, page: this.#page }
    const spilled = new SpilledPayload(this.#pager, this.#visited, place, kept, payload, uint32(this.#bytes, at + local))
    const lengthBytes = varintLength(this.#bytes, at)
    const headerBytes = this.#checkedHeader(varintValue(this.#bytes, at, lengthBytes), lengthBytes, payload)
    const header = spilled.bytes(0, headerBytes)
    const present = this.#walk(header, lengthBytes, headerBytes, headerBytes, payload)
    const { wanted } = this.#writer
    for (let i = 0; i < wanted.length; i++) {
      const position = wanted[i]?.position
      if (position === undefined) continue
      if (position >= present) this.#writer.storeDefault(i, row)
      else this.#storeSpilled(i, row, spilled, this.#offsets[position] as number, this.#types[position] as number)
    }
  }

  #storeSpilled(index: number, row: number, spilled: SpilledPayload, offset: number, type: number): void {
    // One byte beyond the limit tells whether the cut falls within a character, or the text is too long for a number.
    const limit = this.#writer.wanted[index]?.type === 'text' ? this.#writer.maxTextBytes + 1 : LONGEST_NUMBER + 1
    const value = spilled.bytes(offset, Math.min(serialSize(type), limit))
    this.#writer.store(index, row, Buffer.from(value.buffer, value.byteOffset, value.byteLength), 0, type)
  }

  #checkedHeader(headerBytes: number, lengthBytes: number, payload: number): number {
    if (headerBytes < lengthBytes || headerBytes > payload || headerBytes > MAX_HEADER_BYTES) {
      throw this.#damage(`a record of ${payload} bytes claims a header of ${headerBytes}`)
    }
    return headerBytes
  }

  /** Walks the serial types from `at` to at most `headerEnd`, noting type and offset in the payload; returns how many columns there are. */
  #walk(bytes: Uint8Array, at: number, headerEnd: number, bodyOffset: number, payload: number): number {
    let offset = bodyOffset
    let position = 0
    let next = at
    while (position < this.#walked && next < headerEnd) {
      const length = varintLength(bytes, next)
      const type = varintValue(bytes, next, length)
      next += length
      this.#types[position] = type
      this.#offsets[position] = offset
      offset += serialSize(type)
      position++
    }
    const ended = next >= headerEnd && (next > headerEnd || offset !== payload)
    if (ended || offset > payload) throw this.#damage('the columns of a record do not fill it')
    return position
  }
}
