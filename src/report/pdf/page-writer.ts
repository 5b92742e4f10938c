/** Puts lines, drawings and tables on pages from top to bottom and begins a new page where one is full. */
import PdfDocument from 'pdfkit'
import type { Drawing, Role, Shape } from '#report/drawing.ts'
import { PlainText } from './plain-text.ts'
import type { Face, TypeSetter } from './type-setter.ts'

/** A4 across, in points: tables of a report are wide. */
export const PAGE = { width: 841.89, height: 595.28, margin: 36 } as const
export const CONTENT_WIDTH = PAGE.width - 2 * PAGE.margin
const BOTTOM = PAGE.height - PAGE.margin - 14

export const colours: Readonly<Record<Role, string>> = {
  ink: '#1b1f24',
  soft: '#57606a',
  grid: '#d8dee4',
  paper: '#ffffff',
  series0: '#0b62b3',
  series1: '#b34700',
  series2: '#1a7f37',
  series3: '#8b3fa8',
  series4: '#a16207',
  series5: '#be185d',
  series6: '#0e7490',
  series7: '#525b66',
}

export class PageWriter {
  readonly type: TypeSetter
  readonly #document: PDFKit.PDFDocument
  readonly #plain: PlainText
  readonly #chunks: Buffer[] = []
  readonly #running: string
  /** What shapes are filled with now, where it is known. */
  #filled: Role | undefined
  /** Heights of rules that are not drawn yet: they touch no text, so a page has them in one stroke. */
  #rules: number[] = []
  y: number = PAGE.margin
  pages = 0

  constructor(type: TypeSetter, title: string) {
    this.type = type
    this.#running = type.clean(title)
    this.#document = new PdfDocument({
      size: [PAGE.width, PAGE.height],
      margin: 0,
      autoFirstPage: false,
      // None to begin with: a standard one is not embedded and has Latin-1 only, and a font opened twice is parsed again at every text.
      font: '',
      lang: 'en',
      displayTitle: true,
      // Equal reports are equal files: no clock.
      info: { Title: this.#running, Producer: 'Sextant', Creator: 'Sextant', CreationDate: new Date(0) },
    })
    this.#document.registerFont('regular', type.bytes('regular'))
    this.#document.registerFont('bold', type.bytes('bold'))
    this.#plain = new PlainText(this.#document)
    this.#document.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
  }

  /** Begins a page; its foot names the report and the page. */
  newPage(): void {
    if (this.pages > 0) this.#flush()
    this.#document.addPage()
    this.#filled = undefined
    this.pages += 1
    this.y = PAGE.margin
    this.text(this.#running, PAGE.margin, PAGE.height - PAGE.margin + 4, 7.5, 'regular', 'soft')
    const page = String(this.pages)
    this.text(page, PAGE.width - PAGE.margin - this.type.width(page, 'regular', 7.5), PAGE.height - PAGE.margin + 4, 7.5, 'regular', 'soft')
  }

  bookmark(title: string): void {
    this.#document.outline.addItem(this.type.clean(title))
  }

  /** True where a new page had to be begun. */
  room(height: number): boolean {
    if (this.y + height <= BOTTOM) return false
    this.newPage()
    return true
  }

  /** `text` is clean and one line; `y` is its top. */
  text(text: string, x: number, y: number, size: number, face: Face = 'regular', role: Role = 'ink'): void {
    if (text === '') return
    // A colour is an instruction of its own in the file: only where it changes.
    if (this.#filled !== role) {
      this.#plain.flush()
      this.#document.fillColor(colours[role], 1)
      this.#filled = role
    }
    if (this.#plain.write(text, x, y, size, face)) return
    this.#plain.flush()
    // The width is known here; PDFKit would lay the text out once more to learn it.
    const known = { lineBreak: false, textWidth: 0, wordCount: 1 }
    this.#document.font(face).fontSize(size).text(text, x, y, known)
  }

  /** A paragraph over the width of the page. */
  paragraph(text: string, size: number, face: Face = 'regular', role: Role = 'ink', indent = 0): void {
    for (const line of this.type.lines(this.type.clean(text), face, size, CONTENT_WIDTH - indent)) {
      this.room(size * 1.4)
      this.text(line, PAGE.margin + indent, this.y, size, face, role)
      this.y += size * 1.4
    }
  }

  /** A thin line over the width of the page. */
  rule(y: number): void {
    this.#rules.push(y)
  }

  /** What was kept to be written together. */
  #flush(): void {
    this.#plain.flush()
    if (this.#rules.length === 0) return
    for (const y of this.#rules) this.#document.moveTo(PAGE.margin, y).lineTo(PAGE.margin + CONTENT_WIDTH, y)
    this.#document.lineWidth(0.5).strokeColor(colours.grid).stroke()
    this.#rules = []
  }

  box(x: number, y: number, width: number, height: number, colour: string): void {
    this.#plain.flush()
    this.#document.rect(x, y, width, height).fillColor(colour, 1).fill()
    this.#filled = undefined
  }

  /** As large as it is drawn; the caller has made room. */
  drawing({ shapes, height }: Drawing): void {
    this.#flush()
    this.#document.save().translate(PAGE.margin, this.y)
    for (const shape of shapes) this.#shape(shape)
    this.#plain.flush()
    this.#document.restore()
    this.#filled = undefined
    this.y += height + 8
  }

  #shape(shape: Shape): void {
    const document = this.#document
    if (shape.kind !== 'text') {
      this.#plain.flush()
      this.#filled = undefined
    }
    if (shape.kind === 'line') {
      const [first, ...rest] = shape.points
      if (first === undefined) return
      document.moveTo(first[0], first[1])
      for (const [x, y] of rest) document.lineTo(x, y)
      if (shape.dashed === true) document.dash(5, { space: 4 })
      document.lineWidth(shape.width).strokeColor(colours[shape.role]).stroke().undash()
    } else if (shape.kind === 'rect') {
      document
        .rect(shape.x, shape.y, Math.max(shape.width, 0), shape.height)
        .fillColor(colours[shape.role], shape.opacity ?? 1)
        .fill()
    } else if (shape.kind === 'dots') {
      document.lineCap('round')
      for (const [x, y] of shape.points) document.moveTo(x, y).lineTo(x, y)
      document
        .lineWidth(shape.radius * 2)
        .strokeColor(colours[shape.role])
        .stroke()
        .lineCap('butt')
    } else if (shape.kind === 'dot') {
      document.circle(shape.x, shape.y, shape.radius)
      if (shape.hollow === true) document.lineWidth(2).fillAndStroke(colours.paper, colours[shape.role])
      else document.fillColor(colours[shape.role], 1).fill()
    } else {
      const text = this.type.clean(shape.text)
      const face: Face = shape.bold === true ? 'bold' : 'regular'
      const width = this.type.width(text, face, shape.size)
      const x = shape.anchor === 'start' ? shape.x : shape.anchor === 'end' ? shape.x - width : shape.x - width / 2
      // The top of a line lies 0.93 of the size above its baseline in this font.
      this.text(text, x, shape.y - shape.size * 0.93, shape.size, face, shape.role)
    }
  }

  async end(): Promise<Uint8Array> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#document.on('end', resolve)
      this.#document.on('error', reject)
    })
    this.#flush()
    this.#document.end()
    await ended
    return Buffer.concat(this.#chunks)
  }
}
