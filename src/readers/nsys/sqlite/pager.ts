/** Pages of one SQLite file, and the guards every page number passes before it is read. */
import { SextantError } from '#base/errors.ts'
import type { OpenFile } from '#platform/access.ts'
import { reexportHint, type SqliteHeader } from '#readers/nsys/sqlite/header.ts'

/** The page that holds this byte is never used: other processes put their locks there. */
const LOCK_BYTE = 1073741824

export class Pager {
  readonly header: SqliteHeader
  readonly #file: OpenFile
  /** For messages: the base name. */
  readonly #name: string

  constructor(file: OpenFile, header: SqliteHeader, name: string) {
    this.#file = file
    this.header = header
    this.#name = name
  }

  damage(table: string, page: number, what: string): SextantError {
    const message = `${this.#name} is damaged: table ${table}, page ${page}: ${what}`
    return new SextantError('corrupt_file', message, reexportHint, { file: this.#name, table, page })
  }

  missingPage(table: string, page: number): SextantError {
    const message = `${this.#name} is cut off or damaged: table ${table} needs page ${page} of ${this.header.pageCount}`
    return new SextantError('truncated_file', message, reexportHint, { file: this.#name, table, page, pages: this.header.pageCount })
  }

  /** Throws unless page `page` can hold data. */
  checkNumber(table: string, page: number): void {
    if (page > this.header.pageCount) throw this.missingPage(table, page)
    if (page < 1) throw this.damage(table, page, 'no such page')
    if (page === LOCK_BYTE / this.header.pageSize + 1) throw this.damage(table, page, 'the lock-byte page cannot hold data')
  }

  /** One page, checked, in a new array. */
  page(table: string, page: number): Uint8Array {
    this.checkNumber(table, page)
    const bytes = this.#file.read((page - 1) * this.header.pageSize, this.header.pageSize)
    if (bytes.length < this.header.pageSize) throw this.missingPage(table, page)
    return bytes
  }

  /** Neighbouring pages (already checked) into `target`, which is exactly as long as they are. */
  run(table: string, firstPage: number, target: Uint8Array): void {
    const count = this.#file.readInto(target, (firstPage - 1) * this.header.pageSize)
    // Checked against the size at opening: the file shrank since.
    if (count < target.length) throw this.missingPage(table, firstPage + Math.floor(count / this.header.pageSize))
  }

  close(): void {
    this.#file.close()
  }
}

/** The pages one scan has taken: a second visit is a cycle or a page shared by two owners. */
export class VisitedPages {
  readonly #bits: Uint8Array
  readonly #pager: Pager
  readonly #table: string

  constructor(pager: Pager, table: string) {
    this.#pager = pager
    this.#table = table
    this.#bits = new Uint8Array((pager.header.pageCount >> 3) + 1)
  }

  take(page: number): void {
    this.#pager.checkNumber(this.#table, page)
    const at = page >>> 3
    const bit = 1 << (page & 7)
    const bits = this.#bits[at] ?? 0
    if ((bits & bit) !== 0) throw this.#pager.damage(this.#table, page, 'the page is linked twice (a cycle, or two owners)')
    this.#bits[at] = bits | bit
  }
}
