/** Opens a rendered PDF again and holds it against the report: pages, fonts, and every cell of every table, numbers by value. */
import type { Report } from '#formats/report.ts'
import { readPdf } from './read-pdf.ts'
import { tablesOf } from './render-pdf.ts'
import { printedRows } from './table-writer.ts'
import { TypeSetter } from './type-setter.ts'

/** facts/formats.md section 11: a PDF below this is an empty one. */
const LEAST_BYTES = 10_000

export interface CheckedPdf {
  readonly pages: number
  readonly cells: number
  readonly numbers: number
}

/** Throws where the file lacks or alters anything: that is a bug, and the file must not be kept. */
export function checkPdf(bytes: Uint8Array, report: Report, fonts: string): CheckedPdf {
  if (bytes.length < LEAST_BYTES) throw new Error(`the PDF has ${bytes.length} bytes: below ${LEAST_BYTES} it holds nothing`)
  const { pages, fontsEmbedded } = readPdf(bytes)
  // A cover, a page at least for each page, and the coverage.
  if (pages.length < report.pages.length + 2) throw new Error(`the PDF has ${pages.length} pages for ${report.pages.length} of the report`)
  if (!fontsEmbedded) throw new Error('a font of the PDF is not embedded')
  const whole = pages.join('')
  const type = new TypeSetter(fonts)
  let [at, cells, numbers] = [0, 0, 0]
  for (const table of tablesOf(report)) {
    for (const [index, printed] of printedRows(table, (text) => type.clean(text)).entries()) {
      for (const [place, text] of printed.entries()) {
        const sought = text.replaceAll(/\s+/g, '')
        const found = whole.indexOf(sought, at)
        if (found < 0) throw new Error(`the PDF lacks “${text}” of the table “${table.title}”`)
        at = found + sought.length
        cells += 1
        const value = table.rows[index]?.[place]
        if (typeof value !== 'number') continue
        compareNumber(Number(whole.slice(found, at)), value, table.columns[place]?.digits ?? 4, table.title)
        numbers += 1
      }
    }
  }
  return { pages: pages.length, cells, numbers }
}

/** Half a unit of the last digit that is printed. */
function compareNumber(read: number, value: number, digits: number, where: string): void {
  const tolerance = value === 0 ? 0 : 0.5000001 * 10 ** (Math.floor(Math.log10(Math.abs(value))) + 1 - digits)
  if (!(Math.abs(read - value) <= tolerance)) throw new Error(`the PDF says ${read} for ${value} in “${where}”`)
}
