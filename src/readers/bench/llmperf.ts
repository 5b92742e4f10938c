/**
 * llmperf: list of requests and `*_summary.json`. https://github.com/ray-project/llmperf (archived). Seconds throughout.
 * Its "inter-token latency" is the whole latency over the tokens, time to first token included. Facts: bench-results.md sections 7 and 8.
 */
import type { LatencyDefinition, LatencyQuantity } from '#model/bench-result.ts'
import { Distribution } from '#model/distribution.ts'
import type { Reader } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import { hasKeys, outlineOf } from '#readers/json/outline.ts'
import { addDocument, assembleResult, finishCells, type Interpret } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { RequestStatistics } from './request-statistics.ts'
import { statisticOf } from './statistics.ts'

const latencies: Readonly<Record<string, readonly [LatencyQuantity, LatencyDefinition]>> = {
  ttft_s: ['ttft', 'first-content'],
  inter_token_latency_s: ['itl', 'latency-over-tokens'],
  end_to_end_latency_s: ['e2el', 'until-end-stamp'],
}

const SUMMARY = /^results_(ttft_s|inter_token_latency_s|end_to_end_latency_s)_(?:quantiles_)?(\w+)$/

const interpretSummary: Interpret = (path) => {
  const key = path.join('_')
  const match = SUMMARY.exec(key)
  if (match !== null) {
    const known = latencies[match[1] ?? '']
    const statistic = statisticOf(match[2] ?? '')
    return known === undefined || statistic === undefined
      ? undefined
      : { as: 'latency', quantity: known[0], definition: known[1], statistic, unit: 's' }
  }
  switch (key) {
    case 'results_num_completed_requests':
      return { as: 'count', name: 'completed' }
    case 'results_number_errors':
      return { as: 'count', name: 'failed' }
    case 'results_num_requests_started':
      return { as: 'count', name: 'requested' }
    case 'results_mean_output_throughput_token_per_s':
      return { as: 'rate', quantity: 'output-tokens', statistic: 'mean', window: 'wall' }
    case 'num_concurrent_requests':
      return { as: 'concurrency' }
    default:
      return undefined
  }
}

function requestsCell(requests: readonly JsonObject[]): CellBuilder {
  const cell = new CellBuilder()
  const statistics = new RequestStatistics()
  const series = Object.entries(latencies).map(
    ([key, [quantity, definition]]) => [key, statistics.series(quantity, definition, key, 's')] as const,
  )
  const perUser = new Distribution()
  let failed = 0
  let inputTokens = 0
  let outputTokens = 0
  for (const request of requests) {
    const error = request['error_code']
    if (error !== null && error !== undefined && error !== '' && error !== 0) {
      failed++
      continue
    }
    for (const [key, values] of series) {
      const seconds = request[key]
      if (typeof seconds === 'number') values.add(seconds * 1e9)
    }
    const rate = request['request_output_throughput_token_per_s']
    if (typeof rate === 'number') perUser.add(rate)
    inputTokens += Number(request['number_input_tokens'] ?? 0)
    outputTokens += Number(request['number_output_tokens'] ?? 0)
  }
  statistics.addTo(cell)
  for (const [statistic, perSecond] of perUser.statistics()) {
    const key = 'request_output_throughput_token_per_s'
    cell.add(key, perSecond, { as: 'rate', quantity: 'output-tokens', per: 'user', statistic, window: 'per-request' })
  }
  cell.count('completed', requests.length - failed, 'requests', 'recomputed')
  cell.count('failed', failed, 'error_code', 'recomputed')
  cell.count('input-tokens', inputTokens, 'number_input_tokens', 'recomputed')
  cell.count('output-tokens', outputTokens, 'number_output_tokens', 'recomputed')
  return cell
}

export const llmperfReader: Reader = {
  kind: 'llmperf',
  title: 'llmperf requests or summary (JSON)',
  spec: 'https://github.com/ray-project/llmperf',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    if (outline.kind === 'array' && hasKeys(outline, 'ttft_s', 'end_to_end_latency_s')) return { title: 'llmperf requests' }
    const isSummary =
      outline.kind === 'object' && [...outline.keys.keys()].some((key) => /^results_(?:ttft_s|inter_token_latency_s)/.test(key))
    return isSummary ? { title: 'llmperf summary' } : undefined
  },
  async read(source, options) {
    const { documents, losses } = readJsonDocuments(source, options)
    const unknownKeys: string[] = []
    const builders = documents.map((document) => {
      if (Array.isArray(document)) return requestsCell(document.filter(isObject))
      const cell = new CellBuilder()
      if (isObject(document)) unknownKeys.push(...addDocument(cell, document, interpretSummary))
      return cell
    })
    const result = assembleResult({ tool: 'llmperf', form: 'json', cells: finishCells(builders), unknownKeys })
    return benchCapture('llmperf', 'llmperf', result, losses)
  },
}
