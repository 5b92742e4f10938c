/** Section F of facts/traps.md: wrong answers that a reader of benchmark results must not give. */
import { expect, test } from 'vitest'
import { buildBenchReport } from '../src/analysis/bench-report.ts'
import { type BenchCell, type BenchResult, contextValue, countOf, type LatencyMetric } from '../src/model/bench-result.ts'
import { comparableLatencies } from '../src/model/comparable.ts'
import { aiperfLine, guidellmResult, inferencePerfResult, servingLog, vllmResult, withEpoch } from './support/bench-files.ts'
import { readBench, readText } from './support/read-text.ts'

function cellOf(result: BenchResult): BenchCell {
  const [cell] = result.cells
  if (cell === undefined) throw new Error('no cell')
  return cell
}

function latency(cell: BenchCell, quantity: string, statistic: string, origin = 'reported'): LatencyMetric {
  const found = cell.latencies.find((each) => each.quantity === quantity && each.statistic === statistic && each.origin === origin)
  if (found === undefined) throw new Error(`no ${statistic} of ${quantity}`)
  return found
}

const codes = (cell: BenchCell) => cell.findings.map(({ code }) => code)
const ms = (value: number) => value * 1e6

test('trap F1: a nested deployment is read, and what is not said stays unknown', async () => {
  const result = await readBench({
    schema: 'inference_perfbench_v1',
    model: 'm',
    deployment: { tensor_parallel_size: 4, quantization: 'FP8' },
    metrics: { 16: { throughput_toks_per_s: 1638.4, ttft_p50_ms: 180, errors: 0 }, 32: { throughput_toks_per_s: 2000, ttft_p50_ms: null } },
  })
  expect(contextValue(result.context, 'tensorParallel')).toBe(4)
  expect(contextValue(result.context, 'quantization')).toBe('FP8')
  expect(contextValue(result.context, 'pipelineParallel')).toBeUndefined()
  expect(contextValue(result.context, 'kvCacheDtype')).toBeUndefined()
  expect(result.cells.map(({ id }) => id)).toEqual(['c16', 'c32'])
  // Null is missing, not zero.
  expect(result.cells[1]?.latencies).toEqual([])
})

test('trap F1: a file that contradicts itself has no value', async () => {
  const { context } = await readBench({ ...vllmResult(), tensor_parallel_size: '8', deployment: { tp: 4 } })
  expect(contextValue(context, 'tensorParallel')).toBeUndefined()
})

test('trap F2: ITL, p95 and p99 of the log are parsed', async () => {
  const cell = cellOf(await readBench(servingLog, 'sweep-c16.txt'))
  expect(latency(cell, 'itl', 'mean').valueNs).toBe(ms(33))
  expect(latency(cell, 'itl', 'p50').valueNs).toBe(ms(32))
  expect(latency(cell, 'ttft', 'p95').valueNs).toBe(ms(280))
  expect(latency(cell, 'ttft', 'p99').valueNs).toBe(ms(300))
  expect(countOf(cell, 'failed')).toBe(2)
  expect(cell.durationNs).toBe(100e9)
})

test('trap F3: "Total Token throughput" is found whatever its case', async () => {
  for (const name of ['Total Token throughput', 'Total token throughput', 'TOTAL TOKEN THROUGHPUT']) {
    const cell = cellOf(await readBench(servingLog.replace('Total Token throughput', name)))
    expect(cell.rates.find(({ quantity }) => quantity === 'total-tokens')?.perSecond, name).toBe(4500)
  }
})

test('trap F4: the statistic is typed: a median is p50 and never a mean', async () => {
  const cell = cellOf(await readBench(vllmResult()))
  expect(latency(cell, 'ttft', 'p50')).toMatchObject({ valueNs: ms(180), key: 'median_ttft_ms', unit: 'ms' })
  expect(latency(cell, 'ttft', 'mean')).toMatchObject({ valueNs: ms(190), key: 'mean_ttft_ms' })
  expect(comparableLatencies(latency(cell, 'ttft', 'p50'), latency(cell, 'ttft', 'mean')).comparable).toBe(false)
})

