/** AIPerf's and genai-perf's CSV: `Metric,avg,…` rows, then `Metric,Value` rows, then (AIPerf) GPU telemetry per GPU. */
import { splitCsv } from '#readers/nsys/stats/cells.ts'
import { tagMeaning, tagOfTitle } from './aiperf-tags.ts'
import type { CellBuilder } from './cell-builder.ts'
import { statisticOf } from './statistics.ts'

export function looksLikeMetricCsv(text: string): 'aiperf' | 'genai-perf' | undefined {
  const first = text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? ''
  if (!/^"?Metric"?,"?avg"?,/.test(first)) return undefined
  return /,"?(?:sum|std|p1|p5|p10)"?(?:,|$)/.test(first) || /^(?:Request Count|Benchmark Duration)\b/m.test(text) ? 'aiperf' : 'genai-perf'
}

const TITLED = /^(.*?)\s*\(([^()]*)\)\s*$/

/** Returns titles that carry a number nobody reads. */
export function addMetricCsv(cell: CellBuilder, text: string): string[] {
  const unknown: string[] = []
  let header: string[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.trim() === '') continue
    const cells = splitCsv(line, ',').map((each) => each.trim())
    if (cells[0] === 'Metric' || cells[0] === 'Endpoint') header = cells
    else if (header[0] === 'Metric') addRow(cell, header, cells, cells[0] ?? '', '', unknown)
    else if (header[0] === 'Endpoint') {
      const gpu = cells.slice(0, header.indexOf('Metric')).join('/')
      addRow(cell, header, cells, cells[header.indexOf('Metric')] ?? '', gpu, unknown)
    }
  }
  return unknown
}

function addRow(
  cell: CellBuilder,
  header: readonly string[],
  cells: readonly string[],
  title: string,
  gpu: string,
  unknown: string[],
): void {
  const match = TITLED.exec(title)
  const tag = tagOfTitle(match?.[1] ?? title)
  const unit = match?.[2] ?? 'unknown'
  for (const [index, column] of header.entries()) {
    const value = cells[index] ?? ''
    const statistic = column === 'Value' ? 'mean' : statisticOf(column)
    if (statistic === undefined || value === '') continue
    const key = gpu === '' ? `${title}.${column}` : `${gpu}.${title}.${column}`
    const meaning = gpu === '' ? tagMeaning(tag, statistic, unit) : ({ as: 'other', name: tag, statistic, unit } as const)
    if (!cell.add(key, value, meaning)) unknown.push(key)
  }
}
