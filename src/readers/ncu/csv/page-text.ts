/**
 * The text of a page: its characters as numbers, by position, and as text as far as that is asked for. Of a page of plain rows only the
 * beginning is: to decode all of it takes as long as to read its numbers, and as much memory again.
 */
import { isAscii } from 'node:buffer'

/** More than a header with its units and the rows that show what a comma means: 20 000 cells have 250 kB. */
const BEGINNING = 1 << 20

/** A loop over numbers is faster than over the characters of a text. Two bytes for each where any is not ASCII. */
export type Codes = Uint8Array | Uint16Array

export class PageText {
  readonly codes: Codes
  /** From the beginning on; all of it once `decodeAll` was called. Positions stay what they are. */
  text: string
  /** Present where bytes are characters. */
  readonly #ascii: Buffer | undefined

  /** UTF-8; UTF-16 with a byte-order mark, as spreadsheets and PowerShell write it. */
  constructor(bytes: Uint8Array, beginning = BEGINNING) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (isAscii(bytes)) {
      this.#ascii = buffer
      this.codes = buffer
      this.text = buffer.toString('latin1', 0, beginning)
      return
    }
    this.text = new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes)
    const wide = Buffer.from(this.text, 'utf16le')
    this.codes = new Uint16Array(wide.buffer.slice(wide.byteOffset, wide.byteOffset + wide.length))
  }

  /** In characters. */
  get length(): number {
    return this.codes.length
  }

  get isWhole(): boolean {
    return this.text.length === this.codes.length
  }

  decodeAll(): void {
    if (this.#ascii !== undefined && !this.isWhole) this.text = this.#ascii.toString('latin1')
  }

  slice(from: number, to: number): string {
    return to <= this.text.length || this.#ascii === undefined ? this.text.slice(from, to) : this.#ascii.toString('latin1', from, to)
  }
}
