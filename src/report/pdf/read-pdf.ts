/**
 * Reads back a PDF that `renderPdf` wrote: its pages and their text in the order of drawing. Only what PDFKit writes is understood (classic
 * cross references, Flate streams, Type 0 fonts with a ToUnicode map); anything else throws, and then the file is not kept.
 */
import { inflateSync } from 'node:zlib'

export interface ReadPdf {
  /** Text of each page, spaces dropped: a broken line has none at its end. */
  readonly pages: readonly string[]
  readonly fontsEmbedded: boolean
}

class PdfFile {
  readonly #bytes: Buffer
  readonly #text: string
  readonly #offsets = new Map<number, number>()

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#text = this.#bytes.toString('latin1')
    const start = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(this.#text)?.[1]
    if (start === undefined || !this.#text.startsWith('%PDF-')) throw new Error('no whole PDF')
    const table = /^xref\s+0 (\d+)\s+/.exec(this.#text.slice(Number(start), Number(start) + 60))
    if (table === null) throw new Error('no cross reference table')
    let at = Number(start) + table[0].length
    for (let object = 0; object < Number(table[1]); object += 1, at += 20) this.#offsets.set(object, Number(this.#text.slice(at, at + 10)))
    this.trailer = this.#text.slice(at, at + 400)
  }

  readonly trailer: string

  /** The dictionary of an object as text; of a stream without its bytes. */
  dictionary(object: number): string {
    const at = this.#at(object)
    const stream = this.#text.indexOf('stream', at)
    const end = this.#text.indexOf('endobj', at)
    return this.#text.slice(at, stream >= 0 && stream < end ? stream : end)
  }

  stream(object: number): string {
    const dictionary = this.dictionary(object)
    const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1])
    const from = this.#at(object) + dictionary.length + 'stream\n'.length
    const bytes = this.#bytes.subarray(from, from + length)
    return (dictionary.includes('/FlateDecode') ? inflateSync(bytes) : bytes).toString('latin1')
  }

  #at(object: number): number {
    const at = this.#offsets.get(object)
    if (at === undefined || !this.#text.startsWith(`${object} 0 obj`, at)) throw new Error(`no object ${object}`)
    return at
  }
}

const reference = (dictionary: string, key: string): number => {
  const found = new RegExp(`/${key} (\\d+) 0 R`).exec(dictionary)?.[1]
  if (found === undefined) throw new Error(`no /${key}`)
  return Number(found)
}

const fromHex = (hex: string): string =>
  (hex.replaceAll(/\s+/g, '').match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('')

/** Glyph of the subset -> text. */
function glyphTexts(map: string): Map<number, string> {
  const texts = new Map<number, string>()
  for (const [, from, , list] of map.matchAll(/<([0-9a-f]{4})>\s*<([0-9a-f]{4})>\s*\[([^\]]*)\]/gi)) {
    let glyph = Number.parseInt(from ?? '', 16)
    for (const [, hex] of (list ?? '').matchAll(/<([0-9a-f\s]*)>/gi)) {
      texts.set(glyph, fromHex(hex ?? ''))
      glyph += 1
    }
  }
  return texts
}

function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  const parts: string[] = []
  let font: ReadonlyMap<number, string> | undefined
  for (const [, name, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\]\s*TJ/g)) {
    if (name !== undefined) font = fonts.get(name)
    if (glyphs === undefined) continue
    // Between < and > four digits are a glyph; what stands outside are kerning distances.
    for (let open = glyphs.indexOf('<'); open >= 0; ) {
      const close = glyphs.indexOf('>', open)
      for (let at = open + 1; at + 4 <= close; at += 4) {
        const text = font?.get(Number.parseInt(glyphs.slice(at, at + 4), 16))
        if (text === undefined) throw new Error('a glyph without text')
        parts.push(text)
      }
      open = close < 0 ? -1 : glyphs.indexOf('<', close)
    }
  }
  return parts.join('').replaceAll(/\s+/g, '')
}

/** Throws where the bytes are no whole PDF of ours. */
export function readPdf(bytes: Uint8Array): ReadPdf {
  const file = new PdfFile(bytes)
  const tree = file.dictionary(reference(file.dictionary(reference(file.trailer, 'Root')), 'Pages'))
  const kids = [...(/\/Kids \[([^\]]*)\]/.exec(tree)?.[1] ?? '').matchAll(/(\d+) 0 R/g)].map(([, object]) => Number(object))
  if (kids.length !== Number(/\/Count (\d+)/.exec(tree)?.[1])) throw new Error('the page tree does not count its pages')
  const known = new Map<number, Map<number, string>>()
  let fontsEmbedded = true
  const pages = kids.map((object) => {
    const page = file.dictionary(object)
    const fonts = new Map<string, ReadonlyMap<number, string>>()
    const resources = file.dictionary(reference(page, 'Resources'))
    for (const [, name, font] of resources.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const number = Number(font)
      const dictionary = file.dictionary(number)
      if (!known.has(number)) known.set(number, glyphTexts(file.stream(reference(dictionary, 'ToUnicode'))))
      fonts.set(name ?? '', known.get(number) ?? new Map())
      const descendant = Number(/\/DescendantFonts \[(\d+) 0 R\]/.exec(dictionary)?.[1])
      fontsEmbedded &&= /\/FontFile\d? \d+ 0 R/.test(file.dictionary(reference(file.dictionary(descendant), 'FontDescriptor')))
    }
    return textOf(file.stream(reference(page, 'Contents')), fonts)
  })
  return { pages, fontsEmbedded }
}
