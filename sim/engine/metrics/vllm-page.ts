/** vLLM's /metrics: the names of its V1 engine (facts: levers, section 4; bench-results, section 9). No name that it removed. */
import type { EngineState } from '#sim/engine/engine-state.ts'
import { type Labels, Page } from './exposition.ts'

/** Every field of CacheConfig is a label; label names sorted, as the client library sorts them. */
function cacheConfig({ options }: EngineState): Labels {
  const { blockSize, numGpuBlocks, prefixCaching } = options
  const python = (flag: boolean): string => (flag ? 'True' : 'False')
  return {
    block_size: String(blockSize),
    cache_dtype: 'auto',
    calculate_kv_scales: 'False',
    cpu_offload_gb: '0.0',
    enable_prefix_caching: python(prefixCaching),
    engine: '0',
    gpu_memory_utilization: '0.92',
    is_attention_free: 'False',
    num_cpu_blocks: 'None',
    num_gpu_blocks: String(numGpuBlocks),
    num_gpu_blocks_override: 'None',
    prefix_caching_hash_algo: 'sha256',
    sliding_window: 'None',
    swap_space: '4.0',
  }
}

function speculation(page: Page, { scheduler, options }: EngineState, labels: Labels): void {
  if (options.speculativeTokens === 0) return
  const { drafts, draftTokens, acceptedTokens, acceptedPerPosition } = scheduler.speculation
  page
    .counter('vllm:spec_decode_num_drafts', 'Number of spec decoding drafts.', [[labels, drafts]])
    .counter('vllm:spec_decode_num_draft_tokens', 'Number of draft tokens.', [[labels, draftTokens]])
    .counter('vllm:spec_decode_num_accepted_tokens', 'Number of accepted tokens.', [[labels, acceptedTokens]])
    .counter(
      'vllm:spec_decode_num_accepted_tokens_per_pos',
      'Accepted tokens per draft position.',
      acceptedPerPosition.map((count, position) => [{ ...labels, position: String(position) }, count]),
    )
}

export function vllmPage(state: EngineState): string {
  const { scheduler, metrics, options } = state
  const labels: Labels = { engine: '0', model_name: options.model }
  const { histograms } = metrics
  const page = new Page()
  const computed = metrics.promptTokens - metrics.cachedPromptTokens
  page
    .gauge('vllm:num_requests_running', 'Number of requests in model execution batches.', [[labels, scheduler.running]])
    .gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', [[labels, scheduler.waiting]])
    .gauge('vllm:num_requests_waiting_by_reason', 'Number of waiting requests by reason.', [
      [{ ...labels, reason: 'capacity' }, scheduler.waiting],
      [{ ...labels, reason: 'deferred' }, 0],
    ])
    .gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', [[labels, scheduler.cacheUsage]])
    .counter('vllm:prefix_cache_queries', 'Prefix cache queries, in terms of number of queried tokens.', [[labels, scheduler.cacheQueries]])
    .counter('vllm:prefix_cache_hits', 'Prefix cache hits, in terms of number of cached tokens.', [[labels, scheduler.cacheHits]])
    .counter('vllm:num_preemptions', 'Cumulative number of preemption from the engine.', [[labels, 0]])
    .counter('vllm:prompt_tokens', 'Number of prefill tokens processed.', [[labels, metrics.promptTokens]])
    .counter('vllm:prompt_tokens_by_source', 'Number of prompt tokens by source.', [
      [{ ...labels, source: 'local_compute' }, computed],
      [{ ...labels, source: 'local_cache_hit' }, metrics.cachedPromptTokens],
      [{ ...labels, source: 'external_kv_transfer' }, 0],
    ])
    .counter('vllm:prompt_tokens_cached', 'Number of cached prompt tokens (local + external).', [[labels, metrics.cachedPromptTokens]])
    .counter('vllm:generation_tokens', 'Number of generation tokens processed.', [[labels, metrics.generatedTokens]])
    .counter(
      'vllm:request_success',
      'Count of successfully processed requests.',
      (['stop', 'length', 'abort', 'error', 'repetition'] as const).map((reason) => [
        { engine: '0', finished_reason: reason, model_name: options.model },
        reason === 'error' || reason === 'repetition' ? 0 : metrics.finished[reason],
      ]),
    )
    .histogram('vllm:request_prompt_tokens', 'Number of prefill tokens processed.', labels, histograms.promptTokens)
    .histogram('vllm:request_generation_tokens', 'Number of generation tokens processed.', labels, histograms.answerTokens)
    .histogram('vllm:iteration_tokens_total', 'Histogram of number of tokens per engine_step.', labels, histograms.stepTokens)
    .histogram('vllm:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', labels, histograms.firstToken)
    .histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', labels, histograms.interToken)
    .histogram(
      'vllm:request_time_per_output_token_seconds',
      'Histogram of time_per_output_token_seconds per request.',
      labels,
      histograms.requestToken,
    )
    .histogram('vllm:e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', labels, histograms.latency)
    .histogram('vllm:request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', labels, histograms.queue)
    .histogram('vllm:request_inference_time_seconds', 'Histogram of time spent in RUNNING phase for request.', labels, histograms.inference)
    .histogram('vllm:request_prefill_time_seconds', 'Histogram of time spent in PREFILL phase for request.', labels, histograms.prefill)
    .histogram('vllm:request_decode_time_seconds', 'Histogram of time spent in DECODE phase for request.', labels, histograms.decode)
  speculation(page, state, labels)
  page.gauge('vllm:cache_config_info', 'Information of the LLMEngine CacheConfig', [[cacheConfig(state), 1]])
  return page.text()
}
