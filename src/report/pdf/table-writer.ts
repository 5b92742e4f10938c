/** A table over pages: its head again on each, a row never parted. */
import type { ReportTable } from '#formats/report.ts'
import { headOf, shownCell } from '#report/numbers.ts'
import { CONTENT_WIDTH, PAGE, type PageWriter } from './page-writer.ts'

const SIZE = 7.5
const LINE = SIZE * 1.3
const PAD = 4
/** Widest a column of text grows before its text is broken, and narrowest it shrinks. */
const MOST = 260
const LEAST = 44

/** What is printed for each cell, in the order of the table: what the file is compared with. */
export const printedRows = (table: ReportTable, clean: (text: string) => string): string[][] =>
  table.rows.map((row) => table.columns.map((column, index) => clean(shownCell(row[index] ?? null, column))))

/** As wide as their widest text where that fits, else wide texts give room in proportion. */
function widthsOf(writer: PageWriter, table: ReportTable, heads: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const wanted = heads.map((head, index) => {
    const isNumber = table.columns[index]?.kind === 'number'
    const words = head.split(' ').map((word) => writer.type.width(word, 'bold', SIZE))
    let widest = Math.max(...words)
    for (const row of rows) widest = Math.max(widest, writer.type.width(row[index] ?? '', 'regular', SIZE))
    return { isNumber, width: (isNumber ? widest : Math.min(MOST, widest)) + 2 * PAD }
  })
  const total = wanted.reduce((sum, { width }) => sum + width, 0)
  if (total <= CONTENT_WIDTH) return wanted.map(({ width }) => width)
  const scaled = shrunk(wanted)
  // The least widths may have taken more than there is: then all shrink alike.
  const sum = scaled.reduce((a, b) => a + b, 0)
  return sum <= CONTENT_WIDTH ? scaled : scaled.map((width) => (width / sum) * CONTENT_WIDTH)
}

/** Numbers are never broken: texts share what they leave, in proportion, none below its least (what that takes, the wider ones give). */
function shrunk(wanted: readonly { readonly isNumber: boolean; readonly width: number }[]): number[] {
  const least = (index: number): number => Math.min(wanted[index]?.width ?? 0, LEAST)
  const pinned = new Set(wanted.flatMap(({ isNumber }, index) => (isNumber ? [index] : [])))
  for (;;) {
    let spare = CONTENT_WIDTH
    let flexible = 0
    for (const [index, { isNumber, width }] of wanted.entries()) {
      if (pinned.has(index)) spare -= isNumber ? width : least(index)
      else flexible += width
    }
    const share = (width: number): number => (width / flexible) * Math.max(spare, 0)
    const tooNarrow = wanted.flatMap(({ width }, index) => (!pinned.has(index) && share(width) < least(index) ? [index] : []))
    if (tooNarrow.length === 0)
      return wanted.map(({ isNumber, width }, index) => (pinned.has(index) ? (isNumber ? width : least(index)) : share(width)))
    for (const index of tooNarrow) pinned.add(index)
  }
}

export function writeTable(writer: PageWriter, table: ReportTable): void {
  const clean = (text: string): string => writer.type.clean(text)
  const heads = table.columns.map((column) => clean(headOf(column)))
  const rows = printedRows(table, clean)
  const widths = widthsOf(writer, table, heads, rows)
  const headLines = heads.map((head, index) => writer.type.lines(head, 'bold', SIZE, (widths[index] ?? LEAST) - 2 * PAD))
  const headHeight = Math.max(...headLines.map(({ length }) => length)) * LINE + 5

  function cells(lines: readonly (readonly string[])[], face: 'regular' | 'bold'): void {
    let x = PAGE.margin
    for (const [index, cell] of lines.entries()) {
      const width = widths[index] ?? LEAST
      for (const [line, text] of cell.entries()) {
        const left = table.columns[index]?.kind === 'number' ? x + width - PAD - writer.type.width(text, face, SIZE) : x + PAD
        writer.text(text, left, writer.y + 2.5 + line * LINE, SIZE, face)
      }
      x += width
    }
  }
  function head(): void {
    writer.box(PAGE.margin, writer.y, CONTENT_WIDTH, headHeight, '#f0f2f5')
    cells(headLines, 'bold')
    writer.y += headHeight
  }

  writer.room(headHeight + 4 * LINE + 16)
  writer.paragraph(table.title, 9, 'bold')
  head()
  for (const row of rows) {
    const lines = row.map((cell, index) => writer.type.lines(cell, 'regular', SIZE, (widths[index] ?? LEAST) - 2 * PAD))
    const height = Math.max(...lines.map(({ length }) => length)) * LINE + 5
    if (writer.room(height)) head()
    cells(lines, 'regular')
    writer.y += height
    writer.rule(writer.y)
  }
  writer.y += 4
  if (table.note !== undefined) writer.paragraph(table.note, 7.5, 'regular', 'soft')
  writer.y += 8
}
