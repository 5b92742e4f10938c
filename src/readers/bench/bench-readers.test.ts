/** What each reader takes from its own form, beyond the traps; and that no form is taken for another's. */
import { expect, test } from 'vitest'
import type { BenchCell } from '#model/bench-result.ts'
import { Distribution } from '#model/distribution.ts'
import { requestsNeeded } from '#model/requests-needed.ts'
import { servingLog, vllmResult } from '../../../tests/support/bench-files.ts'
import { readBench, readText } from '../../../tests/support/read-text.ts'
import { looksLikeConsole } from './aiperf-console.ts'
import { isoInstant, unixSeconds } from './instants.ts'
import { looksLikePerfReport } from './perf-report.ts'
import { looksLikeServingLog } from './serving-log.ts'
import { guidellmStatistic, statisticOf } from './statistics.ts'

const first = ({ cells }: { readonly cells: readonly BenchCell[] }): BenchCell => cells[0] as BenchCell

test('SGLang results are told from vLLM’s, and say that a gap may be divided', async () => {
  const sglang = {
    ...vllmResult(),
    backend: 'sglang',
    sharegpt_output_len: null,
    total_output_tokens_retokenized: 49_000,
    accept_length: 2.4,
    concurrency: 15.2,
  }
  const result = await readBench(sglang)
  expect(result.tool).toBe('sglang')
  expect(first(result).latencies.find(({ quantity }) => quantity === 'itl')?.definition).toBe('chunk-gap-or-per-accepted-token')
  const plain = await readBench({ ...sglang, accept_length: null })
  expect(first(plain).latencies.find(({ quantity }) => quantity === 'itl')?.definition).toBe('chunk-gap')
  const log = servingLog
    .replace('Successful', 'Backend:                                 sglang\nSuccessful')
    .replace('Total Token throughput', 'Total token throughput')
  expect((await readText(log)).kind).toBe('sglang-bench')
})

test('a log of several runs is several cells; percentiles and goodput lines are read', async () => {
  const two =
    servingLog +
    servingLog.replace('concurrency:             16', 'concurrency:             32').replace('P95 TTFT (ms)', 'P99.9 TTFT (ms)')
  const result = await readBench(two, 'sweep-c8.txt')
  expect(result.cells.map(({ id }) => id)).toEqual(['c16', 'c32'])
  expect(result.cells[1]?.latencies.find(({ statistic }) => statistic === 'p99.9')?.valueNs).toBe(280e6)
})

test('metadata lands in the context; an old goodput spelling is goodput; unknown figures are listed', async () => {
  const result = await readBench({
    ...vllmResult(),
    'request_goodput:': 3.5,
    tensor_parallel_size: '8',
    my_note: 'cold',
    brand_new_figure: 7,
  })
  expect(first(result).rates.find(({ quantity }) => quantity === 'goodput-requests')?.perSecond).toBe(3.5)
  expect(
    result.context
      .filter(({ name }) => ['tensorParallel', 'my_note', 'model'].includes(name))
      .map(({ value }) => value)
      .sort(),
  ).toEqual(['8', 'cold', 'm'])
  expect(result.unknownKeys).toEqual(['brand_new_figure'])
})

test('an array of points is a cell each; nested metrics of InferenceX are seconds', async () => {
  const sweep = await readBench([vllmResult({ max_concurrency: 1 }), vllmResult({ max_concurrency: 8 })])
  expect([sweep.tool, ...sweep.cells.map(({ id }) => id)]).toEqual(['vllm', 'c1', 'c8'])
  const nested = await readBench({ hw: 'b200', conc: 4, request_metrics: { median_ttft: 0.3, p99_e2el: 4.5 } })
  expect(nested.tool).toBe('inferencex')
  expect(first(nested).latencies.map(({ quantity, statistic, valueNs }) => [quantity, statistic, Math.round(valueNs / 1e6)])).toEqual([
    ['ttft', 'p50', 300],
    ['e2el', 'p99', 4500],
  ])
})

test('llmperf summary: quantiles by name, the whole latency over tokens', async () => {
  const result = await readBench({
    version: '2023-08-31',
    model: 'm',
    num_concurrent_requests: 5,
    results_ttft_s_quantiles_p50: 0.2,
    results_ttft_s_mean: 0.25,
    results_inter_token_latency_s_quantiles_p99: 0.03,
    results_num_completed_requests: 150,
    results_number_errors: 1,
    results_mean_output_throughput_token_per_s: 240,
  })
  const cell = first(result)
  expect([result.tool, cell.concurrency]).toEqual(['llmperf', 5])
  expect(cell.latencies.find(({ quantity, statistic }) => quantity === 'ttft' && statistic === 'p50')?.valueNs).toBeCloseTo(2e8, 3)
  expect(cell.latencies.find(({ quantity }) => quantity === 'itl')).toMatchObject({
    statistic: 'p99',
    definition: 'latency-over-tokens',
    estimable: 'no',
  })
})

test('AIPerf CSV: three sections, GPU telemetry apart from the client’s figures', async () => {
  const csv = [
    'Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std',
    'Time to First Token (ms),30.81,28.66,34.72,,28.80,28.90,29.05,29.70,30.67,31.59,32.54,33.04,34.34,1.37',
    '',
    'Metric,Value',
    'Request Count (requests),64',
    'Benchmark Duration (sec),255.56',
    'Output Token Throughput (tokens/sec),50.08',
    '',
    '',
    'Endpoint,GPU_Index,GPU_Name,GPU_UUID,Metric,avg,min,max,p99,p90,p50,std',
    'localhost:9400,0,NVIDIA H100,GPU-1,GPU Power Usage (W),612.5,80,700,700,690,650,10',
  ].join('\n')
  const cell = first(await readBench(csv))
  expect(cell.durationNs).toBeCloseTo(255.56e9, 0)
  expect(cell.latencies.find(({ statistic }) => statistic === 'p50')).toMatchObject({
    quantity: 'ttft',
    valueNs: 30.67e6,
    n: 64,
    estimable: 'yes',
  })
  expect(cell.rates.find(({ quantity }) => quantity === 'output-tokens')?.perSecond).toBe(50.08)
  expect(cell.others.find(({ name, statistic }) => name === 'gpu_power_usage' && statistic === 'mean')).toMatchObject({
    value: 612.5,
    unit: 'W',
  })
})

