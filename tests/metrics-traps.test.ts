/** Sections E and F of facts/traps.md, as far as they are about names, units and dumps of metrics endpoints. */
import { expect, test } from 'vitest'
import { buildMetricsReport } from '../src/analysis/metrics-report.ts'
import type { MetricsReport } from '../src/formats/metrics.ts'
import { metricsSchema } from '../src/formats/metrics.ts'
import { readMetrics } from './support/read-text.ts'

type Report = Omit<MetricsReport, 'sources'>

async function report(first: string, post?: string, windowS?: number): Promise<Report> {
  const inputOf = async (text: string) => ({ samples: await readMetrics(text), losses: [] })
  const built = buildMetricsReport(await inputOf(first), post === undefined ? undefined : await inputOf(post), windowS)
  metricsSchema.parse({ ...built, sources: [{ path: 'a', sha256: '0'.repeat(64) }] })
  return built
}

const value = (built: Report, quantity: string, entity?: string) =>
  built.readings.find((each) => each.quantity === quantity && (entity === undefined || each.entity === entity))?.value
const codes = (built: Report) => built.findings.map(({ code }) => code)
const declared = (name: string, type: string) => `# TYPE ${name} ${type}\n`

function gpu(name: string, number: number | string, labels = 'gpu="0",UUID="GPU-a",modelName="NVIDIA H100",Hostname="n1"'): string {
  return `${name}{${labels}} ${number}\n`
}

test('trap E3: two nodes of eight GPUs are sixteen, keyed by host and index where there is no UUID', async () => {
  const lines = ['n1', 'n2'].flatMap((host) =>
    Array.from({ length: 8 }, (_, index) => gpu('DCGM_FI_PROF_DRAM_ACTIVE', index / 10, `gpu="${index}",Hostname="${host}"`)),
  )
  const built = await report(declared('DCGM_FI_PROF_DRAM_ACTIVE', 'gauge') + lines.join(''))
  expect(built.entities).toHaveLength(16)
  expect(value(built, 'dram-active', 'n2/7')).toBe(0.7)
  expect(codes(built)).toContain('no-uuid')
})

test('trap E4: profiling byte fields are rates per second: two dumps are never differenced', async () => {
  const built = await report(gpu('DCGM_FI_PROF_PCIE_TX_BYTES', 4e9), gpu('DCGM_FI_PROF_PCIE_TX_BYTES', 1e9), 60)
  expect(built.readings[0]).toMatchObject({ quantity: 'pcie-transmit', unit: 'B/s', semantics: 'rate', value: 1e9 })
  expect(built.deltas).toEqual([])
})

test('trap E5: the same field declared a counter is still a rate, and is said to be mislabelled', async () => {
  const text = declared('DCGM_FI_PROF_NVLINK_TX_BYTES', 'counter') + gpu('DCGM_FI_PROF_NVLINK_TX_BYTES', 5e9)
  const built = await report(text, text.replace('5000000000', '2000000000'))
  expect(built.readings[0]).toMatchObject({ semantics: 'rate', value: 2e9 })
  expect(codes(built)).toContain('rate-declared-counter')
  expect(codes(built)).not.toContain('counter-reset')
})

test('trap E6: FB_USED is allocated memory in MiB, not a bandwidth', async () => {
  const built = await report(gpu('DCGM_FI_DEV_FB_USED', 70_000))
  expect(built.readings).toMatchObject([{ quantity: 'memory-used', unit: 'B', value: 70_000 * 1048576 }])
  expect(value(built, 'dram-active')).toBeUndefined()
  expect(built.unavailable.map(({ quantity }) => quantity)).toContain('dram-active')
})

test('trap E7: NVLINK_BANDWIDTH_TOTAL times 1,024,000 is bytes per second of both directions', async () => {
  const built = await report(declared('DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 'counter') + gpu('DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 197_266))
  expect(built.readings).toMatchObject([{ quantity: 'nvlink-both-directions', unit: 'B/s', semantics: 'rate', value: 197_266 * 1_024_000 }])
})

test('trap E8: NVLink that is not exported is unavailable, not zero', async () => {
  const built = await report(gpu('DCGM_FI_PROF_DRAM_ACTIVE', 0.5))
  expect(value(built, 'nvlink-transmit')).toBeUndefined()
  expect(built.unavailable.map(({ quantity }) => quantity)).toEqual(
    expect.arrayContaining(['nvlink-transmit', 'nvlink-receive', 'tensor-active']),
  )
})

