/**
 * Rows of a raw page as `ncu` prints them: every cell quoted, nearly every one a short number. Numbers are read where they stand, because
 * a page has millions of them and a string each is what costs. A row of any other shape is left to the general reader.
 */
import { isAscii } from 'node:buffer'
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
/** Digits that an integer of 32 bits holds. */
const HIGH_DIGITS = 9

/** Characters by their position in the text, as numbers: a loop over them is faster than over the text. */
export type Codes = Uint8Array | Uint16Array

/** A character that is not ASCII takes two bytes, and then all do. */
export function codesOf(text: string, bytes: Uint8Array): Codes {
  if (bytes.length === text.length && isAscii(bytes)) return bytes
  const wide = Buffer.from(text, 'utf16le')
  return new Uint16Array(wide.buffer.slice(wide.byteOffset, wide.byteOffset + wide.length))
}

export class RawRows {
  /** Per cell: where its text begins and ends, without quotes. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Per cell its number; NaN where it is none that this reader knows: then the text must be looked at. */
  readonly numbers: Float64Array
  /** Behind the row just read. */
  at = 0
  readonly #text: string
  readonly #codes: Codes
  readonly #delimiter: number
  readonly #groups: boolean

  /** `codes` of the same text. */
  constructor(text: string, codes: Codes, cells: number, delimiter: string, commas: CommaMeaning) {
    this.#text = text
    this.#codes = codes
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
    const codes = this.#codes
    const last = this.from.length - 1
    let at = start
    for (let cell = 0; cell <= last; cell++) {
      if (codes[at] !== QUOTE) return false
      at = this.#cell(cell, at + 1)
      // A doubled quote, or a text behind the closing one.
      const code = codes[at]
      if (cell < last ? code !== this.#delimiter : at < codes.length && code !== NEWLINE && code !== RETURN) return false
      if (cell < last) at++
    }
    while (codes[at] === NEWLINE || codes[at] === RETURN) at++
    this.at = at
    return true
  }

  /** From behind the opening quote to behind the closing one. Digits are gathered in two integers of 32 bits: doubles are slower. */
  #cell(cell: number, start: number): number {
    const codes = this.#codes
    let at = start
    let short = 0
    let most = start + HIGH_DIGITS
    let digit = (codes[at] as number) - 48
    for (; digit >= 0 && digit <= 9 && at < most; digit = (codes[++at] as number) - 48) short = (Math.imul(short, 10) + digit) | 0
    let behind = 0
    if (digit === POINT - 48 && this.#groups && at > start) {
      const point = at++
      most++
      digit = (codes[at] as number) - 48
      for (; digit >= 0 && digit <= 9 && at < most; digit = (codes[++at] as number) - 48) short = (Math.imul(short, 10) + digit) | 0
      behind = at - point - 1
    }
    // A few digits, as nearly all are.
    if (codes[at] !== QUOTE || at === start) return this.#anyCell(cell, start)
    this.from[cell] = start
    this.to[cell] = at
    this.numbers[cell] = behind > 0 ? short / (powers[behind] as number) : short // at most nine
    return at + 1
  }

  /** The same of any cell. */
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
    this.from[cell] = start
    // Where commas are decimal signs a point separates thousands.
    const isPlain = groups || point < 0
    const isNumber = code === QUOTE && isPlain && digits > 0 && digits <= EXACT_DIGITS && codes[at - 1] !== COMMA
    if (isNumber) {
      const mantissa = digits > HIGH_DIGITS ? high * (powers[digits - HIGH_DIGITS] as number) + low : high
      const value = point >= 0 && point < digits ? mantissa / (powers[digits - point] as number) : mantissa // at most EXACT_DIGITS
      this.numbers[cell] = isNegative ? -value : value
      this.to[cell] = at
      return at + 1
    }
    this.numbers[cell] = Number.NaN
    while (at < codes.length && codes[at] !== QUOTE) at++
    this.to[cell] = at
    return at < codes.length ? at + 1 : at
  }
}
