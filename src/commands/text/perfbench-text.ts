/** `sextant baseline bridge` for a person: a row per run, then what could not be known. */
import { significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { BaselineBridge } from '#formats/baseline-record.ts'
import { type PerfbenchRun, perfbenchFigures } from '#formats/inference-perfbench.ts'
import { type Column, table } from './table.ts'

const columns: readonly Column[] = [
  { title: 'cell' },
  { title: 'run', shrinks: true },
  { title: 'out tok/s', align: 'right' },
  { title: 'TTFT p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'ITL p50', align: 'right' },
  { title: 'tok/s/user', align: 'right' },
  { title: 'latency p50', align: 'right' },
  { title: 'errors', align: 'right' },
]

function figure(value: unknown, key: string): string {
  if (typeof value !== 'number') return '-'
  return key.endsWith('_ms') ? `${significant(value)} ms` : significant(value)
}

function row(cell: string, run: string, figures: Readonly<Record<string, unknown>>): string[] {
  const { errors } = figures
  return [cell, run, ...perfbenchFigures.map((key) => figure(figures[key], key)), typeof errors === 'number' ? String(errors) : '-']
}

export function bridgeText({ document, notes, written }: BaselineBridge, { width, rows }: RenderOptions): string {
  const lines = Object.entries(document.metrics).flatMap(([concurrency, cell]) => {
    const runs: readonly PerfbenchRun[] = cell.runs ?? []
    return runs.length === 0
      ? [row(`c${concurrency}`, 'one', cell)]
      : [row(`c${concurrency}`, `median of ${runs.length}`, cell), ...runs.map((run) => row('', run.run, run))]
  })
  const definitions = Object.entries(document.metrics).flatMap(([, { definitions: said = {} }]) => Object.entries(said))
  const unlike = [...new Set(definitions.map(([key, definition]) => `  ${key}: ${definition}`))]
  const server = document.server_metrics_delta
  const given = (value: unknown): string => (typeof value === 'number' ? significant(value) : 'not measured')
  return [
    written === undefined ? 'Not written: name a file with --out\n\n' : `Written to ${written}\n\n`,
    table(columns, lines, { width, rows }),
    unlike.length === 0 ? '' : `\nNot as AIPerf defines them, and so not compared with what is:\n${unlike.join('\n')}\n`,
    `\nPrefix-cache hit rate after: ${given(server?.prefix_cache_hit_rate_post)}\n`,
    `Kernel classes: ${document.kernel_class_gpu_pct == null ? 'not measured' : Object.keys(document.kernel_class_gpu_pct).length}\n`,
    `CPU busy wait: ${given(document.cpu_spinpoll_pct)}\n`,
    notes.length === 0 ? '' : `\nNotes:\n${notes.map((note) => `  ${note}\n`).join('')}`,
  ].join('')
}
