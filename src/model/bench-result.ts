/** What a load generator measured, typed: every latency carries its definition, every unit is converted once, absence is absence. */

/** Tools whose results are read; `mission` is inference_perfbench_v1 itself. */
export type BenchTool =
  | 'vllm'
  | 'sglang'
  | 'aiperf'
  | 'genai-perf'
  | 'guidellm'
  | 'inference-perf'
  | 'inferencex'
  | 'drive-load'
  | 'llmperf'
  | 'inference-perfbench'
  | 'sextant-drive'
  | 'perf-bench-report'
  | 'llm-d'

/** `p50`, `p99.9`…: a percentile by its number, whatever the tool calls it (`median`, `p999`, `p001`). */
export type Percentile = `p${number}`
export type Statistic = 'mean' | 'std' | 'min' | 'max' | 'mode' | 'variance' | 'sum' | 'total' | 'single' | Percentile

export type LatencyQuantity =
  | 'ttft'
  | 'ttft-with-queue'
  | 'time-to-second-token'
  | 'time-to-first-output-token'
  | 'itl'
  | 'inter-chunk'
  | 'tpot'
  | 'ntpot'
  | 'e2el'
  | 'e2el-with-queue'
  | 'client-queue'
  | 'schedule-delay'
  | 'send-duration'

/**
 * What exactly a latency is (facts/bench-results.md section 8). Two values may be compared only where these agree.
 * `request-mean-…` of ITL at one tool is what another calls TPOT: the definition decides, not the name.
 */
export type LatencyDefinition =
  // time to first token: which event stops the clock
  | 'first-chunk' // first choices chunk, even with empty text
  | 'first-content' // first non-empty content, reasoning included
  | 'first-output-content' // first non-reasoning content
  | 'first-token-iteration'
  | 'first-chunk-with-tokens'
  | 'first-event-unknown'
  // between tokens
  | 'chunk-gap' // gaps between chunks, pooled over requests
  | 'content-gap' // the same between chunks with text only: an empty last one is no token
  | 'chunk-gap-or-per-accepted-token' // SGLang with speculation: divided by the accept length since PR #12064, not before
  | 'token-gap' // stamps per token, pooled: k tokens in a chunk give k - 1 zeros
  | 'request-mean-without-first' // (latency - ttft) / (tokens - 1) of each request, requests weigh equally
  | 'request-mean-without-first-token-weighted'
  | 'request-mean-with-first-token-weighted' // (last - start) / tokens
  | 'latency-over-tokens' // whole latency / tokens, TTFT included
  | 'second-after-first'
  | 'server-histogram' // the engine's own histogram, limited by its buckets
  // whole request: which event stops the clock
  | 'until-last-token-chunk'
  | 'until-last-content'
  | 'until-stream-close'
  | 'until-end-stamp'
  // the load generator itself
  | 'waiting-in-client'
  | 'behind-schedule'
  | 'sending'
  | 'unknown'

/** `estimable`: a percentile needs enough requests for a finite interval (facts/baselines.md section 6). */
export interface LatencyMetric {
  readonly quantity: LatencyQuantity
  readonly statistic: Statistic
  /** Nanoseconds, not rounded: the tool's statistic times its unit. */
  readonly valueNs: number
  readonly definition: LatencyDefinition
  /** Requests behind the statistic; absent = not said. */
  readonly n?: number
  readonly estimable: 'yes' | 'no' | 'unknown'
  readonly origin: 'reported' | 'recomputed'
  /** Where it stood (dotted path, column or line) and in which unit. */
  readonly key: string
  readonly unit: string
}

export type RateQuantity = 'requests' | 'output-tokens' | 'input-tokens' | 'total-tokens' | 'goodput-requests' | 'goodput-tokens'

export type RateWindow = 'wall' | 'first-request-to-last-response' | 'trimmed' | 'per-request' | 'decode-only' | 'unknown'

