/** SGLang's /metrics, as with --enable-metrics (facts: levers, section 6.3). */
import type { EngineState } from '#sim/engine/engine-state.ts'
import { type Labels, Page } from './exposition.ts'

export function sglangPage(state: EngineState): string {
  const { scheduler, metrics, options, totals } = state
  const labels: Labels = { engine_type: 'unified', model_name: options.model, pp_rank: '0', tp_rank: '0' }
  const capacity = options.numGpuBlocks * options.blockSize
  const queried = scheduler.cacheQueries
  const { drafts, acceptedTokens, draftTokens } = scheduler.speculation
  const page = new Page()
  page
    .gauge('sglang:num_running_reqs', 'The number of running requests.', [[labels, scheduler.running]])
    .gauge('sglang:num_queue_reqs', 'The number of requests in the waiting queue.', [[labels, scheduler.waiting]])
    .gauge('sglang:num_used_tokens', 'The number of used tokens.', [[labels, Math.round(scheduler.cacheUsage * capacity)]])
    .gauge('sglang:token_usage', 'The token usage.', [[labels, scheduler.cacheUsage]])
    .gauge('sglang:gen_throughput', 'The generation throughput (token/s).', [[labels, metrics.tokensPerS]])
    .gauge('sglang:cache_hit_rate', 'The prefix cache hit rate.', [[labels, queried === 0 ? 0 : scheduler.cacheHits / queried]])
    .gauge('sglang:spec_accept_length', 'The average acceptance length of speculative decoding.', [
      [labels, drafts === 0 ? 0 : 1 + acceptedTokens / drafts],
    ])
    .gauge('sglang:spec_accept_rate', 'The average acceptance rate of speculative decoding.', [
      [labels, draftTokens === 0 ? 0 : acceptedTokens / draftTokens],
    ])
    .counter('sglang:prompt_tokens', 'Number of prefill tokens processed.', [[labels, metrics.promptTokens]])
    .counter('sglang:generation_tokens', 'Number of generation tokens processed.', [[labels, metrics.generatedTokens]])
    .counter('sglang:cached_tokens', 'Number of cached prompt tokens.', [[labels, metrics.cachedPromptTokens]])
    .counter('sglang:num_requests', 'Number of requests processed.', [[labels, totals.finished]])
    .counter('sglang:num_aborted_requests', 'Number of requests aborted.', [[labels, metrics.finished.abort]])
    .counter('sglang:num_retracted_requests', 'Number of requests retracted.', [[labels, 0]])
    .histogram('sglang:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', labels, metrics.histograms.firstToken)
    .histogram('sglang:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', labels, metrics.histograms.interToken)
    .histogram(
      'sglang:e2e_request_latency_seconds',
      'Histogram of End-to-end request latency in seconds',
      labels,
      metrics.histograms.latency,
    )
    .histogram('sglang:queue_time_seconds', 'Histogram of queueing time in seconds.', labels, metrics.histograms.queue)
  return page.text()
}