test('trap E11: the FP16 and FP32 pipes are not the tensor pipe', async () => {
  const built = await report(gpu('DCGM_FI_PROF_PIPE_FP16_ACTIVE', 0.01) + gpu('DCGM_FI_PROF_PIPE_FP32_ACTIVE', 0.02))
  expect(built.readings.map(({ quantity }) => quantity)).toEqual(['fp16-active', 'fp32-active'])
  expect(built.unavailable.map(({ quantity }) => quantity)).toContain('tensor-active')
})

test('trap E16: a counter that went back is INVALID, with its reason', async () => {
  const name = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'
  const built = await report(gpu(name, 5_000_000), gpu(name, 1000))
  expect(built.deltas).toMatchObject([{ quantity: 'energy', state: 'invalid', reason: expect.stringContaining('reset') }])
  expect(built.deltas?.[0]).not.toHaveProperty('delta')
  expect((await report(gpu(name, 1000), gpu(name, 5_001_000), 10)).deltas).toMatchObject([{ delta: 5000, perSecond: 500, unit: 'J' }])
})

test('trap E16: another process start makes every delta invalid, even where counters grew', async () => {
  const dump = (start: number, tokens: number) =>
    `process_start_time_seconds ${start}\nvllm:generation_tokens_total{engine="0"} ${tokens}\n`
  const built = await report(dump(100, 5), dump(200, 50))
  expect(built.deltas).toMatchObject([{ state: 'invalid', reason: expect.stringContaining('restarted') }])
})

test('trap E24: the exporter’s own pod is not the workload’s', async () => {
  const built = await report(gpu('DCGM_FI_DEV_POWER_USAGE', 300, 'gpu="0",UUID="GPU-a",pod="dcgm-exporter-x7",exported_pod="vllm-0"'))
  expect(built.entities).toMatchObject([{ pod: 'vllm-0' }])
  const without = await report(gpu('DCGM_FI_DEV_POWER_USAGE', 300, 'gpu="0",UUID="GPU-a",pod="dcgm-exporter-x7"'))
  expect(without.entities[0]).not.toHaveProperty('pod')
})

