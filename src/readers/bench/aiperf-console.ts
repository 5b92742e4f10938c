/**
 * What AIPerf and genai-perf print when they end (`aiperf-c<N>.log`): a table per kind of metric, with `N/A` where there is no
 * statistic. Numbers stand there with two decimals: the JSON beside it says more.
 */
import type { ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { tagMeaning, tagOfTitle } from './aiperf-tags.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { type ConsoleTable, consoleTables, withoutEscapes } from './console-table.ts'
import { addFileNamePoint } from './file-name-point.ts'
import { statisticOf } from './statistics.ts'
import { corruptText, readText } from './text-source.ts'

const isMetricHeader = (cells: readonly string[]): boolean =>
  /^(?:metric|statistic)$/i.test(cells[0] ?? '') && cells.length > 1 && cells.slice(1).every((cell) => statisticOf(cell) !== undefined)

/** AIPerf's summary of errors: `Code, Type, Message, Count`. */
const isErrorHeader = (cells: readonly string[]): boolean => /^code$/i.test(cells[0] ?? '') && /^count$/i.test(cells.at(-1) ?? '')

/** Which of the two tools printed it; undefined where there is no table of theirs. */
export function looksLikeConsole(text: string): 'aiperf' | 'genai-perf' | undefined {
  if (!/│|┃|\|/.test(text) || !/\b(?:Metric|Statistic)\b/.test(text)) return undefined
  // Rows in the head are not asked for: a long log may hold the table's end far behind it.
  const tables = consoleTables(text, isMetricHeader)
  if (!tables.some(({ rows }) => rows.some(([title = '']) => /latency|time to first|throughput/i.test(title)))) return undefined
  return /genai-?perf/i.test(tables[0]?.title ?? '') || /^statistic$/i.test(tables[0]?.header[0] ?? '') ? 'genai-perf' : 'aiperf'
}

/** `1,234.56`; NaN for `N/A`, `-` and what the terminal cut off with an ellipsis. */
function number(cell: string): number {
  return /^-?[\d,]*\.?\d+$/.test(cell) ? Number(cell.replaceAll(',', '')) : Number.NaN
}

/** genai-perf writes the unit of rates as `per sec`. */
function unitOf(unit: string, tag: string): string {
  if (!/^per\s?sec$/i.test(unit)) return unit
  return tag.startsWith('request') ? 'requests/sec' : 'tokens/sec'
}

function addTable(cell: CellBuilder, table: ConsoleTable, losses: LossCounter, unknown: Set<string>): void {
  const isClient = !/telemetry|gpu|server metrics/i.test(table.title)
  for (const [title = '', ...cells] of table.rows) {
    const match = /^(.*?)\s*\(([^()]*)\)$/.exec(title)
    const tag = tagOfTitle(match?.[1] ?? title)
    const unit = unitOf(match?.[2] ?? 'unknown', tag)
    for (const [index, text] of cells.entries()) {
      const word = table.header[index + 1] ?? ''
      const statistic = statisticOf(word)
      if (statistic === undefined || text === '' || text === '-' || /^n\/?a$/i.test(text)) continue
      const value = number(text)
      if (Number.isNaN(value)) {
        losses.add('unreadable-cells', 1, 'cells of the printed table that are no number, such as those that a narrow terminal cut off')
        continue
      }
      const meaning = isClient ? tagMeaning(tag, statistic, unit) : ({ as: 'other', name: tag, statistic, unit } as const)
      if (!cell.add(`${title}.${word}`, value, meaning)) unknown.add(title)
    }
  }
}

function addLines(cell: CellBuilder, text: string): void {
  const duration = /Benchmark Duration:\s*([\d,]+(?:\.\d+)?)\s*(?:s|sec|seconds)\b/i.exec(text)?.[1]
  if (duration !== undefined && cell.durationNs === undefined)
    cell.add('Benchmark Duration', number(duration), { as: 'duration', unit: 's' })
  const concurrency = /\s--concurrency[=\s]+['"]?(\d+)(?![\d,])/.exec(text)?.[1]
  if (concurrency !== undefined) cell.add('--concurrency', Number(concurrency), { as: 'concurrency' })
  const model = /(?:^|\s)(?:--model(?:-names)?|-m)[=\s]+['"]?([^\s'"]+)/.exec(text)?.[1]
  if (model !== undefined) cell.add('--model', model, { as: 'context', name: 'model' })
}

export function readConsole(tool: 'aiperf' | 'genai-perf', kind: string, source: Source, options: ReadOptions): ReadResult {
  const text = withoutEscapes(readText(source, options))
  const tables = consoleTables(text, (cells) => isMetricHeader(cells) || isErrorHeader(cells))
  const losses = new LossCounter()
  const unknown = new Set<string>()
  const runs = runsOf(tables)
  const builders = runs.map((run) => {
    const cell = new CellBuilder()
    for (const table of run)
      if (isErrorHeader(table.header)) {
        const failed = table.rows.reduce((sum, row) => sum + number(row.at(-1) ?? ''), 0)
        if (failed > 0) cell.count('failed', failed, 'Error Summary.Count')
      } else addTable(cell, table, losses, unknown)
    return cell
  })
  const [only] = builders
  if (only === undefined || tables.length === 0) throw corruptText(source, 'holds no table of results')
  const lines = text.split(/\r?\n/)
  const starts = runs.map((run) => run[0]?.firstLine ?? 0)
  for (const [index, cell] of builders.entries()) {
    // What a run prints behind its tables comes before the tables of the next; a command line above the first belongs to it alone.
    addLines(cell, lines.slice(index === 0 && builders.length === 1 ? 0 : starts[index], starts[index + 1]).join('\n'))
    addFileNamePoint(cell, source.name)
  }
  options.onProgress?.(source.size, source.size)
  const result = assembleResult({ tool, form: 'log', cells: finishCells(builders), unknownKeys: unknown })
  return benchCapture(kind, tool === 'aiperf' ? 'AIPerf' : 'genai-perf', result, losses.list())
}

const isMain = ({ header, rows }: ConsoleTable): boolean =>
  isMetricHeader(header) && rows.some(([title = '']) => /^Request (?:Latency|Throughput)\b/i.test(title))

/**
 * Tables of each run. What belongs to a run stands before its main table or behind it, by version; the log of the next run, with all
 * that it says while it works, lies where the tables are furthest apart.
 */
function runsOf(tables: readonly ConsoleTable[]): ConsoleTable[][] {
  const mains = tables.flatMap((table, index) => (isMain(table) ? [index] : []))
  const cuts = mains.slice(1).map((main, index) => {
    let cut = main
    let widest = -1
    for (let at = (mains[index] ?? 0) + 1; at <= main; at++) {
      const gap = (tables[at]?.firstLine ?? 0) - (tables[at - 1]?.lastLine ?? 0)
      if (gap > widest) [cut, widest] = [at, gap]
    }
    return cut
  })
  const bounds = [0, ...cuts, tables.length]
  return bounds.slice(1).map((end, index) => tables.slice(bounds[index], end))
}
