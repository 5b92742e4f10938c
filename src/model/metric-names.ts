/**
 * One rename table for metrics endpoints: every name that an exporter ever used for a quantity, its factor to the unit kept here, and
 * what the number is. Semantics come from here and never from `# TYPE`: the DCGM exporter copies a column of a configuration file, and
 * that column was wrong for years (facts/dcgm.md section 0).
 */

export type MetricUnit =
  | 'ratio'
  | 'B/s'
  | 'B'
  | 'W'
  | 'J'
  | 'Hz'
  | 'celsius'
  | 's'
  | 'tokens'
  | 'tokens/s'
  | 'requests'
  | 'count'
  | 'bitmask'
  | 'code'

/** `rate`: the value is already per second, whatever TYPE says; never difference it. */
export type MetricSemantics = 'gauge' | 'rate' | 'counter' | 'histogram' | 'info'

export interface MetricName {
  readonly name: string
  /** Value times factor is in the quantity's unit. */
  readonly factor: number
  /** The name changed its unit between versions without changing itself: values above 1 are percent. */
  readonly valueTested?: true
  readonly source: string
}

export interface MetricQuantity {
  readonly quantity: string
  readonly unit: MetricUnit
  readonly semantics: MetricSemantics
  /** What one series belongs to. Values of level `gpu` repeat for every MIG instance and must not be summed over them. */
  readonly level: 'gpu' | 'gpu-instance' | 'compute-instance' | 'engine'
  /** How the engines of one deployment (data parallel ranks) combine; GPUs are never combined here. */
  readonly across: 'sum' | 'mean' | 'none'
  readonly names: readonly MetricName[]
  readonly note?: string
}

const FIELDS = 'facts/dcgm.md section 1: dcgm_fields.h, default-counters.csv'
const RENAMES = 'facts/dcgm.md section 3: DCGM 4.6, dcgm-exporter 4.9.0'
const VLLM = 'facts/bench-results.md section 9: vLLM V1 metrics'
const SGLANG = 'sgl-project/sglang python/sglang/srt/metrics/collector.py, docs.sglang.io production metrics'

type Level = MetricQuantity['level']

function dcgm(
  quantity: string,
  unit: MetricUnit,
  semantics: MetricSemantics,
  level: Level,
  names: readonly (string | readonly [name: string, factor: number] | readonly [name: string, factor: number, tested: true])[],
  note?: string,
): MetricQuantity {
  return {
    quantity,
    unit,
    semantics,
    level,
    across: 'none',
    names: names.map((entry, index): MetricName => {
      const [name, factor, tested] = typeof entry === 'string' ? [entry, 1] : entry
      const source = index === 0 ? FIELDS : RENAMES
      return { name: `DCGM_FI_${name}`, factor, source, ...(tested === true ? { valueTested: true } : {}) }
    }),
    ...(note === undefined ? {} : { note }),
  }
}

const MIB = 1048576

