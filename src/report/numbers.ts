/** A cell of a table as it is printed, in HTML and PDF alike. */
import type { ReportCell, ReportColumn } from '#formats/report.ts'
import { printable } from '#platform/printable.ts'

export const NOT_MEASURED = 'not measured'

/** What is printed for the value, without exponent where a person reads it; reading it back gives the value to those digits. */
export function shownCell(cell: ReportCell, column: ReportColumn): string {
  if (cell === null) return column.kind === 'number' ? '–' : NOT_MEASURED
  if (typeof cell === 'number') return String(Number(cell.toPrecision(column.digits ?? 4)))
  return oneLine(cell)
}

/** Names come from strangers: controls and marks that reorder text become U+FFFD, a name never spans lines. */
export const oneLine = (text: string): string => (/^[ -~]*$/.test(text) ? text : printable(text.replaceAll(/[\r\n\t\u2028\u2029]+/g, ' ')))

export const headOf = ({ title, unit }: ReportColumn): string => oneLine(unit === undefined ? title : `${title} (${unit})`)
