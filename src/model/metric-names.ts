/**
 * One rename table for metrics endpoints: every name that an exporter ever used for a quantity, its factor to the unit kept here, and
 * what the number is. Semantics come from here and never from `# TYPE`: the DCGM exporter copies a column of a configuration file, and
 * that column was wrong for years (facts/dcgm.md section 0).
 */

import { dcgmFields } from './dcgm-fields.ts'
import type { MetricName, MetricQuantity, MetricSemantics, MetricUnit } from './metric-quantity.ts'

const VLLM = 'facts/bench-results.md section 9: vLLM V1 metrics'
const SGLANG = 'sgl-project/sglang python/sglang/srt/metrics/collector.py, docs.sglang.io production metrics'

/** AIPerf's GPU telemetry rescales DCGM's fields (its own summary states the units). */
const aiperfTelemetry: Readonly<Record<string, readonly [name: string, factor: number]>> = {
  'board-power': ['aiperf:gpu_power_usage', 1],
  energy: ['aiperf:energy_consumption', 1e6],
  'gpu-busy': ['aiperf:gpu_utilization', 0.01],
  'memory-busy': ['aiperf:memory_copy_utilization', 0.01],
  'memory-used': ['aiperf:gpu_memory_used', 1e9],
  'memory-free': ['aiperf:gpu_memory_free', 1e9],
  'memory-total': ['aiperf:gpu_memory_total', 1e9],
  'sm-clock': ['aiperf:sm_clock_frequency', 1e6],
  'memory-clock': ['aiperf:memory_clock_frequency', 1e6],
  'gpu-temperature': ['aiperf:gpu_temperature', 1],
  'memory-temperature': ['aiperf:memory_temperature', 1],
  'last-xid': ['aiperf:xid_errors', 1],
}

function withTelemetry(quantity: MetricQuantity): MetricQuantity {
  const known = aiperfTelemetry[quantity.quantity]
  if (known === undefined) return quantity
  const source = 'facts/bench-results.md section 2: AIPerf telemetry_data.summary'
  return { ...quantity, names: [...quantity.names, { name: known[0], factor: known[1], source }] }
}

function engine(
  quantity: string,
  unit: MetricUnit,
  semantics: MetricSemantics,
  across: MetricQuantity['across'],
  names: readonly string[],
  note?: string,
): MetricQuantity {
  return {
    quantity,
    unit,
    semantics,
    level: 'engine',
    across,
    names: names.map((name) => ({ name, factor: 1, source: name.startsWith('vllm:') ? VLLM : SGLANG })),
    ...(note === undefined ? {} : { note }),
  }
}

