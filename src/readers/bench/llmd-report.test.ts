/** llm-d benchmark reports of both shapes, and guidellm's CSV. */
import { expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { type BenchCell, contextValue, countOf } from '#model/bench-result.ts'
import { readBench, readText } from '../../../tests/support/read-text.ts'

const first = ({ cells }: { readonly cells: readonly BenchCell[] }): BenchCell => cells[0] as BenchCell

function report(tool: string | undefined): Record<string, unknown> {
  return {
    results: {
      observability: {
        components: [{ component_label: 'vllm-svc-0', aggregate: { kv_cache_usage: { mean: 42.5, max: 92.1, units: 'percent' } } }],
      },
      request_performance: {
        aggregate: {
          latency: {
            time_to_first_token: { mean: 0.25, p0p1: 0.1, p50: 0.2, p99p9: 0.9, stddev: 0.05, units: 's' },
            inter_token_latency: { mean: 12.5, units: 'ms/token' },
            odd_latency: { mean: 1, units: 'fortnights' },
          },
          requests: { total: 500, failures: 3, input_length: { mean: 2148, units: 'count' } },
          throughput: {
            output_token_rate: { mean: 1500, p99: 2000, units: 'tokens/s' },
            request_rate: { mean: 9.5, units: 'queries/s' },
            image_rate: { mean: 2 },
          },
        },
      },
    },
    run: { uid: 'u', time: { start: '2025-11-05T18:00:42Z', end: '2025-11-05T18:17:03Z', duration: 'PT1M49.5S' } },
    scenario: {
      load: {
        standardized: { concurrency: 16, rate_qps: 10, stage: 3, input_seq_len: { value: 2148 }, ...(tool === undefined ? {} : { tool }) },
      },
      stack: [
        {
          standardized: {
            kind: 'inference_engine',
            model: { name: 'm' },
            accelerator: { model: 'H100', count: 8, parallelism: { tp: 8 } },
          },
        },
        {
          standardized: {
            kind: 'inference_engine',
            model: { name: 'm' },
            accelerator: { model: 'H100', count: 8, parallelism: { tp: 4 } },
          },
        },
      ],
    },
    version: '0.2.1',
  }
}

test('a tag that nobody knows is read over: the parser prints nothing into the terminal', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const result = await readBench(stringify(report('inference-perf')).replace('units: tokens/s', '!units tokens/s: x'))
  expect([result.form, warn.mock.calls]).toEqual(['yaml', []])
  warn.mockRestore()
})

test('v0.2 in YAML and in JSON: units once, definitions of the load generator, p0p1 and p99p9 by their number', async () => {
  const json = await readBench(report('inference-perf'))
  const yaml = await readBench(stringify(report('inference-perf')))
  expect([json.tool, json.form, yaml.form]).toEqual(['llm-d', 'json', 'yaml'])
  expect(yaml.cells).toEqual(json.cells)
  const cell = first(json)
  expect([cell.id, cell.concurrency, cell.requestRate, cell.durationNs]).toEqual(['stage-3', 16, 10, 109.5e9])
  expect(
    cell.latencies.map(({ quantity, statistic, valueNs, definition }) => [quantity, statistic, Math.round(valueNs), definition]),
  ).toEqual([
    ['ttft', 'mean', 250e6, 'first-chunk-with-tokens'],
    ['ttft', 'p0.1', 100e6, 'first-chunk-with-tokens'],
    ['ttft', 'p50', 200e6, 'first-chunk-with-tokens'],
    ['ttft', 'p99.9', 900e6, 'first-chunk-with-tokens'],
    ['ttft', 'std', 50e6, 'first-chunk-with-tokens'],
    ['itl', 'mean', 12_500_000, 'token-gap'],
  ])
  expect(cell.rates.map(({ quantity, perSecond }) => [quantity, perSecond])).toEqual([
    ['output-tokens', 1500],
    ['requests', 9.5],
  ])
  expect(countOf(cell, 'failed')).toBe(3)
  expect(cell.others.find(({ name, statistic }) => name === 'vllm-svc-0.kv_cache_usage' && statistic === 'max')).toMatchObject({
    value: 92.1,
    unit: 'percent',
  })
  expect(contextValue(json.context, 'hardware')).toBe('H100')
  // Prefill and decode differ: no one value.
  expect(contextValue(json.context, 'tensorParallel')).toBeUndefined()
  expect(json.unknownKeys).toEqual(['latency.odd_latency', 'throughput.image_rate'])
})

test('without a known load generator no definition is claimed', async () => {
  const cell = first(await readBench(report(undefined)))
  expect(new Set(cell.latencies.map(({ definition }) => definition))).toEqual(new Set(['first-event-unknown', 'unknown']))
})

