/** Sections of an llm-d benchmark report: `run`, `scenario` and `results` (v0.2), `scenario` and `metrics` (v0.1). */
import type { LatencyDefinition, LatencyQuantity, RateQuantity, RateWindow, Statistic } from '#model/bench-result.ts'
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import type { CellBuilder, TimeUnit } from './cell-builder.ts'
import { anyInstant } from './instants.ts'
import { statisticOf } from './statistics.ts'

export type Generator = 'inference-perf' | 'guidellm' | 'vllm' | 'unknown'

/** Definitions by load generator: facts/bench-results.md section 8. */
const definitions: Readonly<Record<string, readonly [LatencyQuantity, Readonly<Record<Generator, LatencyDefinition>>]>> = {
  time_to_first_token: [
    'ttft',
    { 'inference-perf': 'first-chunk-with-tokens', guidellm: 'first-token-iteration', vllm: 'first-chunk', unknown: 'first-event-unknown' },
  ],
  inter_token_latency: [
    'itl',
    { 'inference-perf': 'token-gap', guidellm: 'request-mean-without-first-token-weighted', vllm: 'chunk-gap', unknown: 'unknown' },
  ],
  time_per_output_token: [
    'tpot',
    {
      'inference-perf': 'request-mean-without-first',
      guidellm: 'request-mean-with-first-token-weighted',
      vllm: 'request-mean-without-first',
      unknown: 'unknown',
    },
  ],
  normalized_time_per_output_token: [
    'ntpot',
    { 'inference-perf': 'latency-over-tokens', guidellm: 'unknown', vllm: 'unknown', unknown: 'unknown' },
  ],
  request_latency: [
    'e2el',
    { 'inference-perf': 'until-end-stamp', guidellm: 'until-stream-close', vllm: 'until-last-token-chunk', unknown: 'unknown' },
  ],
}

const windows: Readonly<Record<Generator, RateWindow>> = {
  'inference-perf': 'first-request-to-last-response',
  guidellm: 'trimmed',
  vllm: 'wall',
  unknown: 'unknown',
}

const rates: Readonly<Record<string, RateQuantity>> = {
  output_token_rate: 'output-tokens',
  input_token_rate: 'input-tokens',
  total_token_rate: 'total-tokens',
  request_rate: 'requests',
  output_tokens_per_sec: 'output-tokens',
  input_tokens_per_sec: 'input-tokens',
  total_tokens_per_sec: 'total-tokens',
  requests_per_sec: 'requests',
}

const timeUnits: Readonly<Record<string, TimeUnit>> = {
  s: 's',
  ms: 'ms',
  us: 'us',
  seconds: 's',
  's/token': 's',
  'ms/token': 'ms',
  'us/token': 'us',
}

const loadOf = (document: JsonObject): JsonObject | undefined =>
  objectAt(document, 'scenario', 'load', 'standardized') ?? objectAt(document, 'scenario', 'load')

export function toolOf(document: JsonObject): Generator {
  const load = loadOf(document)
  const name = String(load?.['tool'] ?? load?.['name'] ?? '').toLowerCase()
  if (name.includes('inference-perf')) return 'inference-perf'
  if (name.includes('guidellm')) return 'guidellm'
  return /vllm/.test(name) ? 'vllm' : 'unknown'
}

export function stageOf(document: JsonObject): number | undefined {
  const stage = loadOf(document)?.['stage'] ?? objectAt(document, 'scenario', 'load', 'metadata')?.['stage']
  return typeof stage === 'number' ? stage : undefined
}

/** `p0p1` is the 0.1st percentile, `p99p9` the 99.9th. */
export function llmdStatistic(word: string): Statistic | undefined {
  return statisticOf(word.replace(/^(p\d+)p(\d+)$/, '$1.$2'))
}

/** ISO 8601 `PT49.97S`, or seconds. */
function durationSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const match = typeof value === 'string' ? /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(value) : null
  if (match === null || match[0] === 'PT') return undefined
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)
}

export function addRun(cell: CellBuilder, document: JsonObject): void {
  const time = objectAt(document, 'run', 'time') ?? objectAt(document, 'metrics', 'time') ?? {}
  const seconds = durationSeconds(time['duration'])
  if (seconds !== undefined) cell.add('time.duration', seconds, { as: 'duration', unit: 's' })
  for (const [key, as] of [
    ['start', 'started'],
    ['end', 'ended'],
    ['stop', 'ended'],
  ] as const) {
    const value = time[key]
    const instant = typeof value === 'string' || typeof value === 'number' ? anyInstant(value) : undefined
    if (instant !== undefined) cell.add(`time.${key}`, instant.text, { as, instant })
  }
}

