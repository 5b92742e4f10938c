/** guidellm's `benchmarks.csv`: three rows of header (group, outcome and unit, statistic), a row per benchmark. */
import type { Interpret } from './assemble.ts'
import { CellBuilder } from './cell-builder.ts'
import { CsvRows } from './csv-rows.ts'
import { isoInstant } from './instants.ts'

export function looksLikeGuidellmCsv(text: string): boolean {
  const [first = '', second = ''] = text.replace(/^\uFEFF/, '').split(/\r?\n/, 2)
  return /^Run Info,/.test(first) && first.includes('Request Latency') && /^Run ID,/.test(second)
}

/** By group and, where a group holds several, by what stands behind the outcome. */
const names: Readonly<Record<string, string>> = {
  'Request Latency': 'request_latency',
  'Time to First Token': 'time_to_first_token_ms',
  'Time to First Output Token': 'time_to_first_output_token_ms',
  'Time per Output Token': 'time_per_output_token_ms',
  'Inter Token Latency': 'inter_token_latency_ms',
  'Server Throughput/Requests/Sec': 'requests_per_second',
  'Server Throughput/Concurrency': 'request_concurrency',
  'Token Metrics/Input Tokens': 'prompt_token_count',
  'Token Metrics/Output Tokens': 'output_token_count',
  'Token Metrics/Total Tokens': 'total_token_count',
  'Token Throughput/Input Tokens/Sec': 'prompt_tokens_per_second',
  'Token Throughput/Output Tokens/Sec': 'output_tokens_per_second',
  'Token Throughput/Total Tokens/Sec': 'tokens_per_second',
}

const statistics: Readonly<Record<string, string>> = { Mean: 'mean', Median: 'median', 'Std Dev': 'std_dev' }
/** What the list of percentiles holds, in its order: the median has a column of its own. */
const inList = ['min', 'p001', 'p01', 'p05', 'p10', 'p25', 'p75', 'p90', 'p95', 'p99', 'max']

/** `interpret` is the JSON's: a column becomes the path that the same figure has there. */
export function guidellmCsvCells(text: string, interpret: Interpret, unknown: Set<string>): CellBuilder[] {
  const rows = new CsvRows(text.replace(/^\uFEFF/, ''))
  const [groups, units, thirds] = [rows.next() ?? [], rows.next() ?? [], rows.next() ?? []]
  const cells: CellBuilder[] = []
  for (let row = rows.next(); row !== undefined; row = rows.next()) {
    const cell = new CellBuilder()
    for (const [index, value] of row.entries())
      if (value !== '') addColumn(cell, interpret, [groups[index] ?? '', units[index] ?? '', thirds[index] ?? ''], value, unknown)
    cells.push(cell)
  }
  return cells
}

function addColumn(
  cell: CellBuilder,
  interpret: Interpret,
  column: readonly [string, string, string],
  value: string,
  unknown: Set<string>,
): void {
  const [group, unit, statistic] = column
  const key = column.filter((part) => part !== '').join('.')
  if (group === 'Timings' || group === 'Request Counts' || group === 'Benchmark') {
    addField(cell, group, unit, value, key)
    return
  }
  const match = /^(Successful|Incomplete|Errored) (.*)$/.exec(unit)
  const name = names[group] ?? names[`${group}/${match?.[2]}`]
  if (match === null || name === undefined) {
    if (Number.isFinite(Number(value))) unknown.add(key)
    return
  }
  if (match[1] !== 'Successful') return
  const add = (word: string, figure: number) => {
    const meaning = interpret(['metrics', name, 'successful', word], figure)
    if (meaning !== undefined) cell.add(`${key}${statistic === 'Percentiles' ? `.${word}` : ''}`, figure, meaning)
  }
  const word = statistics[statistic]
  if (word !== undefined) add(word, Number(value))
  else if (statistic === 'Percentiles') {
    const list = value.replace(/[[\]\s]/g, '').split(',')
    // Another version with another list: nobody knows which number is which.
    if (list.length !== inList.length) unknown.add(key)
    else for (const [index, each] of inList.entries()) add(each, Number(list[index]))
  }
}

function addField(cell: CellBuilder, group: string, name: string, value: string, key: string): void {
  if (group === 'Request Counts') {
    const counts = { Successful: 'completed', Errored: 'failed', Incomplete: 'incomplete' } as const
    if (name in counts) cell.add(key, value, { as: 'count', name: counts[name as keyof typeof counts] })
  } else if (group === 'Timings') {
    if (name === 'Duration') cell.add(key, value, { as: 'duration', unit: 's' })
    const instant = isoInstant(value)
    if (instant !== undefined && name === 'Measure Start Time') cell.add(key, value, { as: 'started', instant })
    if (instant !== undefined && name === 'Measure End Time') cell.add(key, value, { as: 'ended', instant })
  } else if (name === 'Strategy') {
    const streams = /\bstreams=(\d+)/.exec(value)?.[1]
    if (streams !== undefined) cell.add(key, Number(streams), { as: 'concurrency' })
    const rate = /\brate=(\d+(?:\.\d+)?)/.exec(value)?.[1]
    if (rate !== undefined) cell.add(key, Number(rate), { as: 'request-rate' })
  }
}
