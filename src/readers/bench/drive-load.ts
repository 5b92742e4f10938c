/**
 * `drive_load` JSON lines (`bench-c<NNN>/raw/load.jsonl`): one request a line. facts/bench-results.md section 7.
 * Duration is from the first start to the last end of requests that succeeded; the tool records no gap between tokens.
 * Every other field of a line that never changes is context and carried (trap F22).
 */
import type { Reader, ReadOptions, Source } from '#model/reader.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { hasKeys, outlineOf } from '#readers/json/outline.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { LoadLines } from './drive-load-lines.ts'
import { epochNanoseconds } from './instants.ts'

function addTimes(cell: CellBuilder, lines: LoadLines): void {
  const { originSeconds, firstNs, lastNs } = lines
  const windowNs = lastNs - firstNs
  if (originSeconds === undefined || !(windowNs > 0)) return
  cell.durationNs = Math.round(windowNs)
  const isEpoch = originSeconds > 1e8 && !lines.withoutZone
  if (isEpoch) {
    const epoch = (ns: number) => epochNanoseconds(String(BigInt(originSeconds) * 1_000_000_000n + BigInt(Math.round(ns))))
    cell.add('started_at', '', { as: 'started', instant: epoch(firstNs) })
    cell.add('started_at + duration_s', '', { as: 'ended', instant: epoch(lastNs) })
    const steady = lines.flight.steady()
    if (steady !== undefined) cell.steady = { startedAt: epoch(steady.start), endedAt: epoch(steady.end) }
  } else if (lines.withoutZone)
    cell.finding({ code: 'time-without-zone', severity: 'info', text: 'started_at names no zone: this result is not joined by time' })
  const perSecond = (count: number) => (count / windowNs) * 1e9
  const window = 'first-request-to-last-response' as const
  cell.rate({ quantity: 'requests', statistic: 'mean', perSecond: perSecond(lines.completed), window, key: 'started_at' })
  cell.rate({
    quantity: 'output-tokens',
    statistic: 'mean',
    perSecond: perSecond(lines.completionTokens),
    window,
    key: 'completion_tokens',
  })
  const total = lines.completionTokens + lines.promptTokens
  cell.rate({ quantity: 'total-tokens', statistic: 'mean', perSecond: perSecond(total), window, key: 'completion_tokens' })
}

/** What the lines come to. */
export function cellOf(lines: LoadLines): CellBuilder {
  const cell = new CellBuilder()
  cell.count('completed', lines.completed, 'lines', 'recomputed')
  cell.count('failed', lines.failed, 'http_status', 'recomputed')
  cell.count('input-tokens', lines.promptTokens, 'prompt_tokens', 'recomputed')
  cell.count('output-tokens', lines.completionTokens, 'completion_tokens', 'recomputed')
  lines.statistics.addTo(cell)
  addTimes(cell, lines)
  for (const { name, value, key } of lines.context()) {
    if (name === 'concurrency') cell.add(key, value, { as: 'concurrency' })
    else cell.add(key, value, { as: 'context', name })
  }
  return cell
}

function readLines(source: Source, options: ReadOptions) {
  const lines = new LoadLines()
  eachLine(source, options, (bytes, from, to) => lines.line(bytes, from, to))
  const cell = cellOf(lines)
  // The bundle's folder carries the concurrency: bench-c016/raw/load.jsonl.
  const folder = /bench-c(\d+)[\\/]/.exec(source.path)?.[1]
  if (cell.concurrency === undefined && folder !== undefined) cell.add('folder name', Number(folder), { as: 'concurrency' })
  const result = assembleResult({ tool: 'drive-load', form: 'jsonl', cells: finishCells([cell]) })
  return benchCapture('drive-load', 'drive_load', result, lines.losses.list())
}

export const driveLoadReader: Reader = {
  kind: 'drive-load',
  title: 'drive_load requests (JSON lines)',
  spec: 'facts/bench-results.md section 7',
  version: 2,
  detect(probe) {
    const outline = outlineOf(probe)
    const isLoad = outline.kind === 'object' && hasKeys(outline, 'started_at', 'duration_s', 'http_status')
    return isLoad ? { title: 'drive_load requests' } : undefined
  },
  read: async (source, options) => readLines(source, options),
}