test('trap F5: ITL of vLLM and of AIPerf are refused; AIPerf’s ITL is what vLLM calls TPOT', async () => {
  const vllm = cellOf(await readBench(vllmResult()))
  const aiperf = cellOf(
    await readBench({
      aiperf_version: '0.3',
      request_latency: { unit: 'ms', avg: 900, p50: 880 },
      inter_token_latency: { unit: 'ms', avg: 18, p50: 17.5, p99: 30 },
      request_count: { unit: 'requests', avg: 500 },
    }),
  )
  const itl = latency(aiperf, 'itl', 'p50')
  const refused = comparableLatencies(latency(vllm, 'itl', 'p50'), itl)
  expect(refused).toMatchObject({ comparable: false, reason: expect.stringContaining('chunk-gap') })
  expect(comparableLatencies(latency(vllm, 'tpot', 'p50'), itl)).toMatchObject({
    comparable: true,
    note: expect.stringContaining('two names'),
  })
  expect(comparableLatencies(latency(vllm, 'ttft', 'p50'), itl).comparable).toBe(false)
})

test('trap F5: a report over both files says so', async () => {
  const one = await readBench(vllmResult())
  const two = await readBench({
    aiperf_version: '0.3',
    request_latency: { unit: 'ms', avg: 900 },
    inter_token_latency: { unit: 'ms', avg: 18 },
  })
  const report = buildBenchReport([
    { source: 'a', result: one, losses: [] },
    { source: 'b', result: two, losses: [] },
  ])
  expect(report.tool).toBe('several')
  expect(report.incomparable).toMatchObject([{ quantity: 'itl', statistic: 'mean', cells: ['a c16', 'b cell-1'] }])
})

test('trap F6: guidellm’s TPOT includes the first token and is no TPOT of vLLM', async () => {
  const vllm = cellOf(await readBench(vllmResult()))
  const guidellm = cellOf(await readBench(guidellmResult()))
  const tpot = latency(guidellm, 'tpot', 'mean')
  expect(tpot).toMatchObject({ valueNs: ms(19), definition: 'request-mean-with-first-token-weighted' })
  expect(comparableLatencies(latency(vllm, 'tpot', 'mean'), tpot).comparable).toBe(false)
})

test('trap F7: ttfts[] are seconds beside scalars in milliseconds', async () => {
  const cell = cellOf(
    await readBench(vllmResult({ ttfts: [0.1, 0.2, 0.3], itls: [[0.01, 0.02], [0.03], []], output_lens: [3, 2, 1], errors: ['', '', ''] })),
  )
  expect(latency(cell, 'ttft', 'p50', 'recomputed').valueNs).toBeCloseTo(ms(200), 3)
  expect(latency(cell, 'ttft', 'p50', 'reported').valueNs).toBe(ms(180))
  expect(latency(cell, 'itl', 'mean', 'recomputed')).toMatchObject({ definition: 'chunk-gap', n: 3 })
  expect(latency(cell, 'itl', 'mean', 'recomputed').valueNs).toBeCloseTo(ms(20), 3)
  // Two requests with more than one token: (0.03 s / 2 + 0.03 s / 1) / 2.
  expect(latency(cell, 'tpot', 'mean', 'recomputed').valueNs).toBeCloseTo(ms(22.5), 3)
})

test('trap F8: inference-perf writes seconds', async () => {
  const cell = cellOf(await readBench(inferencePerfResult()))
  expect(latency(cell, 'ttft', 'mean').valueNs).toBeCloseTo(ms(146), 3)
  expect(latency(cell, 'itl', 'p50')).toMatchObject({ definition: 'token-gap' })
  expect(latency(cell, 'ntpot', 'p99.9').definition).toBe('latency-over-tokens')
  // Latencies of failed requests are in no statistic.
  expect(cell.latencies.every(({ key }) => !key.startsWith('failures'))).toBe(true)
  expect(countOf(cell, 'failed')).toBe(10)
})

test('trap F9: a scalar of InferenceX without suffix is seconds, and its interactivity percentiles are mirrored', async () => {
  const result = await readBench([
    { hw: 'b200', conc: 64, tp: 8, median_ttft: 0.29, p99_tpot: 0.0717, p99_intvty: 13.9, std_intvty: 5, tput_per_gpu: 900 },
  ])
  expect(result.tool).toBe('inferencex')
  const cell = cellOf(result)
  expect(latency(cell, 'ttft', 'p50').valueNs).toBeCloseTo(ms(290), 3)
  expect(cell.rates.find(({ per }) => per === 'user')).toMatchObject({ statistic: 'p1', perSecond: 13.9 })
  expect(JSON.stringify(cell)).not.toContain('std_intvty')
})

