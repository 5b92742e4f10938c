/**
 * AIPerf's `profile_export.jsonl`: one request a line. Epoch nanoseconds stay exact (trap F14: a double rounds them to 256 ns);
 * warm-up and cancelled requests are left out and counted; failed ones are counted. Read byte by byte, in bounded memory.
 */
import type { Loss } from '#model/capture.ts'
import { APPROXIMATE_RATIO } from '#model/distribution.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { RequestLines, type Tag } from './aiperf-requests.ts'
import { tagMeaning } from './aiperf-tags.ts'
import { CellBuilder } from './cell-builder.ts'
import { epochText, nanosecondsBetween } from './epoch.ts'
import { epochNanoseconds } from './instants.ts'

export interface AiperfLines {
  readonly cell: CellBuilder
  readonly losses: readonly Loss[]
}

export function readAiperfLines(source: Source, options: ReadOptions): AiperfLines {
  const lines = new RequestLines()
  eachLine(source, options, (bytes, from, to) => lines.line(bytes, from, to))
  return cellOf(lines)
}

/** What the lines come to. */
export function cellOf(lines: RequestLines): AiperfLines {
  const cell = new CellBuilder()
  cell.count('completed', lines.completed, 'lines', 'recomputed')
  cell.count('failed', lines.failed, 'error', 'recomputed')
  cell.count('cancelled', lines.cancelled, 'metadata.was_cancelled', 'recomputed')
  if (lines.cancelled > 0)
    cell.finding({
      code: 'cancelled-requests-excluded',
      severity: 'info',
      text: `${lines.cancelled} cancelled requests are in no statistic`,
    })
  const [started, ended] = [lines.first, lines.last].map((epoch) => (Number.isNaN(epoch.seconds) ? undefined : epochText(epoch)))
  if (started !== undefined) cell.add('metadata.request_start_ns', started, { as: 'started', instant: epochNanoseconds(started) })
  if (ended !== undefined) cell.add('metadata.request_end_ns', ended, { as: 'ended', instant: epochNanoseconds(ended) })
  for (const tag of lines.tags.values()) addTag(cell, tag)
  addWindow(cell, lines)
  const steady = lines.flight.steady()
  if (steady !== undefined && lines.flightOrigin !== undefined) {
    const originNs = BigInt(epochText(lines.flightOrigin))
    const instant = (ns: number) => epochNanoseconds(String(originNs + BigInt(Math.round(ns))))
    cell.steady = { startedAt: instant(steady.start), endedAt: instant(steady.end) }
  }
  return { cell, losses: lines.losses.list() }
}

function addTag(cell: CellBuilder, { name, unit, values }: Tag): void {
  for (const [statistic, value] of values.statistics()) {
    const meaning = tagMeaning(name, statistic, unit)
    const key = `metrics.${name}`
    if (meaning.as === 'latency') {
      const { quantity, definition } = meaning
      cell.recomputed({ quantity, definition, statistic, valueNs: value, n: values.count, key, unit })
    } else cell.add(key, value, meaning)
  }
  if (values.isApproximate) {
    cell.finding({
      code: 'approximate-percentiles',
      severity: 'info',
      text: `percentiles of ${name} over ${values.count} values are exact to ${(APPROXIMATE_RATIO * 100).toFixed(3)} %`,
    })
  }
}

/** AIPerf's own window: first request to last response. */
function addWindow(cell: CellBuilder, lines: RequestLines): void {
  if (Number.isNaN(lines.first.seconds) || Number.isNaN(lines.last.seconds) || lines.completed === 0) return
  const windowNs = nanosecondsBetween(lines.first, lines.last)
  if (windowNs <= 0) return
  cell.durationNs = windowNs
  const key = 'metadata.request_start_ns'
  const window = 'first-request-to-last-response' as const
  cell.rate({ quantity: 'requests', statistic: 'mean', perSecond: (lines.completed / windowNs) * 1e9, window, key })
  if (lines.outputTokens === 0) return
  cell.count('output-tokens', lines.outputTokens, 'metrics.output_sequence_length', 'recomputed')
  cell.rate({ quantity: 'output-tokens', statistic: 'mean', perSecond: (lines.outputTokens / windowNs) * 1e9, window, key })
}
