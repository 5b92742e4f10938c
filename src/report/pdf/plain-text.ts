/**
 * Runs of plain letters, one glyph each, written into the page without PDFKit's layout of every string: a report of many cells is mostly
 * short numbers, and laying them out takes half of its time. What needs shaping (marks that combine, scripts that join) stays with PDFKit.
 */
import type { Face } from './type-setter.ts'

/** What PDFKit's document has and its types do not say. */
interface Internals {
  readonly page: { readonly fonts: Record<string, unknown> }
  readonly _font: {
    readonly id: string
    readonly ascender: number
    encode(text: string): readonly [readonly string[], unknown]
    ref(): unknown
  }
  font(face: string): unknown
  addContent(content: string): unknown
}

interface PlainFont {
  readonly id: string
  /** Of a thousand: what lies above the baseline. */
  readonly ascender: number
  readonly reference: () => unknown
  readonly encode: (letter: string) => string
  readonly glyphs: Map<string, string>
}

/** Latin letters, punctuation, arrows and signs: a glyph for a letter, left to right. */
const plain = /^[ -~\u00a1-\u024f\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u22ff]*$/u

const hundredths = (value: number): number => Math.round(value * 100) / 100

export class PlainText {
  readonly #document: Internals
  readonly #fonts = new Map<Face, PlainFont>()
  #pending: string[] = []
  #font = ''
  /** Where the last run began, as it was written. */
  #x = 0
  #y = 0

  constructor(document: PDFKit.PDFDocument) {
    this.#document = document as unknown as Internals
  }

  /** False where the text needs shaping: nothing was written then. `y` is its top. Needs `flush` before anything else is drawn. */
  write(text: string, x: number, y: number, size: number, face: Face): boolean {
    if (!plain.test(text)) return false
    const font = this.#fonts.get(face) ?? this.#load(face)
    const setting = `/${font.id} ${size} Tf`
    if (setting !== this.#font) {
      // A page names the fonts that it uses.
      this.#document.page.fonts[font.id] ??= font.reference()
      this.#pending.push(setting)
      this.#font = setting
    }
    let glyphs = ''
    for (const letter of text) glyphs += font.glyphs.get(letter) ?? this.#encode(font, letter)
    this.#move(hundredths(x), hundredths(y + (font.ascender / 1000) * size))
    this.#pending.push(`[<${glyphs}>] TJ`)
    return true
  }

  /** The page is upside down (its origin at the top): the first run turns letters upright again, the others are placed from the one before. */
  #move(x: number, y: number): void {
    const isFirst = this.#pending.length < 2
    this.#pending.push(isFirst ? `1 0 0 -1 ${x} ${y} Tm` : `${hundredths(x - this.#x)} ${hundredths(this.#y - y)} Td`)
    this.#x = x
    this.#y = y
  }

  /** Puts what is pending on the page as one text object. */
  flush(): void {
    if (this.#pending.length > 0) this.#document.addContent(`BT\n${this.#pending.join('\n')}\nET`)
    this.#pending = []
    this.#font = ''
  }

  #encode(font: PlainFont, letter: string): string {
    const glyph = font.encode(letter)
    font.glyphs.set(letter, glyph)
    return glyph
  }

  #load(face: Face): PlainFont {
    this.#document.font(face)
    const { _font: font } = this.#document
    const made: PlainFont = {
      id: font.id,
      ascender: font.ascender,
      reference: () => font.ref(),
      encode: (letter) => font.encode(letter)[0].join(''),
      glyphs: new Map(),
    }
    this.#fonts.set(face, made)
    return made
  }
}