test('v0.1: flat metrics, milliseconds, plain numbers as rates', async () => {
  const result = await readBench(
    stringify({
      version: '0.1',
      scenario: {
        model: { name: 'm' },
        host: { accelerator: [{ model: 'H100', count: 1, parallelism: { tp: 1 } }] },
        load: { name: 'guidellm' },
      },
      metrics: {
        time: { duration: 16.5, start: 1756399500, stop: 1756399517 },
        requests: { total: 32, failures: 0, incomplete: 1 },
        latency: {
          time_to_first_token: { units: 'ms', mean: 371.3, p99p9: 1100 },
          time_per_output_token: { units: 'ms/token', mean: 25.1 },
        },
        throughput: { output_tokens_per_sec: 104.7, requests_per_sec: 1.05 },
      },
    }),
  )
  const cell = first(result)
  expect(cell.durationNs).toBe(16.5e9)
  expect(cell.latencies.map(({ quantity, statistic, valueNs, definition }) => [quantity, statistic, valueNs / 1e6, definition])).toEqual([
    ['ttft', 'mean', 371.3, 'first-token-iteration'],
    ['ttft', 'p99.9', 1100, 'first-token-iteration'],
    ['tpot', 'mean', 25.1, 'request-mean-with-first-token-weighted'],
  ])
  expect(cell.rates.map(({ quantity, perSecond, window }) => [quantity, perSecond, window])).toEqual([
    ['output-tokens', 104.7, 'trimmed'],
    ['requests', 1.05, 'trimmed'],
  ])
})

test('a report cut from its results, and YAML that only resembles one', async () => {
  const { results: _, ...rest } = report('guidellm')
  await expect(readText(stringify(rest))).rejects.toThrow(/not a capture/)
  const text = stringify(report('guidellm'))
  await expect(readText(`${text}\n\t: [`)).rejects.toThrow(/not YAML/)
})

test('guidellm CSV: three rows of header, percentiles as a list, only successful requests measured', async () => {
  const columns: readonly (readonly [string, string, string, string])[] = [
    ['Run Info', 'Run ID', '', 'x'],
    ['Run Info', 'Profile', '', '"{""a"": 1,\n""b"": 2}"'],
    ['Benchmark', 'Strategy', '', "type_='concurrent' streams=8"],
    ['Timings', 'Measure Start Time', '', '2026-02-14 10:15:00'],
    ['Timings', 'Duration', 'Sec', '60.5'],
    ['Request Counts', 'Successful', '', '500'],
    ['Request Counts', 'Errored', '', '3'],
    ['Request Latency', 'Successful Sec', 'Mean', '2.5'],
    ['Request Latency', 'Errored Sec', 'Mean', '30'],
    ['Time to First Token', 'Successful ms', 'Median', '120'],
    ['Time to First Token', 'Successful ms', 'Percentiles', '"[50.0, 51, 52, 53, 54, 55, 130, 140, 150, 160, 170]"'],
    ['Time per Output Token', 'Successful ms', 'Mean', '19'],
    ['Token Throughput', 'Successful Output Tokens/Sec', 'Mean', '640'],
    ['Token Throughput', 'Successful Total Tokens/Sec', 'Mean', '5000'],
    ['Server Throughput', 'SLO Attainment', '', '0.9'],
  ]
  const csv = [0, 1, 2, 3].map((row) => columns.map((column) => column[row]).join(',')).join('\n')
  const result = await readBench(csv)
  const cell = first(result)
  expect([result.tool, result.form, cell.id, cell.durationNs, countOf(cell, 'completed')]).toEqual(['guidellm', 'csv', 'c8', 60.5e9, 500])
  const of = (quantity: string, statistic: string) =>
    cell.latencies.find((each) => each.quantity === quantity && each.statistic === statistic)
  expect(of('e2el', 'mean')?.valueNs).toBe(2.5e9)
  expect([of('ttft', 'p50')?.valueNs, of('ttft', 'p0.1')?.valueNs, of('ttft', 'p99')?.valueNs, of('ttft', 'max')?.valueNs]).toEqual([
    120e6, 51e6, 160e6, 170e6,
  ])
  expect(of('tpot', 'mean')?.definition).toBe('request-mean-with-first-token-weighted')
  expect(cell.rates.map(({ quantity, perSecond, window }) => [quantity, perSecond, window])).toEqual([
    ['output-tokens', 640, 'trimmed'],
    ['total-tokens', 5000, 'trimmed'],
  ])
  expect(cell.startedAt?.zone).toBe('absent')
  expect(result.unknownKeys).toEqual(['Server Throughput.SLO Attainment'])
})
