/** Two dumps of the engine's /metrics, before and after the benchmark (facts: levers, sections 4 and 6.3). */
import type { Deployment } from '#sim/deployment/deployment.ts'
import { Histogram, type Labels, Page } from '#sim/engine/metrics/exposition.ts'
import type { Load } from './load.ts'

/** Of one engine since it began. */
interface Totals {
  readonly finished: number
  readonly promptTokens: number
  readonly cachedTokens: number
  /** Prompt tokens that were computed, those of preempted requests again. */
  readonly computedTokens: number
  readonly generatedTokens: number
  readonly preemptions: number
  readonly drafts: number
}

function totalsOf({ serving }: Deployment, load: Load, finished: number): Totals {
  const promptTokens = finished * serving.inputTokens
  const cachedTokens = Math.round(promptTokens * serving.hitRatio)
  const generatedTokens = finished * serving.outputTokens
  return {
    finished,
    promptTokens,
    cachedTokens,
    computedTokens: Math.round((promptTokens - cachedTokens) * (1 + serving.recomputedRatio)),
    generatedTokens,
    preemptions: Math.round((serving.preemptions * finished) / serving.finishedRequests),
    drafts: Math.round(generatedTokens / load.acceptanceLength),
  }
}

const secondEdges = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80]
const tokenEdges = [64, 256, 1024, 4096, 16_384, 65_536, 262_144]

/** `times` observations of one value: what is read of a histogram here is its mean. */
function histogram(edges: readonly number[], value: number, times: number): Histogram {
  const filled = new Histogram(edges)
  if (times > 0) filled.observe(value, times)
  return filled
}

const seconds = (ns: number, times: number): Histogram => histogram(secondEdges, ns / 1e9, times)

function vllmEngine(page: Page, deployment: Deployment, load: Load, totals: Totals, labels: Labels): void {
  const { mechanism, serving } = deployment
  const waiting = serving.preemptions > 0 ? Math.round(serving.concurrency / 4) : 0
  const { finished, promptTokens, cachedTokens, computedTokens, generatedTokens } = totals
  page
    .gauge('vllm:num_requests_running', 'Number of requests in model execution batches.', [[labels, serving.concurrency / serving.engines]])
    .gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', [[labels, waiting]])
    .gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', [[labels, serving.kvUsageRatio]])
    .counter('vllm:prefix_cache_queries', 'Prefix cache queries, in terms of number of queried tokens.', [[labels, promptTokens]])
    .counter('vllm:prefix_cache_hits', 'Prefix cache hits, in terms of number of cached tokens.', [[labels, cachedTokens]])
    .counter('vllm:num_preemptions', 'Cumulative number of preemption from the engine.', [[labels, totals.preemptions]])
    .counter('vllm:prompt_tokens', 'Number of prefill tokens processed.', [[labels, promptTokens]])
    .counter('vllm:prompt_tokens_by_source', 'Number of prompt tokens by source.', [
      [{ ...labels, source: 'local_compute' }, promptTokens - cachedTokens],
      [{ ...labels, source: 'local_cache_hit' }, cachedTokens],
    ])
    .counter('vllm:prompt_tokens_cached', 'Number of cached prompt tokens (local + external).', [[labels, cachedTokens]])
    .counter('vllm:generation_tokens', 'Number of generation tokens processed.', [[labels, generatedTokens]])
    .counter('vllm:request_success', 'Count of successfully processed requests.', [[{ ...labels, finished_reason: 'length' }, finished]])
    .histogram(
      'vllm:request_prefill_kv_computed_tokens',
      'Histogram of number of new KV tokens computed during prefill.',
      labels,
      histogram(tokenEdges, finished > 0 ? computedTokens / finished : 0, finished),
    )
    .histogram(
      'vllm:request_prompt_tokens',
      'Number of prefill tokens processed.',
      labels,
      histogram(tokenEdges, serving.inputTokens, finished),
    )
    .histogram(
      'vllm:request_generation_tokens',
      'Number of generation tokens.',
      labels,
      histogram(tokenEdges, serving.outputTokens, finished),
    )
    .histogram(
      'vllm:time_to_first_token_seconds',
      'Histogram of time to first token in seconds.',
      labels,
      seconds(load.ttft.mean, finished),
    )
    .histogram(
      'vllm:inter_token_latency_seconds',
      'Histogram of inter-token latency in seconds.',
      labels,
      seconds(load.tpot.mean, generatedTokens - finished),
    )
    .histogram(
      'vllm:request_queue_time_seconds',
      'Histogram of time spent in WAITING phase for request.',
      labels,
      seconds(load.queueNs, finished),
    )
    .histogram(
      'vllm:request_prefill_time_seconds',
      'Histogram of time spent in PREFILL phase for request.',
      labels,
      seconds(load.prefillNs, finished),
    )
    .histogram(
      'vllm:request_decode_time_seconds',
      'Histogram of time spent in DECODE phase for request.',
      labels,
      seconds(load.tpot.mean * (serving.outputTokens - 1), finished),
    )
  const { drafting } = mechanism
  if (drafting === undefined) return
  const accepted = drafting.acceptedAt.slice(0, drafting.tokens).map((chance) => Math.round(totals.drafts * chance))
  page
    .counter('vllm:spec_decode_num_drafts', 'Number of spec decoding drafts.', [[labels, totals.drafts]])
    .counter('vllm:spec_decode_num_draft_tokens', 'Number of draft tokens.', [[labels, totals.drafts * drafting.tokens]])
    .counter('vllm:spec_decode_num_accepted_tokens', 'Number of accepted tokens.', [
      [labels, accepted.reduce((sum, count) => sum + count, 0)],
    ])
    .counter(
      'vllm:spec_decode_num_accepted_tokens_per_pos',
      'Accepted tokens per draft position.',
      accepted.map((count, position) => [{ ...labels, position: String(position) }, count]),
    )
}

