/** A report as PDF: vector charts, embedded fonts, and the same tables as the HTML. */
import type { Report, ReportPage, ReportTable } from '#formats/report.ts'
import { drawPieces } from '#report/figures/draw-figure.ts'
import { coverageTable, factsOf, sourceTable } from '#report/report-tables.ts'
import { CONTENT_WIDTH, PAGE, PageWriter } from './page-writer.ts'
import { writeTable } from './table-writer.ts'
import { TypeSetter } from './type-setter.ts'

/** Rows of bars that one page holds below its heading. */
const ROWS_A_PIECE = 11
/** Heat rows are taller. */
const HEAT_ROWS_A_PIECE = 8

/** Every table of a report in the order of the file. */
export const tablesOf = (report: Report): readonly ReportTable[] => [
  ...report.pages.flatMap(({ tables }) => tables),
  coverageTable(report.coverage),
  report.cells,
  sourceTable(report),
]

function list(writer: PageWriter, items: readonly string[]): void {
  for (const item of items) writer.paragraph(`• ${item}`, 8, 'regular', 'soft', 6)
}

function writePage(writer: PageWriter, page: ReportPage): void {
  writer.newPage()
  writer.bookmark(page.title)
  writer.paragraph(page.number === undefined ? page.title : `${page.title} (page ${page.number})`, 16, 'bold')
  writer.paragraph(page.lead, 10.5)
  if (page.missing.length > 0)
    list(
      writer,
      page.missing.map((each) => `Not complete: ${each}`),
    )
  writer.y += 6
  for (const figure of page.figures) {
    const most = figure.kind === 'heat' ? HEAT_ROWS_A_PIECE : ROWS_A_PIECE
    for (const [index, drawing] of drawPieces(figure, figure.kind === 'scatter' ? 640 : CONTENT_WIDTH, most).entries()) {
      writer.room(drawing.height + 24)
      writer.paragraph(index === 0 ? figure.title : `${figure.title}, continued`, 9.5, 'bold')
      writer.y += 3
      writer.drawing(drawing)
    }
  }
  for (const table of page.tables) writeTable(writer, table)
  writer.room(40)
  writer.paragraph('How each number was made', 9, 'bold')
  list(writer, [...page.how, ...page.notes])
}

/** @param fonts folder of the shipped fonts. */
export async function renderPdf(report: Report, fonts: string): Promise<Uint8Array> {
  const writer = new PageWriter(new TypeSetter(fonts), report.title)
  writer.newPage()
  writer.paragraph(report.title, 20, 'bold')
  if (report.question !== undefined) writer.paragraph(report.question, 12)
  writer.y += 6
  for (const [key, value] of factsOf(report)) writer.paragraph(`${key}: ${value}`, 10)
  writer.y += 8
  for (const { title, lead, number } of report.pages) {
    writer.paragraph(number === undefined ? title : `${title} (page ${number})`, 10, 'bold')
    writer.paragraph(lead, 9, 'regular', 'soft', 10)
  }
  for (const page of report.pages) writePage(writer, page)
  writer.newPage()
  writer.bookmark('Coverage')
  writer.paragraph('Coverage', 16, 'bold')
  writer.paragraph('What was measured, what is shown, and why the rest is not.', 10.5)
  writer.y = Math.max(writer.y, PAGE.margin)
  for (const table of [coverageTable(report.coverage), report.cells, sourceTable(report)]) writeTable(writer, table)
  list(writer, report.notes)
  return writer.end()
}