test('AIPerf’s aggregate over runs is never one run’s figure', async () => {
  const result = await readBench({
    metadata: { aggregation_type: 'confidence', num_profile_runs: 5, failed_runs: [] },
    metrics: { time_to_first_token_p99: { mean: 30, std: 2, ci_low: 28, ci_high: 32, unit: 'ms' } },
  })
  expect(first(result).latencies).toEqual([])
  expect(first(result).others.map(({ name, value }) => [name, value])).toContainEqual(['time_to_first_token_p99.ci_high', 32])
})

test('files that only resemble a result are claimed by nobody', async () => {
  for (const content of [
    '{"model_id": "m", "latency_ms": 5}',
    '{"metrics": {"16": {"ttft_p50_ms": 1}}, "schema": "inference_perfbench_v2"}',
    'Successful requests: many\n',
    'Metric,value\na,1\n',
  ])
    await expect(readText(content), content).rejects.toThrow(/not a capture that Sextant reads/)
})

test('statistics by name, and how many requests each needs', () => {
  expect(['avg', 'median', 'P99', 'p99.9', 'std_dev', 'p100'].map(statisticOf)).toEqual(['mean', 'p50', 'p99', 'p99.9', 'std', 'p100'])
  expect(['p101', 'p', 'constructor', 'percentile'].map(statisticOf)).toEqual([undefined, undefined, undefined, undefined])
  expect(['p001', 'p01', 'p05', 'p10', 'p999'].map(guidellmStatistic)).toEqual(['p0.1', 'p1', 'p5', 'p10', 'p99.9'])
  expect((['p50', 'p95', 'p99', 'p1', 'mean', 'max'] as const).map(requestsNeeded)).toEqual([6, 72, 368, 368, 1, 1])
})

test('instants: exact, and nothing without a zone', () => {
  expect(isoInstant('2026-01-01T00:00:00.123456789Z')?.epochNs).toBe('1767225600123456789')
  expect(isoInstant('2026-01-01 02:00:00+0200')?.epochNs).toBe('1767225600000000000')
  expect(isoInstant('2026-01-01T00:00:00')?.epochNs).toBeUndefined()
  expect(isoInstant('20260101-000000')).toBeUndefined()
  expect(unixSeconds(1767225600.5)?.epochNs).toBe('1767225600500000000')
  expect(unixSeconds(12.5)).toBeUndefined()
})

test('a distribution beyond its exact limit stays within its stated error', () => {
  const exact = new Distribution()
  const binned = new Distribution(1024)
  for (let index = 0; index < 50_000; index++) {
    const value = 1e6 * (1 + ((index * 7919) % 50_000) / 5000)
    exact.add(value)
    binned.add(value)
  }
  expect([exact.isApproximate, binned.isApproximate]).toEqual([false, true])
  const reference = new Map(exact.statistics())
  for (const [statistic, value] of binned.statistics())
    expect(value / (reference.get(statistic) ?? Number.NaN), statistic).toBeCloseTo(1, 3)
  expect(new Distribution().statistics()).toEqual([])
})

test('runs of one cell are read as its trials, each with its own window; definitions that are said are kept', async () => {
  const result = await readBench({
    schema: 'inference_perfbench_v1',
    bench: { captured_at: '2026-05-19T20:00:00Z', duration_effective_s: 60 },
    metrics: {
      16: {
        throughput_toks_per_s: 100,
        definitions: { ttft_p50_ms: 'first-chunk', itl_p50_ms: 'what nobody knows' },
        runs: [
          { run: 'a', throughput_toks_per_s: 90, ttft_p50_ms: 20, itl_p50_ms: 5, requests: 400, duration_effective_s: 50 },
          { run: 'b', throughput_toks_per_s: 110, ttft_p50_ms: 22, captured_at: '2026-05-19T21:00:00Z' },
        ],
      },
    },
  })
  expect(result.cells.map(({ id }) => id)).toEqual(['c16-t1', 'c16-t2'])
  expect(result.cells.map(({ rates }) => rates.map(({ perSecond }) => perSecond))).toEqual([[90], [110]])
  expect(result.cells.map(({ durationNs }) => durationNs)).toEqual([50e9, 60e9])
  expect(result.cells[1]?.startedAt?.text).toBe('2026-05-19T21:00:00Z')
  const definitions = first(result).latencies.map(({ quantity, definition }) => [quantity, definition])
  expect(definitions).toEqual([
    ['ttft', 'first-chunk'],
    ['itl', 'unknown'],
  ])
})

test('detection takes linear time on long runs of spaces and of empty lines', () => {
  const run = ' '.repeat(60_000)
  const begun = process.cpuUsage().user
  for (const text of [
    `${run}x`,
    `a${run}|`,
    '\n'.repeat(60_000),
    `Metric |${run}| avg\n| a${run}(b |${run}1 |`,
    `| a |\n|${run}- x`,
    '='.repeat(60_000),
  ]) {
    looksLikeServingLog(text)
    looksLikeConsole(text)
    looksLikePerfReport(`${text}\nTTFT`)
  }
  expect((process.cpuUsage().user - begun) / 1e6).toBeLessThan(3)
})
