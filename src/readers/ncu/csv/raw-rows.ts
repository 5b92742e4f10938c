/**
 * Rows of a raw page as `ncu` prints them: every cell quoted, nearly every one a short number. Numbers are read where they stand, because
 * a page has millions of them and a string each is what costs. A row of any other shape is left to the general reader.
 */
import { powersOfTen } from '#base/powers-of-ten.ts'
import type { CommaMeaning } from './cell-number.ts'
import type { Codes, PageText } from './page-text.ts'

const QUOTE = 34
const NEWLINE = 10
const RETURN = 13
const COMMA = 44
const MINUS = 45
const POINT = 46

/** Digits that a double holds exactly, so that one division is correctly rounded (Clinger's fast path). */
const EXACT_DIGITS = 15
/** Digits that an integer of 32 bits holds. */
const HIGH_DIGITS = 9
/** No character less 48. */
const NO_CODE = -1000
/** Closing quote, delimiter, opening quote. */
const BETWEEN = 3

export class RawRows {
  /** Per cell its number; NaN where it is none that this reader knows: then the text must be looked at. */
  readonly numbers: Float64Array
  /** Behind the row just read. */
  at = 0
  readonly #page: PageText
  readonly #codes: Codes
  /** Where the text of each cell begins, behind its quote; of one more that would follow the last. */
  readonly #from: Int32Array
  readonly #delimiter: number
  readonly #groups: boolean

  constructor(page: PageText, cells: number, delimiter: string, commas: CommaMeaning) {
    this.#page = page
    this.#codes = page.codes
    this.#delimiter = delimiter.charCodeAt(0)
    this.#groups = commas === 'grouping'
    this.#from = new Int32Array(cells + 1)
    this.numbers = new Float64Array(cells)
  }

  from(cell: number): number {
    return this.#from[cell] ?? 0
  }

  /** Behind the text of the cell: its closing quote. */
  to(cell: number): number {
    return (this.#from[cell + 1] ?? 0) - BETWEEN
  }

  text(cell: number): string {
    return this.#page.slice(this.from(cell), this.to(cell))
  }

  /**
   * Reads the row at `start`; false where it is not of the plain shape, or has another number of cells. One loop over all cells, with the
   * plainest number in it: a call for each is what costs.
   */
  read(start: number): boolean {
    const codes = this.#codes
    const { length } = codes
    const from = this.#from
    const { numbers } = this
    const delimiter = this.#delimiter
    const point = this.#groups ? POINT - 48 : NO_CODE
    const last = numbers.length - 1
    let at = start
    for (let cell = 0; cell <= last; cell++) {
      if (at >= length || codes[at] !== QUOTE) return false
      const first = ++at
      from[cell] = first
      // Gathered in 32 bits: doubles are slower. What has too many digits runs over, and is read again below.
      let mantissa = 0
      let digit = (codes[at] as number) - 48
      for (; digit >= 0 && digit <= 9; digit = (codes[++at] as number) - 48) mantissa = (Math.imul(mantissa, 10) + digit) | 0
      let digits = at - first
      let behind = 0
      if (digit === point && digits > 0) {
        const after = ++at
        digit = (codes[at] as number) - 48
        for (; digit >= 0 && digit <= 9; digit = (codes[++at] as number) - 48) mantissa = (Math.imul(mantissa, 10) + digit) | 0
        behind = at - after
        digits += behind
      }
      if (digit === QUOTE - 48 && digits > 0 && digits <= HIGH_DIGITS)
        numbers[cell] = behind > 0 ? mantissa / (powersOfTen[behind] as number) : mantissa
      else at = this.#anyCell(cell, first)
      at++
      // A doubled quote, or a text behind the closing one; the end of the page closes a last cell too.
      const code = at < length ? codes[at] : NEWLINE
      if (cell < last ? code !== delimiter : code !== NEWLINE && code !== RETURN) return false
      if (cell < last) at++
    }
    from[last + 1] = at - 1 + BETWEEN
    while (at < length && (codes[at] === NEWLINE || codes[at] === RETURN)) at++
    this.at = at
    return true
  }

  /** From behind the opening quote to the closing one, whatever stands between. */
  #anyCell(cell: number, start: number): number {
    const codes = this.#codes
    const groups = this.#groups
    let at = start
    let code = codes[at] as number
    const isNegative = code === MINUS
    if (isNegative) code = codes[++at] as number
    const digitsAt = at
    let high = 0
    let low = 0
    let digits = 0
    let point = -1
    for (; ; code = codes[++at] as number) {
      if (code >= 48 && code <= 57) {
        if (digits < HIGH_DIGITS) high = (Math.imul(high, 10) + code - 48) | 0
        else low = (Math.imul(low, 10) + code - 48) | 0
        digits++
      } else if (code === POINT && point < 0) point = digits
      else if (!(code === COMMA && groups && point < 0 && at > digitsAt)) break
    }
    // Where commas are decimal signs a point separates thousands.
    const isPlain = groups || point < 0
    const isNumber = code === QUOTE && isPlain && digits > 0 && digits <= EXACT_DIGITS && codes[at - 1] !== COMMA
    if (isNumber) {
      const mantissa = digits > HIGH_DIGITS ? high * (powersOfTen[digits - HIGH_DIGITS] as number) + low : high
      const value = point >= 0 && point < digits ? mantissa / (powersOfTen[digits - point] as number) : mantissa // at most EXACT_DIGITS
      this.numbers[cell] = isNegative ? -value : value
      return at
    }
    this.numbers[cell] = Number.NaN
    while (at < codes.length && codes[at] !== QUOTE) at++
    return at
  }
}
