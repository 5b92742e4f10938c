/**
 * inference-perf `*_lifecycle_metrics.json` and `*_prometheus_metrics.json`. https://github.com/kubernetes-sigs/inference-perf
 * Every latency is seconds, whatever its documentation says (trap F8). Facts: bench-results.md section 4.
 * Not read: per-request and session files, adapters.
 */
import type { LatencyDefinition, LatencyQuantity, RateQuantity } from '#model/bench-result.ts'
import type { Reader } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import { hasKeys, outlineOf } from '#readers/json/outline.ts'
import { addDocument, assembleResult, finishCells, type Interpret } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder, type Meaning } from './cell-builder.ts'
import { statisticOf } from './statistics.ts'

const latencies: Readonly<Record<string, readonly [LatencyQuantity, LatencyDefinition]>> = {
  request_latency: ['e2el', 'until-end-stamp'],
  normalized_time_per_output_token: ['ntpot', 'latency-over-tokens'],
  time_per_output_token: ['tpot', 'request-mean-without-first'],
  time_to_first_token: ['ttft', 'first-chunk-with-tokens'],
  inter_token_latency: ['itl', 'token-gap'],
}

const rates: Readonly<Record<string, RateQuantity>> = {
  input_tokens_per_sec: 'input-tokens',
  output_tokens_per_sec: 'output-tokens',
  total_tokens_per_sec: 'total-tokens',
  requests_per_sec: 'requests',
}

/** `isServer`: the file is what Prometheus knew of the engine, not what the client saw. */
function interpretFile(isServer: boolean): Interpret {
  const interpretLatency = (name: string, word: string): Meaning | undefined => {
    const known = Object.hasOwn(latencies, name) ? latencies[name] : undefined
    const statistic = statisticOf(word)
    if (known === undefined || statistic === undefined) return undefined
    return { as: 'latency', quantity: known[0], definition: isServer ? 'server-histogram' : known[1], statistic, unit: 's' }
  }
  return (path) => {
    const [top, second = '', third = '', fourth = ''] = path
    if (top === 'benchmark_time_seconds') return { as: 'duration', unit: 's' }
    if (top === 'load_summary') return loadMeaning(second, third)
    if (top === 'failures') return second === 'count' ? { as: 'count', name: 'failed' } : { as: 'ignored' }
    if (top !== 'successes') return undefined
    if (second === 'count') return { as: 'count', name: 'completed' }
    if (second === 'rate') return { as: 'rate', quantity: 'requests', statistic: 'mean', window: 'unknown' }
    if (second === 'throughput') {
      const rate = Object.hasOwn(rates, third) ? rates[third] : undefined
      return rate === undefined ? undefined : { as: 'rate', quantity: rate, statistic: 'mean', window: 'first-request-to-last-response' }
    }
    const latency = second === 'latency' ? interpretLatency(third, fourth) : interpretLatency(second, third)
    if (latency !== undefined) return latency
    const statistic = statisticOf(path.at(-1) ?? '')
    const name = path.slice(1, statistic === undefined ? undefined : -1).join('.')
    return { as: 'other', name, statistic: statistic ?? 'single', unit: unitOf(second) }
  }
}

function unitOf(name: string): string {
  if (/^(?:prompt|output)_(?:len|tokens)$/.test(name)) return 'tokens'
  if (/percent/.test(name)) return '%'
  return 'unknown'
}

function loadMeaning(name: string, word: string): Meaning | undefined {
  const statistic = statisticOf(word)
  if (name === 'schedule_delay' && statistic !== undefined)
    return { as: 'latency', quantity: 'schedule-delay', definition: 'behind-schedule', statistic, unit: 's' }
  if (name === 'send_duration') return { as: 'latency', quantity: 'send-duration', definition: 'sending', statistic: 'single', unit: 's' }
  if (name === 'count') return { as: 'count', name: 'requested' }
  if (name === 'requested_rate') return { as: 'request-rate' }
  if (name === 'concurrency') return { as: 'concurrency' }
  if (name === 'achieved_rate') return { as: 'rate', quantity: 'requests', statistic: 'mean', window: 'wall' }
  return undefined
}

/** The two kinds of file share their outline; only the engine's has queue lengths and cache usage. */
function isServerSide(document: JsonObject): boolean {
  const successes = isObject(document['successes']) ? document['successes'] : {}
  return 'queue_len' in successes || 'kv_cache_usage_percentage' in successes || ('rate' in successes && !('latency' in successes))
}

export const inferencePerfReader: Reader = {
  kind: 'inference-perf',
  title: 'inference-perf lifecycle or Prometheus metrics (JSON)',
  spec: 'https://github.com/kubernetes-sigs/inference-perf',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    if (outline.kind !== 'object' || !hasKeys(outline, 'load_summary', 'successes')) return undefined
    return { title: 'inference-perf metrics' }
  },
  async read(source, options) {
    const { documents, losses } = readJsonDocuments(source, options)
    const unknownKeys: string[] = []
    const stage = /stage_(\d+)/.exec(source.name.split(/[\\/]/).at(-1) ?? '')?.[1]
    const objects = documents.filter(isObject)
    const builders = objects.map((document) => {
      const cell = new CellBuilder()
      unknownKeys.push(...addDocument(cell, document, interpretFile(isServerSide(document))))
      return cell
    })
    const points = objects.map(() => (stage === undefined ? 'summary' : `stage-${stage}`))
    const result = assembleResult({ tool: 'inference-perf', form: 'json', cells: finishCells(builders, points), unknownKeys })
    return benchCapture('inference-perf', 'inference-perf', result, losses)
  },
}
