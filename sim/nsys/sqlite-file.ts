/**
 * Writes an SQLite database file from front to back, in bounded memory: rows in rowid order fill leaf pages, leaf pages are
 * appended, interior pages follow. Nothing is read back; only page 1 is written again at the end.
 * Format: https://www.sqlite.org/fileformat2.html. Not supported: indexes, deletes, WITHOUT ROWID, other page sizes.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { grown } from '#base/columns.ts'
import { putVarint, RecordEncoder, type SqlValue, varintLength } from './sqlite-record.ts'

export const pageSize = 4096
/** SQLite locks bytes at this offset: the page that holds them must stay unused. */
const lockByteOffset = 0x40000000
const lockBytePage = lockByteOffset / pageSize + 1
/** Payload beyond these moves to overflow pages (table b-tree leaf; usable size = page size). */
const maximumLocal = pageSize - 35
const minimumLocal = Math.floor(((pageSize - 12) * 32) / 255) - 23
/** Pages collected before one write call: 1 MiB. */
const pagesPerWrite = 256

/** Appends numbered pages to a file. */
class PageSink {
  readonly #file: number
  readonly #buffer = new Uint8Array(pageSize * pagesPerWrite)
  #buffered = 0
  /** Number of the page that `append` writes next; page 1 is reserved for the schema and written last. */
  nextPage = 2

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    this.#put(new Uint8Array(pageSize))
  }

  /** Appends one page and returns its number. */
  append(page: Uint8Array): number {
    const number = this.nextPage
    this.#put(page)
    this.nextPage += 1
    if (this.nextPage === lockBytePage) {
      this.#put(new Uint8Array(pageSize))
      this.nextPage += 1
    }
    return number
  }

  #put(page: Uint8Array): void {
    this.#buffer.set(page, this.#buffered * pageSize)
    this.#buffered += 1
    if (this.#buffered === pagesPerWrite) this.#flush()
  }

  #flush(): void {
    writeAll(this.#file, this.#buffer.subarray(0, this.#buffered * pageSize))
    this.#buffered = 0
  }

  finish(firstPage: Uint8Array): void {
    this.#flush()
    writeSync(this.#file, firstPage, 0, pageSize, 0)
    closeSync(this.#file)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  let done = 0
  while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done)
}

/** A table that is being filled. Rows must come in ascending rowid order. */
export class TableWriter {
  readonly name: string
  readonly sql: string
  readonly #sink: PageSink
  readonly #encoder = new RecordEncoder()
  readonly #page = new Uint8Array(pageSize)
  readonly #view = new DataView(this.#page.buffer)
  #cells = 0
  /** Start of the cell content, which grows downwards. */
  #content = pageSize
  #lastRowid = -1
  rows = 0
  #leafPages = new Uint32Array(16)
  #leafLastRowids = new Float64Array(16)
  #leaves = 0

  constructor(sink: PageSink, name: string, sql: string) {
    this.#sink = sink
    this.name = name
    this.sql = sql
  }

  /** Adds a row; `rowid` defaults to the next one. A column that is the INTEGER PRIMARY KEY is passed as null. */
  add(values: readonly SqlValue[], rowid: number = Math.max(1, this.#lastRowid + 1)): void {
    if (rowid <= this.#lastRowid) throw new Error(`rowid ${rowid} after ${this.#lastRowid} in ${this.name}`)
    const encoder = this.#encoder
    encoder.encode(values)
    const payload = encoder.length
    const local = localPayload(payload)
    const cellLength = varintLength(payload) + varintLength(rowid) + local + (local < payload ? 4 : 0)
    if (this.#content - cellLength < 8 + 2 * (this.#cells + 1)) this.#flushLeaf()
    const overflowPage = local < payload ? this.#appendOverflow(encoder.bytes.subarray(local, payload)) : 0
    this.#content -= cellLength
    let offset = putVarint(this.#page, this.#content, payload)
    offset = putVarint(this.#page, offset, rowid)
    // Rows are about 90 bytes: a loop is faster than a view and a copy.
    const { bytes } = encoder
    for (let index = 0; index < local; index++) this.#page[offset + index] = bytes[index] as number
    if (overflowPage > 0) this.#view.setUint32(offset + local, overflowPage)
    this.#view.setUint16(8 + 2 * this.#cells, this.#content)
    this.#cells += 1
    this.#lastRowid = rowid
    this.rows += 1
  }

  /** Overflow pages follow one another, so each names its successor by number. */
  #appendOverflow(rest: Uint8Array): number {
    const perPage = pageSize - 4
    const count = Math.ceil(rest.length / perPage)
    let first = 0
    for (let index = 0; index < count; index++) {
      const page = new Uint8Array(pageSize)
      const number = this.#sink.nextPage
      const next = number + 1 === lockBytePage ? number + 2 : number + 1
      new DataView(page.buffer).setUint32(0, index === count - 1 ? 0 : next)
      page.set(rest.subarray(index * perPage, (index + 1) * perPage), 4)
      this.#sink.append(page)
      if (index === 0) first = number
    }
    return first
  }

  #flushLeaf(): void {
    this.#page[0] = 0x0d
    this.#view.setUint16(3, this.#cells)
    this.#view.setUint16(5, this.#content)
    this.#leafPages = grown(this.#leafPages, this.#leaves + 1)
    this.#leafLastRowids = grown(this.#leafLastRowids, this.#leaves + 1)
    this.#leafPages[this.#leaves] = this.#sink.append(this.#page)
    this.#leafLastRowids[this.#leaves] = this.#lastRowid
    this.#leaves += 1
    this.#page.fill(0)
    this.#cells = 0
    this.#content = pageSize
  }

  /** Writes what is left and returns the root page. */
  finish(): number {
    if (this.#cells > 0 || this.#leaves === 0) this.#flushLeaf()
    let pages: Uint32Array = this.#leafPages.subarray(0, this.#leaves)
    let keys: Float64Array = this.#leafLastRowids.subarray(0, this.#leaves)
    while (pages.length > 1) [pages, keys] = appendInteriorLevel(this.#sink, pages, keys)
    return pages[0] as number
  }

  /** The children of a root on page 1 (the schema table only). */
  finishChildren(): { pages: Uint32Array; keys: Float64Array } {
    if (this.#cells > 0) this.#flushLeaf()
    return { pages: this.#leafPages.subarray(0, this.#leaves), keys: this.#leafLastRowids.subarray(0, this.#leaves) }
  }
}

function localPayload(payload: number): number {
  if (payload <= maximumLocal) return payload
  const wanted = minimumLocal + ((payload - minimumLocal) % (pageSize - 4))
  return wanted <= maximumLocal ? wanted : minimumLocal
}

/** Children per interior page: 4 bytes of page number, up to 9 of key and 2 of cell pointer. */
const childrenPerPage = 260

function appendInteriorLevel(sink: PageSink, pages: Uint32Array, keys: Float64Array): [Uint32Array, Float64Array] {
  const count = Math.ceil(pages.length / childrenPerPage)
  const parents = new Uint32Array(count)
  const parentKeys = new Float64Array(count)
  // Children are dealt out evenly, so that no interior page has a single child.
  for (let parent = 0; parent < count; parent++) {
    const from = Math.floor((pages.length * parent) / count)
    const to = Math.floor((pages.length * (parent + 1)) / count)
    const page = new Uint8Array(pageSize)
    writeInterior(page, 0, pages.subarray(from, to), keys.subarray(from, to))
    parents[parent] = sink.append(page)
    parentKeys[parent] = keys[to - 1] as number
  }
  return [parents, parentKeys]
}

/** Writes an interior page; `headerOffset` is 100 on page 1. */
function writeInterior(page: Uint8Array, headerOffset: number, pages: Uint32Array, keys: Float64Array): void {
  const view = new DataView(page.buffer)
  const cells = pages.length - 1
  let content = pageSize
  for (let index = 0; index < cells; index++) {
    const key = keys[index] as number
    content -= 4 + varintLength(key)
    view.setUint32(content, pages[index] as number)
    putVarint(page, content + 4, key)
    view.setUint16(headerOffset + 12 + 2 * index, content)
  }
  page[headerOffset] = 0x05
  view.setUint16(headerOffset + 3, cells)
  view.setUint16(headerOffset + 5, content)
  view.setUint32(headerOffset + 8, pages[cells] as number)
}

/** A database file: tables one after the other, then `finish`. */
export class SqliteFileWriter {
  readonly #sink: PageSink
  readonly #tables: { name: string; sql: string; root: number }[] = []
  #open: TableWriter | undefined

  constructor(path: string) {
    this.#sink = new PageSink(path)
  }

  /** Begins a table (ending the one before). `sql` is the CREATE TABLE statement. */
  table(name: string, sql: string): TableWriter {
    this.#closeTable()
    this.#open = new TableWriter(this.#sink, name, sql)
    return this.#open
  }

  #closeTable(): void {
    if (this.#open === undefined) return
    this.#tables.push({ name: this.#open.name, sql: this.#open.sql, root: this.#open.finish() })
    this.#open = undefined
  }

  finish(): void {
    this.#closeTable()
    const schema = new TableWriter(this.#sink, 'sqlite_schema', '')
    for (const { name, sql, root } of this.#tables) schema.add(['table', name, name, root, sql])
    const { pages, keys } = schema.finishChildren()
    const page = new Uint8Array(pageSize)
    if (pages.length > 0) writeInterior(page, 100, pages, keys)
    else writeEmptyLeaf(page)
    writeHeader(page, this.#sink.nextPage - 1)
    this.#sink.finish(page)
  }
}

function writeEmptyLeaf(page: Uint8Array): void {
  page[100] = 0x0d
  new DataView(page.buffer).setUint16(105, pageSize)
}

function writeHeader(page: Uint8Array, pageCount: number): void {
  const view = new DataView(page.buffer)
  page.set(new TextEncoder().encode('SQLite format 3\0'))
  view.setUint16(16, pageSize)
  page.set([1, 1, 0, 64, 32, 32], 18)
  view.setUint32(24, 1)
  view.setUint32(28, pageCount)
  view.setUint32(40, 1)
  view.setUint32(44, 4)
  view.setUint32(56, 1)
  view.setUint32(92, 1)
  // The SQLite version that current nsys releases embed.
  view.setUint32(96, 3046001)
}