test('trap F10: p001 of guidellm is the 0.1st percentile, p01 the first', async () => {
  const cell = cellOf(await readBench(guidellmResult({ p001: 1, p01: 2, p05: 3, p50: 100, p99: 200, p999: 300 })))
  const found = Object.fromEntries(
    cell.latencies.filter(({ quantity }) => quantity === 'ttft').map(({ statistic, valueNs }) => [statistic, valueNs / 1e6]),
  )
  expect(found).toMatchObject({ 'p0.1': 1, p1: 2, p5: 3, p99: 200, 'p99.9': 300 })
})

test('trap F11: failed requests stand in the lists as zeros; they are left out and counted', async () => {
  const cell = cellOf(
    await readBench(
      vllmResult({
        completed: 2,
        ttfts: [0.1, 0, 0.3, 0],
        itls: [[0.01], [], [0.02], []],
        output_lens: [2, 0, 2, 0],
        errors: ['', 'timeout', '', 'refused'],
      }),
    ),
  )
  expect(latency(cell, 'ttft', 'min', 'recomputed').valueNs).toBeCloseTo(ms(100), 3)
  expect(latency(cell, 'ttft', 'p50', 'recomputed').valueNs).toBeCloseTo(ms(200), 3)
  expect(countOf(cell, 'failed')).toBe(2)
  expect(countOf(cell, 'completed')).toBe(2)
  expect(codes(cell)).toContain('failed-requests-excluded')
})

test('trap F12: an appended file gives every object, on one line or indented, and NaN is no value', async () => {
  const text = [1, 8, 64]
    .map((max_concurrency) => JSON.stringify(vllmResult({ max_concurrency }), null, max_concurrency === 8 ? 2 : 0))
    .join('\n')
  const result = await readBench(text)
  expect(result.cells.map(({ id }) => id)).toEqual(['c1', 'c8', 'c64'])
  const { capture, losses } = await readText(`${text.replace('"mean_itl_ms":33', '"mean_itl_ms":NaN')}\n{"date": "2026`)
  expect(capture.benchResult?.cells).toHaveLength(3)
  expect(losses.map(({ code }) => code)).toEqual(['not-finite', 'truncated-document'])
  expect(capture.benchResult?.cells[0]?.latencies.some(({ quantity, statistic }) => quantity === 'itl' && statistic === 'mean')).toBe(false)
})

test('trap F13: a date without a zone is kept as text and joins nothing', async () => {
  const cell = cellOf(await readBench(vllmResult()))
  expect(cell.startedAt).toEqual({ text: '20260214-101500', zone: 'absent' })
  expect(codes(cell)).toContain('time-without-zone')
  const zoned = cellOf(
    await readBench({ aiperf_version: '1', request_latency: { unit: 'ms', avg: 1 }, start_time: '2025-11-07T13:38:54.793124Z' }),
  )
  expect(zoned.startedAt).toEqual({ text: '2025-11-07T13:38:54.793124Z', zone: 'utc', epochNs: '1762522734793124000' })
  const naive = cellOf(
    await readBench({ aiperf_version: '1', request_latency: { unit: 'ms', avg: 1 }, start_time: '2025-11-07T13:38:54.793124' }),
  )
  expect(naive.startedAt).toEqual({ text: '2025-11-07T13:38:54.793124', zone: 'absent' })
})

test('trap F14: epoch nanoseconds of JSON lines are exact', async () => {
  const lines = [
    withEpoch(aiperfLine(), '1762551534797067827', '1762551538441354976'),
    withEpoch(aiperfLine(), '1762551534797067829', '1762551538441354977'),
    withEpoch(aiperfLine({ metadata: { benchmark_phase: 'warmup' } }), '1762551530000000001', '1762551531000000001'),
    withEpoch(aiperfLine({ metadata: { was_cancelled: true } }), '1762551530000000001', '1762551599000000001'),
    withEpoch(aiperfLine({ error: { code: 500 }, metrics: { time_to_first_token: { value: 0, unit: 'ms' } } }), '1762551530000000001', '0'),
  ].join('\n')
  const cell = cellOf(await readBench(lines))
  expect(cell.startedAt?.epochNs).toBe('1762551534797067827')
  expect(cell.endedAt?.epochNs).toBe('1762551538441354977')
  expect(cell.durationNs).toBe(3644287150)
  expect([countOf(cell, 'completed'), countOf(cell, 'failed'), countOf(cell, 'cancelled')]).toEqual([2, 1, 1])
  expect(latency(cell, 'inter-chunk', 'min', 'recomputed').valueNs).toBe(10_000_001)
  expect(latency(cell, 'ttft', 'min', 'recomputed').valueNs).toBe(30_500_000)
})