export function addLoad(cell: CellBuilder, document: JsonObject): void {
  const load = loadOf(document) ?? {}
  const concurrency = load['concurrency']
  // `.inf`: as many as arrive.
  if (typeof concurrency === 'number' && Number.isFinite(concurrency)) cell.add('load.concurrency', concurrency, { as: 'concurrency' })
  if (typeof load['rate_qps'] === 'number') cell.add('load.rate_qps', load['rate_qps'], { as: 'request-rate' })
  for (const [key, name] of [
    ['input_seq_len', 'inputTokensLabel'],
    ['output_seq_len', 'outputTokensLabel'],
  ] as const) {
    const value = objectAt(load, key)?.['value']
    if (typeof value === 'number') cell.add(`load.${key}.value`, value, { as: 'context', name })
  }
  const tool = load['tool'] ?? load['name']
  if (typeof tool === 'string') cell.add('load.tool', tool, { as: 'context', name: 'loadGenerator' })
}

/** Components of the stack; those that differ leave a field with several values, which nobody takes for one. */
export function addStack(cell: CellBuilder, document: JsonObject): void {
  const stack = objectAt(document, 'scenario')?.['stack']
  const components = Array.isArray(stack) ? stack.filter(isObject).flatMap((each) => objectAt(each, 'standardized') ?? []) : []
  const accelerators = objectAt(document, 'scenario', 'host')?.['accelerator']
  const older = Array.isArray(accelerators) ? accelerators.filter(isObject).map((accelerator) => ({ accelerator })) : []
  const model = objectAt(document, 'scenario', 'model')?.['name']
  if (typeof model === 'string') cell.add('scenario.model.name', model, { as: 'context', name: 'model' })
  for (const [index, component] of [...components, ...older].entries()) {
    const key = `stack[${index}]`
    const accelerator = objectAt(component, 'accelerator')
    const parallelism = objectAt(accelerator, 'parallelism')
    const fields = [
      ['model', objectAt(component, 'model')?.['name']],
      ['hardware', accelerator?.['model']],
      ['gpus', accelerator?.['count']],
      ['tensorParallel', parallelism?.['tp']],
      ['pipelineParallel', parallelism?.['pp']],
      ['dataParallel', parallelism?.['dp']],
      ['expertParallel', parallelism?.['ep']],
    ] as const
    for (const [name, value] of fields)
      if (typeof value === 'string' || typeof value === 'number') cell.add(`${key}.${name}`, value, { as: 'context', name })
  }
}

export function addResults(cell: CellBuilder, document: JsonObject, tool: Generator, unknown: Set<string>): void {
  const results = objectAt(document, 'results', 'request_performance', 'aggregate') ?? objectAt(document, 'metrics') ?? {}
  const requests = objectAt(results, 'requests') ?? {}
  const counts = [
    ['total', 'requested'],
    ['failures', 'failed'],
    ['incomplete', 'incomplete'],
  ] as const
  for (const [key, name] of counts) if (typeof requests[key] === 'number') cell.add(`requests.${key}`, requests[key], { as: 'count', name })
  for (const [name, body] of Object.entries(requests)) if (isObject(body)) addOther(cell, `requests.${name}`, name, body)
  for (const [name, body] of Object.entries(objectAt(results, 'latency') ?? {})) addLatency(cell, name, body, tool, unknown)
  for (const [name, body] of Object.entries(objectAt(results, 'throughput') ?? {})) addRate(cell, name, body, tool, unknown)
  const components = objectAt(document, 'results', 'observability')?.['components']
  for (const component of Array.isArray(components) ? components.filter(isObject) : [])
    for (const [name, body] of Object.entries(objectAt(component, 'aggregate') ?? {}))
      if (isObject(body))
        addOther(
          cell,
          `observability.${String(component['component_label'])}.${name}`,
          `${String(component['component_label'])}.${name}`,
          body,
        )
}

function addLatency(cell: CellBuilder, name: string, body: unknown, tool: Generator, unknown: Set<string>): void {
  const known = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  const unit = isObject(body) ? timeUnits[String(body['units'])] : undefined
  if (!isObject(body) || known === undefined || unit === undefined) {
    unknown.add(`latency.${name}`)
    return
  }
  for (const [word, value] of Object.entries(body)) {
    const statistic = llmdStatistic(word)
    if (statistic !== undefined && typeof value === 'number')
      cell.add(`latency.${name}.${word}`, value, { as: 'latency', quantity: known[0], definition: known[1][tool], statistic, unit })
  }
}

function addRate(cell: CellBuilder, name: string, body: unknown, tool: Generator, unknown: Set<string>): void {
  const quantity = Object.hasOwn(rates, name) ? rates[name] : undefined
  const value = isObject(body) ? body['mean'] : body
  if (typeof value !== 'number') return
  if (quantity === undefined) unknown.add(`throughput.${name}`)
  else
    cell.add(`throughput.${name}${isObject(body) ? '.mean' : ''}`, value, {
      as: 'rate',
      quantity,
      statistic: 'mean',
      window: windows[tool],
    })
}

function addOther(cell: CellBuilder, key: string, name: string, body: JsonObject): void {
  const unit = typeof body['units'] === 'string' ? body['units'] : 'unknown'
  for (const [word, value] of Object.entries(body)) {
    const statistic = llmdStatistic(word)
    if (statistic !== undefined && typeof value === 'number') cell.add(`${key}.${word}`, value, { as: 'other', name, statistic, unit })
  }
}
