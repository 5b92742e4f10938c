/** What was rendered, for a person. */
import type { RenderOptions } from '#commands/define-command.ts'
import type { ReportRender } from '#formats/report.ts'
import { table } from './table.ts'

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`

export function reportText({ id, kind, status, html, pdf, written, dryRun, notes, next }: ReportRender, size: RenderOptions): string {
  const partial = new Map(status.partial_pages.map(({ page, reason }) => [page, reason]))
  const rows = [
    ...status.rendered_pages.map((page) => [page, partial.has(page) ? 'partial' : 'whole', partial.get(page) ?? '']),
    ...status.omitted_pages.map(({ page, reason }) => [page, 'absent', reason]),
  ]
  const made = [
    ...(html === undefined ? [] : [`HTML ${kilobytes(html.bytes)}, ${html.figures} charts`]),
    ...(pdf === undefined
      ? []
      : [
          `PDF ${kilobytes(pdf.bytes)}, ${pdf.pages} pages, ${pdf.cells_compared} cells (${pdf.numbers_compared} numbers) read back and equal`,
        ]),
  ]
  return [
    `Report of the ${kind} ${id}: rigor ${status.sol_rigor}, ${status.dcgm_grounded ? 'grounded in DCGM' : 'not grounded in DCGM'}\n`,
    `${made.join('; ')}\n`,
    dryRun ? 'Nothing was written (rehearsal).\n' : `Written: ${written.join(', ')}\n`,
    `\n${table([{ title: 'page' }, { title: 'state' }, { title: 'why', shrinks: true }], rows, { ...size, rows: Number.POSITIVE_INFINITY })}`,
    notes.length === 0 ? '' : `\n${notes.map((note) => `note: ${note}\n`).join('')}`,
    `\nNext: ${next.lever}\n  unlocks: ${next.expectedUnlock}\n  proven by: ${next.gate}\n`,
  ].join('')
}