function sglangEngine(page: Page, deployment: Deployment, load: Load, totals: Totals, labels: Labels): void {
  const { serving, mechanism } = deployment
  const { finished, promptTokens, cachedTokens, generatedTokens } = totals
  page
    .gauge('sglang:num_running_reqs', 'The number of running requests.', [[labels, serving.concurrency / serving.engines]])
    .gauge('sglang:num_queue_reqs', 'The number of requests in the waiting queue.', [
      [labels, serving.preemptions > 0 ? serving.concurrency / 4 : 0],
    ])
    .gauge('sglang:token_usage', 'The token usage.', [[labels, serving.kvUsageRatio]])
    .gauge('sglang:cache_hit_rate', 'The prefix cache hit rate.', [[labels, serving.hitRatio]])
    .counter('sglang:prompt_tokens', 'Number of prefill tokens processed.', [[labels, promptTokens]])
    .counter('sglang:cached_tokens', 'Number of cached prompt tokens.', [[labels, cachedTokens]])
    .counter('sglang:generation_tokens', 'Number of generation tokens processed.', [[labels, generatedTokens]])
    .counter('sglang:num_requests', 'Number of requests processed.', [[labels, finished]])
    .counter('sglang:num_retracted_requests', 'Number of requests retracted.', [[labels, totals.preemptions]])
    .histogram(
      'sglang:time_to_first_token_seconds',
      'Histogram of time to first token in seconds.',
      labels,
      seconds(load.ttft.mean, finished),
    )
    .histogram(
      'sglang:inter_token_latency_seconds',
      'Histogram of inter-token latency in seconds.',
      labels,
      seconds(load.tpot.mean, generatedTokens - finished),
    )
    .histogram('sglang:queue_time_seconds', 'Histogram of queueing time in seconds.', labels, seconds(load.queueNs, finished))
  if (mechanism.drafting !== undefined) {
    page.gauge('sglang:spec_accept_length', 'The average acceptance length of speculative decoding.', [[labels, load.acceptanceLength]])
  }
}

function pageOf(deployment: Deployment, load: Load, finished: number): string {
  const { engine, serving, file } = deployment
  const model = file.model?.name ?? 'example/model'
  const page = new Page()
  for (let index = 0; index < serving.engines; index += 1) {
    const totals = totalsOf(deployment, load, Math.round(finished / serving.engines))
    if (engine === 'vllm') vllmEngine(page, deployment, load, totals, { engine: String(index), model_name: model })
    else sglangEngine(page, deployment, load, totals, { engine_type: 'unified', model_name: model, dp_rank: String(index), tp_rank: '0' })
  }
  return page.text()
}

/** Warm-up requests before the first dump, of the same kind. */
const WARM_UP_RATIO = 0.1

export function metricsPages(deployment: Deployment, load: Load): { readonly before: string; readonly after: string } {
  const warm = Math.round(deployment.serving.finishedRequests * WARM_UP_RATIO)
  return { before: pageOf(deployment, load, warm), after: pageOf(deployment, load, warm + deployment.serving.finishedRequests) }
}
