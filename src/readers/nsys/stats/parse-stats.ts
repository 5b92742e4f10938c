/**
 * `nsys stats` output -> reports: CSV or text, one report or a whole console log, every dialect of names.
 * nsys exits with 0 even for unknown, skipped and unreadable input, so only a header row counts as a report.
 * https://docs.nvidia.com/nsight-systems/UserGuide/index.html (Report Scripts). Not read: traces (one row per event).
 */
import type { StatisticsReport, StatisticsRow } from '#model/capture.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { cutAtRuler, rulerColumns, splitCsv } from './cells.ts'
import { canonicalReport } from './report-names.ts'
import { reportOfHeader, type StatisticsColumns, statisticsRow, summaryColumns } from './statistics-columns.ts'

export interface ParsedStats {
  readonly reports: readonly StatisticsReport[]
  readonly losses: LossCounter
}

const PROCESSING = /^\s*(?:Processing|Running) \[.*\] with \[(.*?)\]/
const TITLE = /^\s*\*\*\s.*\(([\w:]+)\):?\s*$/
const SKIPPED = /^\s*SKIPPED:\s*(.*)$/
const NOT_FOUND = /Report '?"?([^'"]+)'?"? could not be found/
const ERROR_LINE = /^\s*ERROR:\s*(.*)$/

/** First line of any known `nsys stats` CSV; also tells the delimiter, since spreadsheets save with `;` or tabs. */
const CSV_HEADER = /^\uFEFF?"?(?:Time ?\(%\)|Total \((?:B|KB|MB|GB)\)|Start(?: ?\(\w+\))?|API Start|PID|NVTX Range|Range|Name)"?([,;\t])/

export function csvDelimiter(line: string): string | undefined {
  return CSV_HEADER.exec(line)?.[1]
}

/** True where a text begins like `nsys stats` output. Looks at the first lines only. */
export function looksLikeStats(text: string): boolean {
  const lines = text.split(/\r?\n/, 200)
  return lines.some(
    (line, index) =>
      PROCESSING.test(line) ||
      /^\s*\*\* .*\(\w+_?sum(?::\w+)?\):\s*$/.test(line) ||
      /^\s*SKIPPED: .* does not contain /.test(line) ||
      NOT_FOUND.test(line) ||
      (index === firstText(lines) && isStatsHeader(line)),
  )
}

function firstText(lines: readonly string[]): number {
  return lines.findIndex((line) => line.trim() !== '')
}

function isStatsHeader(line: string): boolean {
  const delimiter = csvDelimiter(line)
  if (delimiter === undefined) return false
  const cells = splitCsv(line.replace(/^\uFEFF/, ''), delimiter)
  return summaryColumns(cells) !== undefined || /CorrId|Corr Id|CorrID|QCount|Projected Start|NumGPUOps|NVTX Range/.test(line)
}

/** `/opt/…/reports/cuda_gpu_kern_sum.py:base` -> `cuda_gpu_kern_sum`. */
function scriptName(path: string): string {
  const file = path.split(/[/\\]/).at(-1) ?? path
  return (/^([\w-]+)(?:\.py)?/.exec(file)?.[1] ?? file).toLowerCase()
}

interface Table {
  readonly sourceName: string
  /** The name was guessed from the header: nothing in the file or its name said it. */
  readonly isInferred: boolean
  readonly columns: StatisticsColumns | undefined
  readonly cut: (line: string) => string[]
  readonly delimiter: string
  readonly rows: StatisticsRow[]
}

class StatsParser {
  readonly reports: StatisticsReport[] = []
  readonly losses = new LossCounter()
  readonly #fallbackName: string | undefined
  #announced: string | undefined
  #table: Table | undefined

  constructor(fallbackName: string | undefined) {
    this.#fallbackName = fallbackName
  }

  parse(lines: readonly string[]): void {
    for (const [index, line] of lines.entries()) this.#line(line, lines[index + 1] ?? '')
    this.#endTable()
  }

  #line(line: string, next: string): void {
    const processing = PROCESSING.exec(line)
    const title = TITLE.exec(line)
    const skipped = SKIPPED.exec(line)
    const error = ERROR_LINE.exec(line)
    if (line.trim() === '') this.#endTable()
    else if (processing !== null || title !== null) {
      this.#endTable()
      this.#announced = scriptName(processing?.[1] ?? title?.[1] ?? '')
    } else if (skipped !== null) this.#skip(this.#announced ?? this.#fallbackName ?? 'unknown', skipped[1] ?? '')
    else if (error !== null) {
      const named = NOT_FOUND.exec(line)?.[1]
      this.#skip(scriptName(named ?? this.#announced ?? this.#fallbackName ?? 'unknown'), error[1] ?? '')
    } else if (this.#table !== undefined) this.#row(this.#table, line)
    else this.#header(line, next)
  }

  #header(line: string, next: string): void {
    const ruler = rulerColumns(next)
    if (ruler !== undefined) {
      this.#begin(cutAtRuler(line, ruler), (row) => cutAtRuler(row, ruler), '')
    } else if (isStatsHeader(line)) {
      const delimiter = csvDelimiter(line) ?? ','
      this.#begin(splitCsv(line.replace(/^\uFEFF/, ''), delimiter), (row) => splitCsv(row, delimiter), delimiter)
    }
  }

  #begin(header: string[], cut: (line: string) => string[], delimiter: string): void {
    const columns = summaryColumns(header)
    const said = this.#announced ?? this.#fallbackName
    const sourceName = said ?? (columns === undefined ? 'trace' : reportOfHeader(header, columns.isSize))
    this.#table = { sourceName, isInferred: said === undefined, columns, cut, delimiter, rows: [] }
    if (columns !== undefined && columns.totalUnit === undefined) {
      this.losses.add('unknown-unit', 1, 'reports whose header names no unit of time: their times are left out')
    }
  }

  #row(table: Table, line: string): void {
    if (rulerColumns(line) !== undefined) return
    const row = table.columns === undefined ? undefined : statisticsRow(table.cut(line), table.columns, table.delimiter)
    if (row !== undefined) {
      if (row.name.endsWith('…')) this.losses.add('cut-names', 1, 'names that nsys cut in its text layout: --format csv keeps them whole')
      table.rows.push(row)
    } else if (table.columns === undefined) this.losses.add('rows-of-traces', 1, 'rows of reports that list events instead of summing them')
    else this.losses.add('unreadable-rows', 1, 'rows of a report without a name or a count')
  }

  #endTable(): void {
    const table = this.#table
    if (table === undefined) return
    this.#table = undefined
    this.#announced = undefined
    if (table.columns !== undefined) this.reports.push({ report: reportOf(table), sourceName: table.sourceName, rows: table.rows })
  }

  #skip(sourceName: string, reason: string): void {
    this.#endTable()
    this.#announced = undefined
    this.reports.push({ report: canonicalReport(sourceName), sourceName, skipped: reason, rows: [] })
  }
}

/** `Num Calls` heads both API summaries: without a name, CUDA is told by its calls. */
function reportOf({ sourceName, isInferred, rows }: Table): string {
  const report = canonicalReport(sourceName)
  const isInferredApi = isInferred && report === 'api' && rows.length > 0 && !rows.some(({ name }) => /^(?:cuda|cu[A-Z]|hip)/.test(name))
  return isInferredApi ? 'os-runtime' : report
}

/** `fallbackName`: the report that the file is named after, used only where the text does not say. */
export function parseStats(text: string, fallbackName?: string): ParsedStats {
  const parser = new StatsParser(fallbackName)
  parser.parse(text.split(/\r?\n/))
  return parser
}
