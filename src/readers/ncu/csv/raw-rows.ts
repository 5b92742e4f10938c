/**
 * Rows of a raw page as `ncu` prints them: every cell quoted, nearly every one a short number. Numbers are read where they stand, because
 * a page has millions of them and a string each is what costs. A row of any other shape is left to the general reader.
 */
import type { CommaMeaning } from './cell-number.ts'

const QUOTE = 34
const NEWLINE = 10
const RETURN = 13
const COMMA = 44
const MINUS = 45
const POINT = 46

/** 10^0..10^22 are exact doubles. */
const powers = Float64Array.from({ length: 23 }, (_, index) => 10 ** index)
/** Digits that a double holds exactly, so that one division is correctly rounded (Clinger's fast path). */
const EXACT_DIGITS = 15

export class RawRows {
  /** Per cell: where its text begins and ends, without quotes. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Per cell its number; NaN where it is none that this reader knows: then the text must be looked at. */
  readonly numbers: Float64Array
  /** Behind the row just read. */
  at = 0
  readonly #text: string
  readonly #delimiter: number
  readonly #groups: boolean

  constructor(text: string, cells: number, delimiter: string, commas: CommaMeaning) {
    this.#text = text
    this.#delimiter = delimiter.charCodeAt(0)
    this.#groups = commas === 'grouping'
    this.from = new Int32Array(cells)
    this.to = new Int32Array(cells)
    this.numbers = new Float64Array(cells)
  }

  text(cell: number): string {
    return this.#text.slice(this.from[cell], this.to[cell])
  }

  /** Reads the row at `start`; false where it is not of the plain shape, or has another number of cells. */
  read(start: number): boolean {
    const text = this.#text
    const last = this.from.length - 1
    let at = start
    for (let cell = 0; cell <= last; cell++) {
      if (text.charCodeAt(at) !== QUOTE) return false
      at = this.#cell(cell, at + 1)
      // A doubled quote, or a text behind the closing one.
      const code = text.charCodeAt(at)
      if (cell < last ? code !== this.#delimiter : at < text.length && code !== NEWLINE && code !== RETURN) return false
      if (cell < last) at++
    }
    while (text.charCodeAt(at) === NEWLINE || text.charCodeAt(at) === RETURN) at++
    this.at = at
    return true
  }

  /** From behind the opening quote to behind the closing one. */
  #cell(cell: number, start: number): number {
    const text = this.#text
    let at = start
    let code = text.charCodeAt(at)
    const isNegative = code === MINUS
    if (isNegative) code = text.charCodeAt(++at)
    const digitsAt = at
    let mantissa = 0
    let digits = 0
    let decimals = -1
    for (; ; code = text.charCodeAt(++at)) {
      if (code >= 48 && code <= 57) {
        mantissa = mantissa * 10 + (code - 48)
        digits++
        if (decimals >= 0) decimals++
      } else if (code === POINT && decimals < 0) decimals = 0
      else if (!(code === COMMA && this.#groups && decimals < 0 && at > digitsAt)) break
    }
    this.from[cell] = start
    // Where commas are decimal signs a point separates thousands.
    const isPlain = this.#groups || decimals < 0
    const isNumber = code === QUOTE && isPlain && digits > 0 && digits <= EXACT_DIGITS && text.charCodeAt(at - 1) !== COMMA
    if (isNumber) {
      const value = decimals > 0 ? mantissa / (powers[decimals] as number) : mantissa // decimals <= 15
      this.numbers[cell] = isNegative ? -value : value
      this.to[cell] = at
      return at + 1
    }
    this.numbers[cell] = Number.NaN
    const end = text.indexOf('"', at)
    this.to[cell] = end < 0 ? text.length : end
    return end < 0 ? text.length : end + 1
  }
}