const dcgmQuantities: readonly MetricQuantity[] = [
  dcgm('graphics-engine-active', 'ratio', 'gauge', 'compute-instance', ['PROF_GR_ENGINE_ACTIVE', 'PROF_GR_ENGINE_UTIL_RATIO']),
  dcgm('sm-active', 'ratio', 'gauge', 'compute-instance', ['PROF_SM_ACTIVE', 'PROF_SM_UTIL_RATIO']),
  dcgm('sm-occupancy', 'ratio', 'gauge', 'compute-instance', ['PROF_SM_OCCUPANCY', 'PROF_SM_OCCUPANCY_RATIO']),
  dcgm(
    'tensor-active',
    'ratio',
    'gauge',
    'compute-instance',
    ['PROF_PIPE_TENSOR_ACTIVE', 'PROF_TENSOR_UTIL_RATIO'],
    'share of cycles with any tensor pipe active: blind to the data type, no FLOP/s',
  ),
  dcgm('dram-active', 'ratio', 'gauge', 'gpu-instance', ['PROF_DRAM_ACTIVE', 'PROF_DRAM_UTIL_RATIO'], 'reads and writes together'),
  dcgm(
    'fp64-active',
    'ratio',
    'gauge',
    'compute-instance',
    ['PROF_PIPE_FP64_ACTIVE', 'PROF_FP64_UTIL_RATIO'],
    'the pipe that is not a tensor pipe',
  ),
  dcgm(
    'fp32-active',
    'ratio',
    'gauge',
    'compute-instance',
    ['PROF_PIPE_FP32_ACTIVE', 'PROF_FP32_UTIL_RATIO'],
    'the pipe that is not a tensor pipe',
  ),
  dcgm(
    'fp16-active',
    'ratio',
    'gauge',
    'compute-instance',
    ['PROF_PIPE_FP16_ACTIVE', 'PROF_FP16_UTIL_RATIO'],
    'excludes HMMA: a BF16 GEMM reads about 0',
  ),
  dcgm('integer-active', 'ratio', 'gauge', 'compute-instance', ['PROF_PIPE_INT_ACTIVE', 'PROF_INT_UTIL_RATIO']),
  dcgm('hmma-active', 'ratio', 'gauge', 'compute-instance', ['PROF_PIPE_TENSOR_HMMA_ACTIVE', 'PROF_HMMA_UTIL_RATIO']),
  dcgm('imma-active', 'ratio', 'gauge', 'compute-instance', ['PROF_PIPE_TENSOR_IMMA_ACTIVE', 'PROF_IMMA_UTIL_RATIO']),
  dcgm('dfma-active', 'ratio', 'gauge', 'compute-instance', ['PROF_PIPE_TENSOR_DFMA_ACTIVE', 'PROF_DFMA_UTIL_RATIO']),
  dcgm('pcie-transmit', 'B/s', 'rate', 'gpu', ['PROF_PCIE_TX_BYTES'], 'device to host, headers included'),
  dcgm('pcie-receive', 'B/s', 'rate', 'gpu', ['PROF_PCIE_RX_BYTES'], 'host to device, headers included'),
  dcgm('nvlink-transmit', 'B/s', 'rate', 'gpu', ['PROF_NVLINK_TX_BYTES'], 'all links of the GPU'),
  dcgm('nvlink-receive', 'B/s', 'rate', 'gpu', ['PROF_NVLINK_RX_BYTES'], 'all links of the GPU'),
  dcgm('c2c-transmit', 'B/s', 'rate', 'gpu', ['PROF_C2C_TX_ALL_BYTES']),
  dcgm('c2c-receive', 'B/s', 'rate', 'gpu', ['PROF_C2C_RX_ALL_BYTES']),
  dcgm('pcie-transmitted', 'B', 'counter', 'gpu', ['PROF_PCIE_TX_BYTES_TOTAL']),
  dcgm('pcie-received', 'B', 'counter', 'gpu', ['PROF_PCIE_RX_BYTES_TOTAL']),
  dcgm('nvlink-transmitted', 'B', 'counter', 'gpu', ['DEV_NVLINK_COUNT_TX_BYTES', 'DEV_NVLINK_TX_BYTES_TOTAL']),
  dcgm('nvlink-received', 'B', 'counter', 'gpu', ['DEV_NVLINK_COUNT_RX_BYTES', 'DEV_NVLINK_RX_BYTES_TOTAL']),
  dcgm(
    'nvlink-both-directions',
    'B/s',
    'rate',
    'gpu',
    [
      // KiB per second divided by 1000 (DcgmCacheManager.cpp).
      ['DEV_NVLINK_BANDWIDTH_TOTAL', 1_024_000],
      ['DEV_NVLINK_THROUGHPUT_TOTAL', 1_024_000],
      ['DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND', 1],
    ],
    'transmitted and received together: only comparable with a bidirectional ceiling',
  ),
  dcgm('gpu-busy', 'ratio', 'gauge', 'gpu', [
    ['DEV_GPU_UTIL', 0.01],
    ['DEV_GPU_UTIL_RATIO', 1, true],
  ]),
  dcgm(
    'memory-busy',
    'ratio',
    'gauge',
    'gpu',
    [
      ['DEV_MEM_COPY_UTIL', 0.01],
      ['DEV_MEMORY_UTIL_RATIO', 1],
    ],
    'share of time in which memory was read or written: no bandwidth',
  ),
  dcgm(
    'memory-used',
    'B',
    'gauge',
    'gpu',
    [
      ['DEV_FB_USED', MIB],
      ['DEV_FB_USED_BYTES', 1],
    ],
    'allocated memory: no traffic',
  ),
  dcgm('memory-free', 'B', 'gauge', 'gpu', [
    ['DEV_FB_FREE', MIB],
    ['DEV_FB_FREE_BYTES', 1],
  ]),
  dcgm('memory-reserved', 'B', 'gauge', 'gpu', [
    ['DEV_FB_RESERVED', MIB],
    ['DEV_FB_RESERVED_BYTES', 1],
  ]),
  dcgm('memory-total', 'B', 'gauge', 'gpu', [
    ['DEV_FB_TOTAL', MIB],
    ['DEV_FB_CAPACITY_BYTES', 1],
  ]),
  dcgm('board-power', 'W', 'gauge', 'gpu', ['DEV_POWER_USAGE', 'DEV_BOARD_POWER_WATTS']),
  dcgm('board-power-instant', 'W', 'gauge', 'gpu', ['DEV_POWER_USAGE_INSTANT', 'DEV_BOARD_POWER_RAW_WATTS']),
  dcgm(
    'energy',
    'J',
    'counter',
    'gpu',
    [
      ['DEV_TOTAL_ENERGY_CONSUMPTION', 1e-3],
      ['DEV_GPU_ENERGY_JOULES_TOTAL', 1],
    ],
    'since the driver was loaded; the board only',
  ),
  dcgm('sm-clock', 'Hz', 'gauge', 'gpu', [
    ['DEV_SM_CLOCK', 1e6],
    ['DEV_SM_CLOCK_HERTZ', 1],
  ]),
  dcgm('memory-clock', 'Hz', 'gauge', 'gpu', [
    ['DEV_MEM_CLOCK', 1e6],
    ['DEV_MEMORY_CLOCK_HERTZ', 1],
  ]),
  dcgm('gpu-temperature', 'celsius', 'gauge', 'gpu', ['DEV_GPU_TEMP', 'DEV_GPU_TEMP_CELSIUS']),
  dcgm('memory-temperature', 'celsius', 'gauge', 'gpu', ['DEV_MEMORY_TEMP', 'DEV_MEMORY_TEMP_CELSIUS'], '0 where the board has no sensor'),
  dcgm('clock-event-reasons', 'bitmask', 'gauge', 'gpu', ['DEV_CLOCKS_EVENT_REASONS', 'DEV_CLOCK_THROTTLE_REASONS']),
  dcgm('power-throttled', 's', 'counter', 'gpu', [
    ['DEV_POWER_VIOLATION', 1e-9],
    ['DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL', 1],
  ]),
  dcgm('thermal-throttled', 's', 'counter', 'gpu', [
    ['DEV_THERMAL_VIOLATION', 1e-9],
    ['DEV_GPU_THERMAL_THROTTLE_SECONDS_TOTAL', 1],
  ]),
  dcgm('last-xid', 'code', 'gauge', 'gpu', ['DEV_XID_ERRORS', 'DEV_XID_ERROR'], 'the last code, which stays: look at changes'),
  dcgm('pcie-replays', 'count', 'counter', 'gpu', ['DEV_PCIE_REPLAY_COUNTER', 'DEV_PCIE_REPLAY_TOTAL']),
]

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
  engine('cache-configuration', 'count', 'info', 'none', ['vllm:cache_config_info']),
]

/** Not covered: dcgm-exporter 1.x (`dcgm_sm_clock`), the fields that 4.9.0 renamed without a public list. */
export const metricQuantities: readonly MetricQuantity[] = [...dcgmQuantities.map(withTelemetry), ...engineQuantities]

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