export interface RateMetric {
  readonly quantity: RateQuantity
  /** What one unit of the rate belongs to. */
  readonly per: 'deployment' | 'gpu' | 'user'
  readonly statistic: Statistic
  readonly perSecond: number
  readonly window: RateWindow
  readonly origin: 'reported' | 'recomputed'
  readonly key: string
}

export type CountName =
  | 'requested'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'incomplete'
  | 'good'
  | 'input-tokens'
  | 'output-tokens'
  | 'total-tokens'

export interface CountMetric {
  readonly name: CountName
  readonly count: number
  readonly origin: 'reported' | 'recomputed'
  readonly key: string
}

/** A figure of the file that is none of the above: lengths, shares, watts. `unit` as the file says it, `unknown` where it does not. */
export interface OtherMetric {
  readonly name: string
  readonly statistic: Statistic
  readonly value: number
  readonly unit: string
  readonly key: string
}

/** A wall-clock instant. Without a zone it stays text and joins nothing. */
export interface Instant {
  readonly text: string
  readonly zone: 'utc' | 'absent'
  /** Decimal string: nanoseconds since 1970, exact as far as the text is. Absent without a zone. */
  readonly epochNs?: string
}

export interface BenchFinding {
  readonly code:
    | 'gated-open-loop'
    | 'run-invalid'
    | 'run-not-judged'
    | 'run-marked'
    | 'load-generator-late'
    | 'rate-not-reached'
    | 'no-successful-requests'
    | 'failed-requests-excluded'
    | 'percentile-not-estimable'
    | 'time-without-zone'
    | 'label-not-measured'
    | 'cancelled-requests-excluded'
    | 'approximate-percentiles'
    | 'throughput-not-qualified'
  readonly severity: 'info' | 'warning' | 'error'
  readonly text: string
}

export interface BenchCell {
  /** `c16`, `rate-10`, `stage-3`…; with trials of one point `c16-t2`. Unique within the file. */
  readonly id: string
  readonly concurrency?: number
  /** Requests per second offered; `unlimited` where the tool sends as fast as the concurrency allows. */
  readonly requestRate?: number | 'unlimited'
  readonly trial?: number
  readonly durationNs?: number
  readonly startedAt?: Instant
  readonly endedAt?: Instant
  /** From the file's own requests: while at least 90 % of the most requests in flight were in flight. Ramp and drain are outside. */
  readonly steady?: { readonly startedAt: Instant; readonly endedAt: Instant }
  readonly latencies: readonly LatencyMetric[]
  readonly rates: readonly RateMetric[]
  readonly counts: readonly CountMetric[]
  readonly others: readonly OtherMetric[]
  readonly findings: readonly BenchFinding[]
  /** What the file says of this cell alone. */
  readonly context: readonly ContextField[]
}

/** One field of the context descriptor as the file gives it; nothing is filled in. */
export interface ContextField {
  /** `model`, `tensorParallel`, `quantization`… or the file's own name. */
  readonly name: string
  readonly value: string | number | boolean
  readonly key: string
}

export interface BenchResult {
  readonly tool: BenchTool
  /** What kind of file: `json`, `csv`, `jsonl`, `log`. */
  readonly form: string
  readonly toolVersion?: string
  readonly cells: readonly BenchCell[]
  readonly context: readonly ContextField[]
  /** Keys with a value that nobody interprets, sorted. */
  readonly unknownKeys: readonly string[]
}

/** The one value of a context field; undefined where it is absent, or where the file contradicts itself. */
export function contextValue(fields: readonly ContextField[], name: string): ContextField['value'] | undefined {
  const values = new Set(fields.filter((field) => field.name === name).map(({ value }) => value))
  const [value] = values
  return values.size === 1 ? value : undefined
}

export function countOf(cell: BenchCell, name: CountName): number | undefined {
  const counts = cell.counts.filter((count) => count.name === name)
  return (counts.find(({ origin }) => origin === 'recomputed') ?? counts[0])?.count
}