test('trap E25: renamed labels and fields give the same readings in the same units', async () => {
  const old = await report(
    gpu('DCGM_FI_DEV_SM_CLOCK', 1980) +
      gpu('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 2_000_000) +
      gpu('DCGM_FI_DEV_GPU_UTIL', 87) +
      gpu('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 0.25),
  )
  const labels = 'gpu="0",UUID="GPU-a",modelName="NVIDIA H100",hostname="n1"'
  const renamed = await report(
    gpu('DCGM_FI_DEV_SM_CLOCK_HERTZ', 1.98e9, labels) +
      gpu('DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL', 2000, labels) +
      gpu('DCGM_FI_DEV_GPU_UTIL_RATIO', 0.87, labels) +
      gpu('DCGM_FI_PROF_TENSOR_UTIL_RATIO', 0.25, labels),
  )
  for (const quantity of ['sm-clock', 'energy', 'gpu-busy', 'tensor-active'])
    expect(value(renamed, quantity), quantity).toBeCloseTo(value(old, quantity) ?? Number.NaN, 9)
  expect(renamed.entities).toEqual(old.entities)
  // DCGM 4.6 gave the new name to the old percentage.
  expect(value(await report(gpu('DCGM_FI_DEV_GPU_UTIL_RATIO', 87)), 'gpu-busy')).toBeCloseTo(0.87, 9)
})

test('trap E26: sentinels and ratios above one are missing, not huge', async () => {
  const built = await report(
    gpu('DCGM_FI_DEV_POWER_USAGE', '140737488355328.000000') +
      gpu('DCGM_FI_DEV_FB_USED', '9223372036854775794') +
      gpu('DCGM_FI_PROF_DRAM_ACTIVE', 1.5) +
      gpu('DCGM_FI_PROF_SM_ACTIVE', 1.0001),
  )
  expect(built.readings.map(({ quantity }) => quantity)).toEqual(['sm-active'])
  expect(codes(built)).toContain('blank-values')
})

test('trap F15: cache usage is 0..1 under its old and its new name', async () => {
  for (const name of ['vllm:gpu_cache_usage_perc', 'vllm:kv_cache_usage_perc', 'sglang:token_usage'])
    expect((await report(`${name}{model_name="m"} 0.314\n`)).readings, name).toMatchObject([
      { quantity: 'kv-cache-used', unit: 'ratio', value: 0.314 },
    ])
  // Both are exported during a deprecation: one reading, not two.
  const both = await report('vllm:gpu_cache_usage_perc{engine="0"} 0.3\nvllm:kv_cache_usage_perc{engine="0"} 0.3\n')
  expect(both.readings).toHaveLength(1)
})

test('trap F16: the hit ratio comes from counters of tokens, and is unknown from one dump', async () => {
  const dump = (hits: number, queries: number) =>
    `vllm:prefix_cache_hits_total{engine="0"} ${hits}\nvllm:prefix_cache_queries_total{engine="0"} ${queries}\n`
  const built = await report(dump(100, 1000), dump(600, 2000))
  expect(built.derived.find(({ name }) => name === 'prefix-cache-hit-ratio')?.value).toBe(0.5)
  const one = (await report(dump(100, 1000))).derived.find(({ name }) => name === 'prefix-cache-hit-ratio')
  expect(one).toMatchObject({ reason: expect.stringContaining('--post') })
  expect(one).not.toHaveProperty('value')
  const idle = (await report(dump(100, 1000), dump(100, 1000))).derived.find(({ name }) => name === 'prefix-cache-hit-ratio')
  expect(idle).toMatchObject({ reason: 'nothing was counted' })
})

test('trap F17: data-parallel engines are summed, ranks inside one are not', async () => {
  const dump = (a: number, b: number) =>
    `vllm:generation_tokens_total{engine="0",model_name="m"} ${a}\nvllm:generation_tokens_total{engine="1",model_name="m"} ${b}\n` +
    'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.2\nvllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.4\n'
  const built = await report(dump(100, 200), dump(400, 800), 3)
  expect(built.deltas).toMatchObject([{ quantity: 'generated-tokens', delta: 900, perSecond: 300, combined: 2 }])
  expect(value(built, 'generated-tokens')).toBe(1200)
  // A share of a cache is never summed.
  expect(value(built, 'kv-cache-used')).toBeCloseTo(0.3, 12)
  const ranks = [0, 1].flatMap((dp) => [0, 1].map((tp) => `sglang:num_running_reqs{dp_rank="${dp}",tp_rank="${tp}"} 5\n`)).join('')
  expect(value(await report(ranks), 'requests-running')).toBe(10)
})

test('trap F18: no peak comes from gauges before and after', async () => {
  const dump = (usage: number) => `vllm:kv_cache_usage_perc{engine="0"} ${usage}\n`
  const peak = (await report(dump(0.1), dump(0.2))).derived.find(({ name }) => name === 'kv-cache-used-peak')
  expect(peak).toMatchObject({ reason: expect.stringContaining('sample') })
  expect(peak).not.toHaveProperty('value')
})

test('histograms are differenced per bucket; a quantile is the bucket that holds it', async () => {
  const dump = (a: number, b: number, c: number, sum: number) =>
    `${['0.1', '0.5', '+Inf']
      .map((le, index) => `vllm:time_to_first_token_seconds_bucket{engine="0",le="${le}"} ${[a, b, c][index]}\n`)
      .join('')}vllm:time_to_first_token_seconds_count{engine="0"} ${c}\nvllm:time_to_first_token_seconds_sum{engine="0"} ${sum}\n`
  const [histogram] = (await report(dump(10, 20, 20, 5), dump(70, 118, 120, 25))).histograms
  expect(histogram).toMatchObject({ quantity: 'time-to-first-token', count: 100, mean: 0.2, since: 'first dump' })
  expect(histogram?.quantiles).toEqual([
    { quantile: 0.5, above: 0, atMost: 0.1 },
    { quantile: 0.9, above: 0.1, atMost: 0.5 },
    { quantile: 0.95, above: 0.1, atMost: 0.5 },
    { quantile: 0.99, above: 0.5 },
  ])
})

test('speculation: acceptance length and ratio from counters', async () => {
  const dump = (drafts: number, tokens: number, accepted: number) =>
    `vllm:spec_decode_num_drafts_total{engine="0"} ${drafts}\nvllm:spec_decode_num_draft_tokens_total{engine="0"} ${tokens}\nvllm:spec_decode_num_accepted_tokens_total{engine="0"} ${accepted}\n`
  const { derived } = await report(dump(0, 0, 0), dump(100, 300, 150))
  expect(derived.find(({ name }) => name === 'acceptance-length')?.value).toBe(2.5)
  expect(derived.find(({ name }) => name === 'acceptance-ratio')?.value).toBe(0.5)
})
