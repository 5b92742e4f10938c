/**
 * Records of CSV as `ncu --csv` prints it: every cell quoted, quotes doubled inside. Lines of the profiler and of the profiled program
 * may stand before and between them. Files that went through a spreadsheet have bare cells and other delimiters.
 */

import type { PageText } from './page-text.ts'

const QUOTE = 34
const NEWLINE = 10
const RETURN = 13

export class CsvRecords {
  /** Cells of the current record; reused by the next. */
  readonly cells: string[] = []
  /** Lines that are no record: output of the program, or a record cut short. */
  foreignLines = 0
  readonly #page: PageText
  /** What of the page is decoded. */
  #text: string
  readonly #delimiter: string
  readonly #delimiterCode: number
  readonly #quoted: boolean
  #at: number
  #start = 0

  /** `start` is where the header line begins; `quoted`: its cells are, so that a bare line is not a record. */
  constructor(page: PageText, start: number, delimiter: string, quoted: boolean) {
    this.#page = page
    this.#text = page.text
    this.#at = start
    this.#delimiter = delimiter
    this.#delimiterCode = delimiter.charCodeAt(0)
    this.#quoted = quoted
  }

  /** Where the current record begins. */
  get start(): number {
    return this.#start
  }

  /** Where the next record may begin. */
  get at(): number {
    return this.#at
  }

  /** Behind rows that were read in another way. */
  skipTo(offset: number): void {
    this.#at = offset
  }

  next(): boolean {
    const { foreignLines } = this
    const at = this.#at
    if (at >= this.#page.length) return false
    const isFound = this.#next()
    if (this.#at < this.#text.length || this.#page.isWhole) return isFound
    // What was found may go on behind what is decoded: read it again.
    this.#page.decodeAll()
    this.#text = this.#page.text
    this.#at = at
    this.foreignLines = foreignLines
    return this.#next()
  }

  #next(): boolean {
    const text = this.#text
    while (this.#at < text.length) {
      const first = text.charCodeAt(this.#at)
      if (first === NEWLINE || first === RETURN) this.#at += 1
      else if (this.#quoted ? first !== QUOTE : text.startsWith('==', this.#at)) this.#skipLine()
      else {
        this.#start = this.#at
        this.#record()
        return true
      }
    }
    return false
  }

  #skipLine(): void {
    // Lines of the profiler itself are expected.
    if (!this.#text.startsWith('==', this.#at)) this.foreignLines += 1
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  /** Consumes the record and the end of its line. */
  #record(): void {
    const { cells } = this
    cells.length = 0
    for (;;) {
      cells.push(this.#text.charCodeAt(this.#at) === QUOTE ? this.#quotedCell() : this.#bareCell())
      if (this.#at >= this.#text.length || this.#text.charCodeAt(this.#at) !== this.#delimiterCode) break
      this.#at += 1
    }
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== NEWLINE && code !== RETURN) break
      this.#at += 1
    }
  }

  /** Stops at the delimiter, at the end of the line, or at the end of the text (an unclosed quote takes the rest). */
  #quotedCell(): string {
    const text = this.#text
    let from = this.#at + 1
    let cell = ''
    for (;;) {
      const quote = text.indexOf('"', from)
      if (quote < 0) {
        this.#at = text.length
        return cell + text.slice(from)
      }
      cell = cell === '' ? text.slice(from, quote) : cell + text.slice(from, quote)
      if (text.charCodeAt(quote + 1) !== QUOTE) {
        this.#at = quote + 1
        break
      }
      cell += '"'
      from = quote + 2
    }
    // What stands between a closing quote and the delimiter belongs to no cell.
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code === this.#delimiterCode || code === NEWLINE || code === RETURN) break
      this.#at += 1
    }
    return cell
  }

  #bareCell(): string {
    const text = this.#text
    const start = this.#at
    let end = text.indexOf(this.#delimiter, start)
    const line = text.indexOf('\n', start)
    if (end < 0 || (line >= 0 && line < end)) end = line < 0 ? text.length : line
    this.#at = end
    return text.charCodeAt(end - 1) === RETURN ? text.slice(start, end - 1) : text.slice(start, end)
  }
}
