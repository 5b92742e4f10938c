/**
 * Console output of `vllm bench serve` and SGLang `bench_serving`: `sweep-c<N>.txt` and variant A/B trials `c<C>-t<T>.txt`
 * (facts/bench-results.md section 1). Names of metrics are matched whatever their case (trap F3).
 */
import type { BenchTool } from '#model/bench-result.ts'
import type { ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder, type Meaning } from './cell-builder.ts'
import { addFileNamePoint } from './file-name-point.ts'
import { quantities } from './serving-benchmark.ts'
import { statisticOf } from './statistics.ts'
import { corruptText, readText } from './text-source.ts'

const HEADER = /=[ \t]*Serving Benchmark Result[ \t]*=+/i
const LINE = /^\s*([A-Za-z][A-Za-z0-9 /().,%_-]*?)\s*:\s+(\S.*?)\s*$/
const LATENCY =
  /^(mean|median|std|min|max|p[\d.]+)\s+(ttft|tpot|itl|e2el|e2e latency|client queue time|e2el including client queue)\s*\((ms|s)\)$/i

/** Which tool's console output it is. SGLang prints lines that vLLM does not have. */
export function looksLikeServingLog(text: string): 'vllm' | 'sglang' | undefined {
  const hasRequests = /^[ \t]*Successful requests:[ \t]+\d/im.test(text)
  const hasDuration = /^[ \t]*Benchmark duration \(s\):[ \t]+\S/im.test(text)
  if (!(hasRequests && hasDuration) && !(HEADER.test(text) && (hasRequests || hasDuration))) return undefined
  return /retokenized|^[ \t]*Backend:[ \t]+\S|^[ \t]*Accept length:|E2E Latency \(ms\):/im.test(text) ? 'sglang' : 'vllm'
}

const meanings: Readonly<Record<string, Meaning>> = {
  'successful requests': { as: 'count', name: 'completed' },
  'failed requests': { as: 'count', name: 'failed' },
  'maximum request concurrency': { as: 'concurrency' },
  'max request concurrency': { as: 'concurrency' },
  'request rate configured (rps)': { as: 'request-rate' },
  'traffic request rate': { as: 'request-rate' },
  'benchmark duration (s)': { as: 'duration', unit: 's' },
  'total input tokens': { as: 'count', name: 'input-tokens' },
  'total generated tokens': { as: 'count', name: 'output-tokens' },
  'total generated tokens (retokenized)': { as: 'other', name: 'total_output_tokens_retokenized', statistic: 'single', unit: 'tokens' },
  'request throughput (req/s)': { as: 'rate', quantity: 'requests', statistic: 'mean', window: 'wall' },
  'request goodput (req/s)': { as: 'rate', quantity: 'goodput-requests', statistic: 'mean', window: 'wall' },
  'output token throughput (tok/s)': { as: 'rate', quantity: 'output-tokens', statistic: 'mean', window: 'wall' },
  'input token throughput (tok/s)': { as: 'rate', quantity: 'input-tokens', statistic: 'mean', window: 'wall' },
  'total token throughput (tok/s)': { as: 'rate', quantity: 'total-tokens', statistic: 'mean', window: 'wall' },
  'peak output token throughput (tok/s)': { as: 'other', name: 'max_output_tokens_per_s', statistic: 'max', unit: 'chunks/s' },
  'peak concurrent requests': { as: 'other', name: 'max_concurrent_requests', statistic: 'max', unit: 'requests' },
  concurrency: { as: 'other', name: 'concurrency', statistic: 'mean', unit: 'requests' },
  'accept length': { as: 'other', name: 'accept_length', statistic: 'mean', unit: 'tokens' },
  'acceptance rate (%)': { as: 'other', name: 'spec_decode_acceptance_rate', statistic: 'mean', unit: '%' },
  'acceptance length': { as: 'other', name: 'spec_decode_acceptance_length', statistic: 'mean', unit: 'tokens' },
  drafts: { as: 'other', name: 'spec_decode_num_drafts', statistic: 'single', unit: 'drafts' },
  'draft tokens': { as: 'other', name: 'spec_decode_draft_tokens', statistic: 'single', unit: 'tokens' },
  'accepted tokens': { as: 'other', name: 'spec_decode_accepted_tokens', statistic: 'single', unit: 'tokens' },
  backend: { as: 'context', name: 'engine' },
}

function latencyMeaning(name: string, divided: boolean): Meaning | undefined {
  const match = LATENCY.exec(name)
  if (match === null) return undefined
  const statistic = statisticOf(match[1] ?? '')
  const known = quantities[(match[2] ?? '').toLowerCase().replaceAll(' ', '_')]
  if (statistic === undefined || known === undefined) return undefined
  const definition = known[0] === 'itl' && divided ? 'chunk-gap-or-per-accepted-token' : known[1]
  return { as: 'latency', quantity: known[0], statistic, unit: match[3]?.toLowerCase() === 's' ? 's' : 'ms', definition }
}

interface LogTool {
  readonly tool: BenchTool
  readonly kind: string
  readonly name: string
}

function blocksOf(text: string): string[] {
  const parts = text.split(HEADER)
  const blocks = parts.length > 1 ? parts.slice(1) : parts
  return blocks.filter((block) => /Successful requests:|Benchmark duration/i.test(block))
}

function blockCell(block: string, losses: LossCounter, unknown: Set<string>): CellBuilder {
  const cell = new CellBuilder()
  const accepted = Number(/^[ \t]*Accept length:[ \t]+(\S+)/im.exec(block)?.[1] ?? 'NaN')
  for (const line of block.split(/\r?\n/)) {
    // A run of spaces is one: several parts of the pattern may take some of it, and a long one costs quadratic time.
    const match = LINE.exec(line.replace(/\s+/g, ' '))
    if (match === null) continue
    const name = (match[1] ?? '').replace(/\s+/g, ' ')
    const meaning = Object.hasOwn(meanings, name.toLowerCase()) ? meanings[name.toLowerCase()] : latencyMeaning(name, accepted > 1)
    const value = match[2] ?? ''
    if (meaning === undefined) {
      // Engines and shells write between the lines; a name with a unit and a number is the benchmark's.
      if (/\)$/.test(name) && Number.isFinite(Number(value))) unknown.add(name)
    } else if (/^[-+]?(?:nan|inf)/i.test(value) && meaning.as !== 'request-rate') {
      losses.add('not-finite', 1, 'NaN or Infinity in the file: no value')
    } else cell.add(name, value, meaning)
  }
  return cell
}

export function readServingLog(tool: LogTool, source: Source, options: ReadOptions): ReadResult {
  const text = readText(source, options)
  const losses = new LossCounter()
  const unknown = new Set<string>()
  const builders = blocksOf(text).map((block) => blockCell(block, losses, unknown))
  const [only] = builders
  if (only === undefined) throw corruptText(source, 'holds no result of a serving benchmark')
  if (builders.length === 1) addFileNamePoint(only, source.name)
  options.onProgress?.(source.size, source.size)
  const result = assembleResult({ tool: tool.tool, form: 'log', cells: finishCells(builders), unknownKeys: unknown })
  return benchCapture(tool.kind, tool.name, result, losses.list())
}
