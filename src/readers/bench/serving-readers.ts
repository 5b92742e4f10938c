/** Readers of `vllm bench`, SGLang `bench_serving` and InferenceX results: forks of one file, told apart by their keys. */
import type { BenchTool, LatencyDefinition } from '#model/bench-result.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import { hasKeys, type Outline, outlineOf, outlineOfSource } from '#readers/json/outline.ts'
import { addDocument, assembleResult, finishCells, type Interpret } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder, type Meaning, type TimeUnit } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import { looksLikePerfReport } from './perf-report.ts'
import { interpretServing } from './serving-benchmark.ts'
import { addDetail } from './serving-detail.ts'
import { looksLikeServingLog, readServingLog } from './serving-log.ts'
import { statisticOf } from './statistics.ts'

const WITH_UNIT = /^(?:mean|median|std|p[\d.]+)_(?:ttft|tpot|itl|e2el|e2e_latency)_ms$/
const WITHOUT_UNIT = /^(?:mean|median|std|p[\d.]+)_(?:ttft|tpot|itl|e2el)$/
const SGLANG_ONLY = ['total_output_tokens_retokenized', 'accept_length', 'mean_e2e_latency_ms', 'sharegpt_output_len', 'random_range_ratio']

function anyKey(outline: Outline, pattern: RegExp): boolean {
  for (const key of outline.keys.keys()) if (pattern.test(key)) return true
  return false
}

/** The one tool of this family whose file it is. */
export function servingTool(outline: Outline): 'vllm' | 'sglang' | 'inferencex' | 'vllm-throughput' | undefined {
  if (outline.kind === 'none') return undefined
  if (outline.kind === 'object' && hasKeys(outline, 'elapsed_time', 'num_requests', 'tokens_per_second')) return 'vllm-throughput'
  const isCounted = hasKeys(outline, 'completed') || hasKeys(outline, 'num_prompts') || hasKeys(outline, 'duration')
  if (anyKey(outline, WITHOUT_UNIT) && (isCounted || hasKeys(outline, 'conc') || hasKeys(outline, 'tput_per_gpu'))) return 'inferencex'
  const nested = outline.keys.get('request_metrics') ?? []
  if (nested.some((key) => WITHOUT_UNIT.test(key))) return 'inferencex'
  const isResult = hasKeys(outline, 'request_rate') && isCounted
  // Sweeps write their points as one array.
  if (!anyKey(outline, WITH_UNIT) && !(outline.kind === 'object' && isResult && hasKeys(outline, 'total_input_tokens'))) return undefined
  if (!isCounted) return undefined
  if (hasKeys(outline, 'backend') && SGLANG_ONLY.some((key) => hasKeys(outline, key))) return 'sglang'
  return 'vllm'
}

/** `*_intvty` is 1000/tpot_ms: the value at p99 of TPOT is the first percentile of interactivity, and its std means nothing. */
function interactivity(key: string): Meaning | undefined {
  const match = /^(mean|median|std|p[\d.]+)_intvty$/.exec(key)
  if (match === null) return undefined
  const statistic = statisticOf(match[1] ?? '')
  if (statistic === undefined || statistic === 'std') return { as: 'ignored' }
  const percent = /^p([\d.]+)$/.exec(statistic)
  if (percent === null) return { as: 'other', name: 'reciprocal of mean TPOT', statistic: 'single', unit: 'tokens/s/user' }
  const mirrored = `p${Number((100 - Number(percent[1])).toFixed(6))}` as const
  return { as: 'rate', quantity: 'output-tokens', per: 'user', statistic: mirrored, window: 'decode-only' }
}

interface ServingTool {
  readonly tool: BenchTool
  readonly kind: string
  readonly title: string
  readonly name: string
  readonly spec: string
  readonly unit: TimeUnit
  readonly claims: readonly ReturnType<typeof servingTool>[]
  readonly log: 'vllm' | 'sglang' | undefined
}

/** SGLang divides gaps by the accept length since PR #12064: with speculation on, an old and a new file differ in meaning. */
function itlDefinition(tool: BenchTool, document: JsonObject): LatencyDefinition {
  const accepted = document['accept_length']
  return tool === 'sglang' && typeof accepted === 'number' && accepted > 1 ? 'chunk-gap-or-per-accepted-token' : 'chunk-gap'
}

function interpretFor(spec: ServingTool, document: JsonObject): Interpret {
  const interpret = interpretServing(spec.unit, itlDefinition(spec.tool, document))
  return (path, value) => {
    const key = path.at(-1) ?? ''
    const known = interpret(path, value) ?? (spec.tool === 'inferencex' ? interactivity(key) : undefined)
    if (known !== undefined) return known
    // `--metadata K=V` lands at the top level as text, under any name.
    return path.length === 1 && typeof value === 'string' ? { as: 'context', name: contextName(key) ?? key } : undefined
  }
}

function cellsOf(document: unknown): readonly JsonObject[] {
  return Array.isArray(document) ? document.filter(isObject) : isObject(document) ? [document] : []
}

function readJson(spec: ServingTool, source: Source, options: ReadOptions): ReadResult {
  const { documents, losses } = readJsonDocuments(source, options, ['generated_texts', 'input_requests', 'prompts'])
  const unknownKeys: string[] = []
  const builders = documents.flatMap(cellsOf).map((document) => {
    const cell = new CellBuilder()
    unknownKeys.push(...addDocument(cell, document, interpretFor(spec, document)))
    addDetail(cell, document)
    return cell
  })
  const result = assembleResult({ tool: spec.tool, form: 'json', cells: finishCells(builders), unknownKeys })
  return benchCapture(spec.kind, spec.name, result, losses)
}

function servingReader(spec: ServingTool): Reader {
  const detect = (probe: Probe): Detection | undefined => {
    if (probe.isDirectory) return undefined
    const outline = outlineOf(probe)
    const found = servingTool(outline)
    if (found !== undefined) return spec.claims.includes(found) ? { title: spec.title } : undefined
    if (outline.kind !== 'none' || spec.log === undefined) return undefined
    const log = `${outline.text}\n${outline.end}`
    return !looksLikePerfReport(outline.text) && looksLikeServingLog(log) === spec.log ? { title: `${spec.name} console log` } : undefined
  }
  return {
    kind: spec.kind,
    title: spec.title,
    spec: spec.spec,
    version: 1,
    detect,
    async read(source, options) {
      return outlineOfSource(source).kind === 'none' ? readServingLog(spec, source, options) : readJson(spec, source, options)
    },
  }
}

export const vllmBenchReader = servingReader({
  tool: 'vllm',
  kind: 'vllm-bench',
  title: 'vllm bench result (JSON, one or appended) or console log',
  name: 'vllm bench',
  spec: 'https://docs.vllm.ai/en/latest/cli/bench/serve.html',
  unit: 'ms',
  claims: ['vllm', 'vllm-throughput'],
  log: 'vllm',
})

export const sglangBenchReader = servingReader({
  tool: 'sglang',
  kind: 'sglang-bench',
  title: 'SGLang bench_serving result (JSON lines) or console log',
  name: 'SGLang bench_serving',
  spec: 'https://docs.sglang.io/developer_guide/bench_serving.html',
  unit: 'ms',
  claims: ['sglang'],
  log: 'sglang',
})

export const inferencexReader = servingReader({
  tool: 'inferencex',
  kind: 'inferencex',
  title: 'InferenceX (InferenceMAX) result, one point or an array of points',
  name: 'InferenceX',
  spec: 'https://github.com/SemiAnalysisAI/InferenceX',
  unit: 's',
  claims: ['inferencex'],
  log: undefined,
})
