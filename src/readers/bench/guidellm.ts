/**
 * guidellm `benchmarks.json`, schema 1 and 2. https://github.com/vllm-project/guidellm, facts/bench-results.md section 3.
 * and `benchmarks.csv`. Not read: the requests themselves (bodies may be gigabytes), `pdf` histograms, the console and HTML reports.
 */
import type { LatencyDefinition, LatencyQuantity, RateQuantity } from '#model/bench-result.ts'
import type { Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import { hasKeys, outlineOf, outlineOfSource } from '#readers/json/outline.ts'
import { addDocument, assembleResult, finishCells, type Interpret } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder, type TimeUnit } from './cell-builder.ts'
import { guidellmCsvCells, looksLikeGuidellmCsv } from './guidellm-csv.ts'
import { unixSeconds } from './instants.ts'
import { guidellmStatistic } from './statistics.ts'
import { corruptText, readText } from './text-source.ts'

const latencies: Readonly<Record<string, readonly [LatencyQuantity, LatencyDefinition, TimeUnit]>> = {
  time_to_first_token_ms: ['ttft', 'first-token-iteration', 'ms'],
  time_to_first_output_token_ms: ['time-to-first-output-token', 'first-output-content', 'ms'],
  inter_token_latency_ms: ['itl', 'request-mean-without-first-token-weighted', 'ms'],
  // Includes the first token: (last - start) / n, weighted by tokens (trap F6).
  time_per_output_token_ms: ['tpot', 'request-mean-with-first-token-weighted', 'ms'],
  request_latency: ['e2el', 'until-stream-close', 's'],
}

const rates: Readonly<Record<string, RateQuantity>> = {
  requests_per_second: 'requests',
  output_tokens_per_second: 'output-tokens',
  // Prompt and output together.
  tokens_per_second: 'total-tokens',
  prompt_tokens_per_second: 'input-tokens',
}

const outcomes = { successful: 'completed', errored: 'failed', incomplete: 'incomplete' } as const

/** Paths: `metrics.<name>.<outcome>.<statistic>` and `….percentiles.<p>`. Only successful requests are measurements (trap F11). */
const interpret: Interpret = (path, value) => {
  const [top, name = '', third = '', ...rest] = path
  if (top === 'duration') return { as: 'duration', unit: 's' }
  if (path.at(-1) === 'streams' || path.at(-1) === 'concurrency') return { as: 'concurrency' }
  if (path.at(-1) === 'rate' && path.at(-2) === 'strategy') return { as: 'request-rate' }
  if ((top === 'start_time' || top === 'end_time') && typeof value === 'number') {
    const instant = unixSeconds(value)
    if (instant === undefined) return undefined
    return top === 'start_time' ? { as: 'started', instant } : { as: 'ended', instant }
  }
  if (top !== 'metrics') return undefined
  if (name === 'request_totals') {
    const count = Object.entries(outcomes).find(([outcome]) => outcome === third)?.[1]
    return count === undefined ? { as: 'ignored' } : { as: 'count', name: count }
  }
  if (third !== 'successful') return { as: 'ignored' }
  const statistic = guidellmStatistic(rest.at(-1) ?? '')
  if (statistic === undefined || rest.length > (rest[0] === 'percentiles' ? 2 : 1)) return { as: 'ignored' }
  const latency = Object.hasOwn(latencies, name) ? latencies[name] : undefined
  if (latency !== undefined) {
    // A sum of means over requests is no latency of any of them.
    if (statistic === 'sum') return { as: 'ignored' }
    return { as: 'latency', quantity: latency[0], definition: latency[1], unit: latency[2], statistic }
  }
  const rate = Object.hasOwn(rates, name) ? rates[name] : undefined
  if (rate === undefined) return { as: 'other', name, statistic, unit: name.endsWith('_count') ? 'tokens' : 'unknown' }
  // Time-weighted: the mean over the trimmed window is the rate; percentiles of instantaneous rates are not.
  return statistic === 'mean'
    ? { as: 'rate', quantity: rate, statistic, window: 'trimmed' }
    : { as: 'other', name, statistic, unit: 'per second, instantaneous' }
}

function cellOf(benchmark: JsonObject, index: number, unknownKeys: string[]): CellBuilder {
  const cell = new CellBuilder()
  unknownKeys.push(...addDocument(cell, benchmark, interpret).map((key) => `benchmarks[].${key}`))
  const made = objectAt(benchmark, 'scheduler_metrics', 'requests_made') ?? objectAt(benchmark, 'run_stats', 'requests_made')
  const isCounted = objectAt(benchmark, 'metrics', 'request_totals') !== undefined
  for (const [outcome, name] of Object.entries(outcomes)) {
    const count = made?.[outcome]
    if (!isCounted && typeof count === 'number') cell.count(name, count, `benchmarks[${index}].scheduler_metrics.requests_made.${outcome}`)
  }
  const window = objectAt(benchmark, 'scheduler_metrics') ?? benchmark
  for (const [key, as] of [
    ['measure_start_time', 'started'],
    ['measure_end_time', 'ended'],
  ] as const) {
    const instant = typeof window[key] === 'number' ? unixSeconds(window[key]) : undefined
    if (instant !== undefined) cell.add(key, instant.text, { as, instant })
  }
  return cell
}

function readCsv(source: Source, options: ReadOptions): ReadResult {
  const unknownKeys = new Set<string>()
  const builders = guidellmCsvCells(readText(source, options), interpret, unknownKeys)
  if (builders.length === 0) throw corruptText(source, 'holds no benchmark below its header')
  const result = assembleResult({ tool: 'guidellm', form: 'csv', cells: finishCells(builders), unknownKeys })
  return benchCapture('guidellm', 'guidellm', result, [])
}

export const guidellmReader: Reader = {
  kind: 'guidellm',
  title: 'guidellm benchmarks (JSON, CSV)',
  spec: 'https://github.com/vllm-project/guidellm',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    if (outline.kind === 'none') return looksLikeGuidellmCsv(outline.text) ? { title: 'guidellm benchmarks, CSV' } : undefined
    const isGuidellm = outline.kind === 'object' && hasKeys(outline, 'benchmarks') && !hasKeys(outline, 'traceEvents')
    return isGuidellm && /"(?:guidellm_version|strategy|type_|run_id|scheduler_metrics)"/.test(outline.text)
      ? { title: 'guidellm benchmarks' }
      : undefined
  },
  async read(source, options) {
    if (outlineOfSource(source).kind === 'none') return readCsv(source, options)
    const { documents, losses } = readJsonDocuments(source, options, ['requests', 'pdf', 'request_samples'])
    const unknownKeys: string[] = []
    let toolVersion: string | undefined
    const builders = documents.filter(isObject).flatMap((document) => {
      const version = objectAt(document, 'metadata')?.['guidellm_version']
      if (typeof version === 'string') toolVersion = version
      const benchmarks = Array.isArray(document['benchmarks']) ? document['benchmarks'] : []
      const shared = { ...objectAt(document, 'args'), ...objectAt(document, 'config') }
      return benchmarks.filter(isObject).map((benchmark, index) => {
        const cell = cellOf(benchmark, index, unknownKeys)
        addDocument(
          cell,
          shared,
          (path) => (path.at(-1) === 'rate' || path.at(-1) === 'concurrency' ? { as: 'ignored' } : undefined),
          'args.',
        )
        return cell
      })
    })
    const cells = finishCells(builders)
    const version = toolVersion === undefined ? {} : { toolVersion }
    return benchCapture('guidellm', 'guidellm', assembleResult({ tool: 'guidellm', form: 'json', cells, unknownKeys, ...version }), losses)
  },
}
