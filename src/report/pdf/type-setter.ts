/** Text in the two embedded fonts: what each letter measures, lines that fit a width, letters that the font lacks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { create, type Font } from 'fontkit'
import { oneLine } from '#report/numbers.ts'

export type Face = 'regular' | 'bold'

interface Measured {
  readonly bytes: Buffer
  readonly font: Font
  readonly advances: Map<number, number>
  /** The same of the first 256 letters: most of a report. NaN where not asked for yet. */
  readonly latin: Float64Array
  readonly unitsPerEm: number
}

function measureLetter({ font, advances, latin }: Measured, code: number): number {
  const advance = font.glyphForCodePoint(code).advanceWidth
  if (code < latin.length) latin[code] = advance
  else advances.set(code, advance)
  return advance
}

/** A name of a stranger may be a megabyte; the JSON has it whole. */
const MOST_LETTERS = 400

export class TypeSetter {
  readonly #faces: Readonly<Record<Face, Measured>>
  readonly #cleaned = new Map<string, string>()

  /** @param fonts folder with DejaVuSans.ttf and DejaVuSans-Bold.ttf. */
  constructor(fonts: string) {
    const read = (name: string): Measured => {
      const bytes = readFileSync(join(fonts, name))
      const font = create(bytes) as Font
      return { bytes, font, advances: new Map(), latin: new Float64Array(256).fill(Number.NaN), unitsPerEm: font.unitsPerEm }
    }
    this.#faces = { regular: read('DejaVuSans.ttf'), bold: read('DejaVuSans-Bold.ttf') }
  }

  bytes(face: Face): Buffer {
    return this.#faces[face].bytes
  }

  /** One line without control characters; a letter that the font lacks as its code, so that nothing vanishes. */
  clean(text: string): string {
    const known = this.#cleaned.get(text)
    if (known !== undefined) return known
    const cleaned = this.#clean(text)
    // Names and words repeat over cells; numbers mostly do not, and are short.
    if (text.length > 3) this.#cleaned.set(text, cleaned)
    return cleaned
  }

  #clean(text: string): string {
    // Plain letters and digits need nothing: most cells of a table.
    if (/^[!-~]+(?: [!-~]+)*$/.test(text) && text.length <= MOST_LETTERS) return text
    const { font } = this.#faces.regular
    const letters = [...oneLine(text)]
    const kept = letters.length > MOST_LETTERS ? [...letters.slice(0, MOST_LETTERS - 1), '…'] : letters
    return kept
      .map((letter) => {
        const code = letter.codePointAt(0) ?? 0
        return code === 0xa0 ? ' ' : font.hasGlyphForCodePoint(code) ? letter : `\\u{${code.toString(16)}}`
      })
      .join('')
      .replaceAll(/ {2,}/g, ' ')
      .trim()
  }

  width(text: string, face: Face, size: number): number {
    const measured = this.#faces[face]
    let units = 0
    for (let index = 0; index < text.length; index += 1) {
      const code = text.codePointAt(index) ?? 0
      // A letter of two units counts once.
      if (code > 0xffff) index += 1
      const advance = code < 256 ? (measured.latin[code] ?? Number.NaN) : measured.advances.get(code)
      units += advance === undefined || Number.isNaN(advance) ? measureLetter(measured, code) : advance
    }
    return (units / measured.unitsPerEm) * size
  }

  /** Breaks at spaces, and inside a word only where it is wider than the line. `text` is clean. */
  lines(text: string, face: Face, size: number, width: number): string[] {
    if (this.width(text, face, size) <= width) return [text]
    const lines: string[] = []
    let line = ''
    for (const word of text.split(' ').flatMap((each) => this.#pieces(each, face, size, width))) {
      const longer = line === '' ? word.text : `${line}${word.glued ? '' : ' '}${word.text}`
      if (line !== '' && this.width(longer, face, size) > width) {
        lines.push(line)
        line = word.text
      } else line = longer
    }
    return line === '' && lines.length > 0 ? lines : [...lines, line]
  }

  #pieces(word: string, face: Face, size: number, width: number): { readonly text: string; readonly glued: boolean }[] {
    if (this.width(word, face, size) <= width) return [{ text: word, glued: false }]
    const pieces: { text: string; glued: boolean }[] = []
    let [piece, taken] = ['', 0]
    for (const letter of word) {
      const needed = this.width(letter, face, size)
      if (piece !== '' && taken + needed > width) {
        pieces.push({ text: piece, glued: pieces.length > 0 })
        piece = ''
        taken = 0
      }
      piece += letter
      taken += needed
    }
    return [...pieces, { text: piece, glued: pieces.length > 0 }]
  }
}
