/** `sextant bench-result` for a person: a row per cell, then what must be known before using it. */
import { formatCount, formatDuration, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { BenchResultReport } from '#formats/bench-result.ts'
import { type Column, table } from './table.ts'

type Cell = BenchResultReport['cells'][number]

function latency(cell: Cell, quantity: string, statistic: string): string {
  const found = cell.latencies.filter((each) => each.quantity === quantity && each.statistic === statistic)
  const [metric] = found.filter(({ origin }) => origin === 'recomputed').concat(found)
  if (metric === undefined) return '-'
  // What too few requests cannot tell is shown and marked, never silently good.
  return metric.estimable === 'no' ? `(${formatDuration(metric.valueNs)})` : formatDuration(metric.valueNs)
}

function rate(cell: Cell, quantity: string): string {
  const [found] = cell.rates.filter((each) => each.quantity === quantity && each.per === 'deployment' && each.statistic === 'mean')
  return found === undefined ? '-' : significant(found.perSecond)
}

function count(cell: Cell, name: string): string {
  const found = cell.counts.filter((each) => each.name === name)
  const [row] = found.filter(({ origin }) => origin === 'recomputed').concat(found)
  return row === undefined ? '-' : formatCount(row.count)
}

const columns: readonly Column[] = [
  { title: 'cell', shrinks: true },
  { title: 'tool' },
  { title: 'done', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'out tok/s', align: 'right' },
  { title: 'TTFT p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'ITL p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'TPOT p50', align: 'right' },
  { title: 'E2E p50', align: 'right' },
]

function row(cell: Cell): string[] {
  return [
    cell.id,
    cell.tool,
    count(cell, 'completed'),
    count(cell, 'failed'),
    rate(cell, 'output-tokens'),
    latency(cell, 'ttft', 'p50'),
    latency(cell, 'ttft', 'p99'),
    latency(cell, 'itl', 'p50'),
    latency(cell, 'itl', 'p99'),
    latency(cell, 'tpot', 'p50'),
    latency(cell, 'e2el', 'p50'),
  ]
}

function definitions(cells: readonly Cell[]): string {
  const seen = new Map<string, string>()
  for (const { tool, latencies } of cells)
    for (const { quantity, definition } of latencies) seen.set(`${tool} ${quantity}`, `${quantity} of ${tool}: ${definition}`)
  return [...seen.values()].map((line) => `  ${line}\n`).join('')
}

export function benchResultText(report: BenchResultReport, { width, rows }: RenderOptions): string {
  const { cells, incomparable, files } = report
  const lines = [table(columns, cells.map(row), { width, rows })]
  const defined = definitions(cells)
  if (defined !== '') lines.push('\nDefinitions:\n', defined)
  // Aggregates over runs, the engine's own metrics: nothing of them is what a client measured.
  for (const { id, latencies, rates, others } of cells)
    if (latencies.length === 0 && rates.length === 0 && others.length > 0)
      lines.push(`\n${id}: ${others.length} figures under the tool's own names (--json lists them)\n`)
  if (cells.some(({ latencies }) => latencies.some(({ estimable }) => estimable === 'no')))
    lines.push('\nIn brackets: NOT_ESTIMABLE from so few requests.\n')
  const findings = cells.flatMap((cell) => cell.findings.map(({ severity, text }) => `  ${cell.id}: ${severity}: ${text}\n`))
  if (findings.length > 0) lines.push('\nBefore using them:\n', ...findings)
  const refusals = incomparable.map(({ quantity, statistic, reason }) => `  ${quantity} ${statistic}: ${reason}\n`)
  if (refusals.length > 0) lines.push('\nNot comparable between these cells:\n', ...refusals)
  for (const { source, unknownKeys } of files)
    if (unknownKeys.length > 0) lines.push(`\n${source}: ${unknownKeys.length} keys are not interpreted (--json lists them)\n`)
  return lines.join('')
}
