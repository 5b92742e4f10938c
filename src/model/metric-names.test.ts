/** Every name of the rename table reads in its quantity's unit: each row's own factor, by hand-written values where it matters. */
import { expect, test } from 'vitest'
import { knownMetric, metricQuantities } from './metric-names.ts'

const every = metricQuantities.flatMap((of) => of.names.map((name) => ({ of, name })))

test('every name resolves to its quantity, once, with its source', () => {
  expect(new Set(every.map(({ name }) => name.name)).size).toBe(every.length)
  expect(new Set(metricQuantities.map(({ quantity }) => quantity)).size).toBe(metricQuantities.length)
  for (const { of, name } of every) {
    const known = knownMetric(of.semantics === 'histogram' ? `${name.name}_sum` : name.name)
    expect(known?.of.quantity, name.name).toBe(of.quantity)
    expect(known?.name.factor, name.name).toBe(name.factor)
    expect(name.source.length, name.name).toBeGreaterThan(10)
  }
})

/** One reading of each name that changed its unit: `value` as exported, `si` by hand from facts/dcgm.md section 3. */
const rescaled: readonly (readonly [name: string, value: number, si: number])[] = [
  ['DCGM_FI_DEV_SM_CLOCK', 1980, 1.98e9],
  ['DCGM_FI_DEV_SM_CLOCK_HERTZ', 1.98e9, 1.98e9],
  ['DCGM_FI_DEV_MEM_CLOCK', 2619, 2.619e9],
  ['DCGM_FI_DEV_MEMORY_CLOCK_HERTZ', 2.619e9, 2.619e9],
  ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 4_742_776, 4742.776],
  ['DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL', 4742, 4742],
  ['DCGM_FI_DEV_GPU_UTIL', 87, 0.87],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 50, 0.5],
  ['DCGM_FI_DEV_MEMORY_UTIL_RATIO', 0.5, 0.5],
  ['DCGM_FI_DEV_FB_USED', 1024, 1_073_741_824],
  ['DCGM_FI_DEV_FB_USED_BYTES', 1_073_741_824, 1_073_741_824],
  ['DCGM_FI_DEV_FB_FREE', 1, 1_048_576],
  ['DCGM_FI_DEV_FB_FREE_BYTES', 1, 1],
  ['DCGM_FI_DEV_FB_RESERVED', 1, 1_048_576],
  ['DCGM_FI_DEV_FB_RESERVED_BYTES', 1, 1],
  ['DCGM_FI_DEV_FB_TOTAL', 1, 1_048_576],
  ['DCGM_FI_DEV_FB_CAPACITY_BYTES', 1, 1],
  ['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 1000, 1.024e9],
  ['DCGM_FI_DEV_NVLINK_THROUGHPUT_TOTAL', 1000, 1.024e9],
  ['DCGM_FI_DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND', 1.024e9, 1.024e9],
  ['DCGM_FI_DEV_POWER_VIOLATION', 2e9, 2],
  ['DCGM_FI_DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL', 2, 2],
  ['DCGM_FI_DEV_THERMAL_VIOLATION', 2e9, 2],
  ['DCGM_FI_DEV_GPU_THERMAL_THROTTLE_SECONDS_TOTAL', 2, 2],
  ['DCGM_FI_DEV_SYNC_BOOST_VIOLATION', 2e9, 2],
  ['DCGM_FI_DEV_BOARD_LIMIT_VIOLATION', 2e9, 2],
  ['DCGM_FI_DEV_LOW_UTIL_VIOLATION', 2e9, 2],
  ['DCGM_FI_DEV_RELIABILITY_VIOLATION', 2e9, 2],
  ['aiperf:energy_consumption', 32.5, 32_500_000],
  ['aiperf:gpu_memory_used', 49.5, 49_500_000_000],
  ['aiperf:gpu_memory_free', 1, 1e9],
  ['aiperf:gpu_memory_total', 1, 1e9],
  ['aiperf:gpu_utilization', 99, 0.99],
  ['aiperf:memory_copy_utilization', 7, 0.07],
  ['aiperf:sm_clock_frequency', 2505, 2.505e9],
  ['aiperf:memory_clock_frequency', 9500, 9.5e9],
]

