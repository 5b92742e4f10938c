/**
 * The lists of `--save-detailed`: seconds, one entry per request, with failed requests among them as TTFT 0, no gaps and no output
 * (traps F7, F11). All definitions are computed from them.
 */
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import type { CellBuilder } from './cell-builder.ts'
import { RequestStatistics } from './request-statistics.ts'

export const detailKeys = ['input_lens', 'output_lens', 'ttfts', 'itls', 'start_times', 'latencies', 'queue_times', 'errors', 'request_ids']

function numbers(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** A request failed where it says so, or where nothing came out of it. */
function failed(errors: readonly unknown[] | undefined, outputs: readonly unknown[] | undefined, ttft: unknown, index: number): boolean {
  const error = errors?.[index]
  if (typeof error === 'string' ? error !== '' : isObject(error)) return true
  if (outputs !== undefined) return !isNumber(outputs[index]) || outputs[index] === 0
  return !isNumber(ttft) || ttft <= 0
}

/** Adds recomputed statistics and counts; nothing where the document holds no lists. */
export function addDetail(cell: CellBuilder, document: JsonObject): void {
  const ttfts = numbers(document['ttfts'])
  if (ttfts === undefined || ttfts.length === 0) return
  const itls = numbers(document['itls'])
  const outputs = numbers(document['output_lens'])
  const latencies = numbers(document['latencies'])
  const errors = numbers(document['errors'])
  const statistics = new RequestStatistics()
  const ttft = statistics.series('ttft', 'first-chunk', 'ttfts', 's')
  const gaps = statistics.series('itl', 'chunk-gap', 'itls', 's')
  const tpot = statistics.series('tpot', 'request-mean-without-first', 'itls', 's')
  const e2el = statistics.series('e2el', 'until-last-token-chunk', latencies === undefined ? 'ttfts' : 'latencies', 's')
  let failures = 0
  for (let index = 0; index < ttfts.length; index++) {
    const first = ttfts[index]
    if (failed(errors, outputs, first, index) || !isNumber(first)) {
      failures++
      continue
    }
    ttft.add(first * 1e9)
    const list = numbers(itls?.[index])
    let rest: number | undefined
    if (list !== undefined) {
      rest = 0
      for (const gap of list) {
        if (!isNumber(gap)) continue
        gaps.add(gap * 1e9)
        rest += gap
      }
    }
    const given = latencies?.[index]
    const latency = isNumber(given) && given > 0 ? given : rest === undefined ? undefined : first + rest
    if (latency === undefined) continue
    e2el.add(latency * 1e9)
    const tokens = outputs?.[index]
    if (isNumber(tokens) && tokens > 1) tpot.add(((latency - first) / (tokens - 1)) * 1e9)
  }
  statistics.addTo(cell)
  cell.count('completed', ttfts.length - failures, 'ttfts', 'recomputed')
  cell.count('failed', failures, 'ttfts', 'recomputed')
}
