/** The header line of a page, and where in the text it stands. */
import type { PageText } from './page-text.ts'
import { CsvRecords } from './records.ts'

/** Cells that name or place a launch; every other column of a raw page is a metric. */
export const launchColumns = [
  'ID',
  'Process ID',
  'Process Name',
  'Host Name',
  'Kernel Name',
  'Kernel Time',
  'Context',
  'Stream',
  'Block Size',
  'Grid Size',
  'Device',
  'CC',
] as const
export type LaunchColumn = (typeof launchColumns)[number]

export const detailColumns = [
  'Section Name',
  'Metric Name',
  'Metric Unit',
  'Metric Value',
  'Rule Name',
  'Rule Type',
  'Rule Description',
  'Estimated Speedup Type',
  'Estimated Speedup',
] as const
export type DetailColumn = (typeof detailColumns)[number]

const headerLine = /^\ufeff?("?)ID\1([,;\t])\1(?:Process ID|Process Name|Kernel Name)\1[,;\t]/gm

export interface Header {
  readonly page: 'raw' | 'details'
  readonly names: readonly string[]
  readonly delimiter: string
  readonly quoted: boolean
  /** Where the line begins. */
  readonly start: number
}

/** The first header at or behind `from`. */
export function findHeader(page: PageText, from = 0): Header | undefined {
  const found = from < page.text.length ? findInText(page, from) : undefined
  if (found !== undefined || page.isWhole) return found
  page.decodeAll()
  return findInText(page, from)
}

function findInText(page: PageText, from: number): Header | undefined {
  const { text } = page
  headerLine.lastIndex = from
  for (let match = headerLine.exec(text); match !== null; match = headerLine.exec(text)) {
    const start = match.index + (match[0].startsWith('\ufeff') ? 1 : 0)
    const delimiter = match[2] ?? ','
    const quoted = match[1] === '"'
    const records = new CsvRecords(page, start, delimiter, quoted)
    records.next()
    const names = records.cells.map((cell) => cell.trim())
    const kind = pageOf(names)
    if (kind !== undefined) return { page: kind, names, delimiter, quoted, start }
  }
  return undefined
}

/** Counters are spelled `unit__counter`; a page without any is another tool's. */
function pageOf(names: readonly string[]): Header['page'] | undefined {
  if (!names.includes('Kernel Name')) return undefined
  if (names.includes('Metric Name') && names.includes('Metric Value')) return 'details'
  return names.some((name) => /^[a-z0-9_]+__\w+/.test(name)) ? 'raw' : undefined
}

/** Is this record the header again? Logs of several runs have one for each. */
export function isHeader(cells: readonly string[]): boolean {
  return cells[0] === 'ID' && cells.includes('Kernel Name')
}