test('every factor that is not 1 is checked by hand', () => {
  for (const [name, value, si] of rescaled) expect(value * (knownMetric(name)?.name.factor ?? Number.NaN), name).toBeCloseTo(si, 6)
  const checked = new Set(rescaled.map(([name]) => name))
  expect(every.filter(({ name }) => name.factor !== 1 && !checked.has(name.name)).map(({ name }) => name.name)).toEqual([])
})

/** Old name -> the quantity under which the newer name is found too. */
const renamed: readonly (readonly [old: string, newer: string])[] = [
  ['vllm:gpu_cache_usage_perc', 'vllm:kv_cache_usage_perc'],
  ['vllm:gpu_prefix_cache_hits_total', 'vllm:prefix_cache_hits_total'],
  ['vllm:gpu_prefix_cache_hits', 'vllm:prefix_cache_hits'],
  ['vllm:gpu_prefix_cache_queries_total', 'vllm:prefix_cache_queries_total'],
  ['vllm:gpu_prefix_cache_queries', 'vllm:prefix_cache_queries'],
  ['vllm:time_per_output_token_seconds_sum', 'vllm:inter_token_latency_seconds_sum'],
  ['sglang:time_per_output_token_seconds_bucket', 'sglang:inter_token_latency_seconds_bucket'],
  ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO'],
  ['DCGM_FI_PROF_SM_ACTIVE', 'DCGM_FI_PROF_SM_UTIL_RATIO'],
  ['DCGM_FI_PROF_SM_OCCUPANCY', 'DCGM_FI_PROF_SM_OCCUPANCY_RATIO'],
  ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'DCGM_FI_PROF_TENSOR_UTIL_RATIO'],
  ['DCGM_FI_PROF_DRAM_ACTIVE', 'DCGM_FI_PROF_DRAM_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_FP64_ACTIVE', 'DCGM_FI_PROF_FP64_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_FP32_ACTIVE', 'DCGM_FI_PROF_FP32_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_FP16_ACTIVE', 'DCGM_FI_PROF_FP16_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_INT_ACTIVE', 'DCGM_FI_PROF_INT_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_TENSOR_HMMA_ACTIVE', 'DCGM_FI_PROF_HMMA_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_TENSOR_IMMA_ACTIVE', 'DCGM_FI_PROF_IMMA_UTIL_RATIO'],
  ['DCGM_FI_PROF_PIPE_TENSOR_DFMA_ACTIVE', 'DCGM_FI_PROF_DFMA_UTIL_RATIO'],
  ['DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_BOARD_POWER_WATTS'],
  ['DCGM_FI_DEV_POWER_USAGE_INSTANT', 'DCGM_FI_DEV_BOARD_POWER_RAW_WATTS'],
  ['DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES', 'DCGM_FI_DEV_NVLINK_TX_BYTES_TOTAL'],
  ['DCGM_FI_DEV_NVLINK_COUNT_RX_BYTES', 'DCGM_FI_DEV_NVLINK_RX_BYTES_TOTAL'],
  ['DCGM_FI_DEV_CLOCK_THROTTLE_REASONS', 'DCGM_FI_DEV_CLOCKS_EVENT_REASONS'],
  ['DCGM_FI_DEV_XID_ERRORS', 'DCGM_FI_DEV_XID_ERROR'],
  ['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'DCGM_FI_DEV_PCIE_REPLAY_TOTAL'],
  ['DCGM_FI_DEV_GPU_TEMP', 'DCGM_FI_DEV_GPU_TEMP_CELSIUS'],
  ['DCGM_FI_DEV_MEMORY_TEMP', 'DCGM_FI_DEV_MEMORY_TEMP_CELSIUS'],
]

test('every old name and its successor are one quantity', () => {
  for (const [old, newer] of renamed) {
    expect(knownMetric(old)?.of.quantity, old).toBeDefined()
    expect(knownMetric(old)?.of.quantity, old).toBe(knownMetric(newer)?.of.quantity)
  }
})

test('a byte field that DCGM averages is a rate, and its _TOTAL is a counter', () => {
  expect(knownMetric('DCGM_FI_PROF_PCIE_TX_BYTES')?.of.semantics).toBe('rate')
  expect(knownMetric('DCGM_FI_PROF_PCIE_TX_BYTES_TOTAL')?.of.semantics).toBe('counter')
  expect(knownMetric('vllm:prefix_cache_hit_rate')).toBeUndefined()
})