test('trap F19: a gated open loop is marked, with the achieved share of the offered rate', async () => {
  const cell = cellOf(await readBench(vllmResult({ request_rate: 10, max_concurrency: 1, request_throughput: 2 })))
  expect(cell.requestRate).toBe(10)
  expect(cell.findings.find(({ code }) => code === 'gated-open-loop')?.text).toContain('achieved 20.0 %')
  expect(codes(cellOf(await readBench(vllmResult())))).not.toContain('gated-open-loop')
})

test('trap F20: a load generator that is late invalidates its load', async () => {
  const late = cellOf(await readBench(inferencePerfResult({ schedule_delay: { mean: 12.6, p99: 52 } })))
  expect(late.findings.find(({ code }) => code === 'load-generator-late')?.severity).toBe('error')
  expect(codes(cellOf(await readBench(inferencePerfResult())))).not.toContain('load-generator-late')
})

test('trap F21: trials of one point are kept apart', async () => {
  const text = [480, 500, 520].map((output_throughput) => JSON.stringify(vllmResult({ output_throughput }))).join('\n')
  const result = await readBench(text)
  expect(result.cells.map(({ id, trial }) => [id, trial])).toEqual([
    ['c16-t1', 1],
    ['c16-t2', 2],
    ['c16-t3', 3],
  ])
  const trial = cellOf(await readBench(servingLog.replace(/Maximum.*\n/, ''), 'c32-t2.txt'))
  expect([trial.id, trial.concurrency, trial.trial]).toEqual(['c32-t2', 32, 2])
})

test('trap F22: context fields of drive_load lines are carried', async () => {
  const line = (started_at: number, more: object = {}) =>
    JSON.stringify({
      shape: 'chat',
      model: 'm',
      tensor_parallel: 8,
      started_at,
      duration_s: 2,
      http_status: 200,
      prompt_tokens: 10,
      completion_tokens: 20,
      error: null,
      ...more,
    })
  const text = [line(1771063000.5, { ttft_s: 0.2 }), line(1771063001, { http_status: 500, ttft_s: 0 }), line(1771063002.5)].join('\n')
  const result = await readBench(text, 'bench-c016/raw/load.jsonl')
  expect(contextValue(result.context, 'model')).toBe('m')
  expect(contextValue(result.context, 'tensorParallel')).toBe(8)
  const cell = cellOf(result)
  expect([countOf(cell, 'completed'), countOf(cell, 'failed')]).toEqual([2, 1])
  expect(cell.durationNs).toBe(4e9)
  expect(cell.rates.find(({ quantity }) => quantity === 'output-tokens')?.perSecond).toBeCloseTo(10, 6)
  expect(cell.latencies.some(({ quantity }) => quantity === 'itl' || quantity === 'tpot')).toBe(false)
})

test('trap F23: a percentile from too few requests is NOT_ESTIMABLE', async () => {
  const cell = cellOf(await readBench(vllmResult({ completed: 100, num_prompts: 100, p95_ttft_ms: 250 })))
  expect(latency(cell, 'ttft', 'p99').estimable).toBe('no')
  expect(latency(cell, 'ttft', 'p95').estimable).toBe('yes')
  expect(latency(cell, 'ttft', 'p50').estimable).toBe('yes')
  expect(cell.findings.find(({ code }) => code === 'percentile-not-estimable')?.text).toContain(
    'NOT_ESTIMABLE from 100 requests: p99 needs 368',
  )
  for (const [completed, estimable] of [
    [367, 'no'],
    [368, 'yes'],
  ] as const)
    expect(latency(cellOf(await readBench(vllmResult({ completed }))), 'ttft', 'p99').estimable).toBe(estimable)
})

test('trap F24: a run without one success is a failure, not zeros', async () => {
  const cell = cellOf(await readBench(vllmResult({ completed: 0, mean_ttft_ms: 0, median_ttft_ms: 0, output_throughput: 0 })))
  expect(cell.findings.find(({ code }) => code === 'no-successful-requests')).toMatchObject({
    severity: 'error',
    text: expect.stringContaining('tokenizer'),
  })
  expect(cell.latencies).toEqual([])
  expect(cell.rates).toEqual([])
})