const engineQuantities: readonly MetricQuantity[] = [
  engine('requests-running', 'requests', 'gauge', 'sum', ['vllm:num_requests_running', 'sglang:num_running_reqs']),
  engine('requests-waiting', 'requests', 'gauge', 'sum', ['vllm:num_requests_waiting', 'sglang:num_queue_reqs']),
  engine('requests-swapped', 'requests', 'gauge', 'sum', ['vllm:num_requests_swapped'], 'V0 only'),
  engine(
    'kv-cache-used',
    'ratio',
    'gauge',
    'mean',
    // Called percent, always 0..1 (trap F15).
    ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc', 'sglang:token_usage'],
    '0..1 although the name says percent',
  ),
  engine('prefix-cache-hit-tokens', 'tokens', 'counter', 'sum', [
    'vllm:prefix_cache_hits_total',
    'vllm:prefix_cache_hits',
    'vllm:gpu_prefix_cache_hits_total',
    'vllm:gpu_prefix_cache_hits',
    'sglang:cached_tokens_total',
  ]),
  engine('prefix-cache-query-tokens', 'tokens', 'counter', 'sum', [
    'vllm:prefix_cache_queries_total',
    'vllm:prefix_cache_queries',
    'vllm:gpu_prefix_cache_queries_total',
    'vllm:gpu_prefix_cache_queries',
  ]),
  engine('external-prefix-cache-hit-tokens', 'tokens', 'counter', 'sum', ['vllm:external_prefix_cache_hits_total']),
  engine('external-prefix-cache-query-tokens', 'tokens', 'counter', 'sum', ['vllm:external_prefix_cache_queries_total']),
  engine(
    'prefix-cache-hit-ratio-reported',
    'ratio',
    'gauge',
    'mean',
    ['vllm:gpu_prefix_cache_hit_rate', 'sglang:cache_hit_rate'],
    'a gauge of the engine, over its own window; V1 of vLLM has none',
  ),
  engine('prompt-tokens', 'tokens', 'counter', 'sum', ['vllm:prompt_tokens_total', 'sglang:prompt_tokens_total']),
  engine('prompt-tokens-by-source', 'tokens', 'counter', 'sum', ['vllm:prompt_tokens_by_source_total', 'vllm:prompt_tokens_by_source']),
  engine('generated-tokens', 'tokens', 'counter', 'sum', ['vllm:generation_tokens_total', 'sglang:generation_tokens_total']),
  engine(
    'generation-throughput-reported',
    'tokens/s',
    'rate',
    'sum',
    ['vllm:avg_generation_throughput_toks_per_s', 'sglang:gen_throughput'],
    'a gauge of the engine; vLLM removed it (PR 12383): difference generated-tokens instead',
  ),
  engine('requests-succeeded', 'requests', 'counter', 'sum', ['vllm:request_success_total']),
  engine('requests-failed', 'requests', 'counter', 'sum', ['vllm:request_failure_total', 'sglang:num_aborted_requests_total']),
  engine('requests-finished', 'requests', 'counter', 'sum', ['sglang:num_requests_total']),
  engine('preemptions', 'count', 'counter', 'sum', ['vllm:num_preemptions_total', 'sglang:num_retracted_requests_total']),
  engine('drafts', 'count', 'counter', 'sum', ['vllm:spec_decode_num_drafts_total', 'vllm:spec_decode_num_drafts']),
  engine('draft-tokens', 'tokens', 'counter', 'sum', ['vllm:spec_decode_num_draft_tokens_total', 'vllm:spec_decode_num_draft_tokens']),
  engine('accepted-tokens', 'tokens', 'counter', 'sum', [
    'vllm:spec_decode_num_accepted_tokens_total',
    'vllm:spec_decode_num_accepted_tokens',
  ]),
  engine('accepted-tokens-by-position', 'tokens', 'counter', 'sum', [
    'vllm:spec_decode_num_accepted_tokens_per_pos_total',
    'vllm:spec_decode_num_accepted_tokens_per_pos',
  ]),
  engine('accept-length-reported', 'tokens', 'gauge', 'mean', ['sglang:spec_accept_length']),
  engine('accept-ratio-reported', 'ratio', 'gauge', 'mean', ['sglang:spec_accept_rate']),
  engine('time-to-first-token', 's', 'histogram', 'sum', ['vllm:time_to_first_token_seconds', 'sglang:time_to_first_token_seconds']),
  engine('inter-token-latency', 's', 'histogram', 'sum', [
    'vllm:inter_token_latency_seconds',
    // Deprecated 0.10.2: it never was a time per output token of a request.
    'vllm:time_per_output_token_seconds',
    'sglang:inter_token_latency_seconds',
    'sglang:time_per_output_token_seconds',
  ]),
  engine('request-time-per-output-token', 's', 'histogram', 'sum', ['vllm:request_time_per_output_token_seconds']),
  engine('request-latency', 's', 'histogram', 'sum', ['vllm:e2e_request_latency_seconds', 'sglang:e2e_request_latency_seconds']),
  engine('request-queue-time', 's', 'histogram', 'sum', ['vllm:request_queue_time_seconds', 'sglang:queue_time_seconds']),
  engine('request-prefill-time', 's', 'histogram', 'sum', ['vllm:request_prefill_time_seconds']),
  engine('request-decode-time', 's', 'histogram', 'sum', ['vllm:request_decode_time_seconds']),
  engine('request-inference-time', 's', 'histogram', 'sum', ['vllm:request_inference_time_seconds']),
  // A histogram despite its name.
  engine('tokens-per-iteration', 'tokens', 'histogram', 'sum', ['vllm:iteration_tokens_total']),
  engine(
    'request-prefill-computed-tokens',
    'tokens',
    'histogram',
    'sum',
    ['vllm:request_prefill_kv_computed_tokens'],
    'without what the prefix cache held; recomputation after a preemption counts again',
  ),
  engine('cache-configuration', 'count', 'info', 'none', ['vllm:cache_config_info']),
]

/** Not covered: dcgm-exporter 1.x (`dcgm_sm_clock`), the fields that 4.9.0 renamed without a public list. */
export const metricQuantities: readonly MetricQuantity[] = [...dcgmFields.map(withTelemetry), ...engineQuantities]

export interface KnownMetric {
  readonly of: MetricQuantity
  readonly name: MetricName
  /** For histograms: which series of the family it is. */
  readonly part?: 'bucket' | 'sum' | 'count'
}

const byName = new Map<string, KnownMetric>()
for (const of of metricQuantities) {
  for (const name of of.names) {
    if (of.semantics === 'histogram')
      for (const part of ['bucket', 'sum', 'count'] as const) byName.set(`${name.name}_${part}`, { of, name, part })
    else byName.set(name.name, { of, name })
  }
}

/** What a series name stands for; undefined for names that nobody renamed into the table. Newer vLLM spells `vllm_…` behind some gateways. */
export function knownMetric(seriesName: string): KnownMetric | undefined {
  return byName.get(seriesName) ?? byName.get(seriesName.replace(/^(vllm|sglang)_/, '$1:'))
}
