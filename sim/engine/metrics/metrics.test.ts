/** The pages against the truth of what was served, by a parser of the test's own. */
import { expect, test } from 'vitest'
import { stream, testEngine } from '../../../tests/support/test-engine.ts'
import { Histogram, Page } from './exposition.ts'

async function page(url: string): Promise<Map<string, number>> {
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const samples = new Map<string, number>()
  for (const line of (await answer.text()).trimEnd().split('\n')) {
    if (line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = /^([a-z_:0-9A-Z]+)\{(.*)\} (\S+)$/.exec(line) ?? []
    expect(line).toContain(name)
    samples.set(
      `${name}{${labels.replaceAll(/(,?)(engine|model_name|engine_type|pp_rank|tp_rank)="[^"]*"/g, '').replace(/^,/, '')}}`,
      Number(value),
    )
  }
  return samples
}

test('vLLM: counters and histograms are what the truth says; removed names are gone', async () => {
  const { url, requests, steps } = await testEngine({ speculativeTokens: 2, naturalTokens: 12 })
  const prompt = Array.from({ length: 40 }, (_, index) => `w${index}`).join(' ')
  for (let index = 0; index < 4; index++) await stream(url, { prompt, max_tokens: 10 + index })
  const samples = await page(url)
  const all = requests()
  const total = (pick: (record: (typeof all)[number]) => number): number => all.reduce((sum, record) => sum + pick(record), 0)
  expect(samples.get('vllm:prompt_tokens_total{}')).toBe(160)
  expect(samples.get('vllm:generation_tokens_total{}')).toBe(total(({ outputTokens }) => outputTokens))
  expect(samples.get('vllm:prefix_cache_queries_total{}')).toBe(160)
  expect(samples.get('vllm:prefix_cache_hits_total{}')).toBe(total(({ cachedTokens }) => cachedTokens))
  expect(samples.get('vllm:prompt_tokens_by_source_total{source="local_compute"}')).toBe(
    total(({ promptTokens, cachedTokens }) => promptTokens - cachedTokens),
  )
  expect(
    (samples.get('vllm:request_success_total{finished_reason="stop"}') ?? 0) +
      (samples.get('vllm:request_success_total{finished_reason="length"}') ?? 0),
  ).toBe(4)
  expect(samples.get('vllm:time_to_first_token_seconds_count{}')).toBe(4)
  const firstS = total(({ chunkNs, arrivalNs }) => (chunkNs[0] ?? 0) - arrivalNs) / 1e9
  expect(samples.get('vllm:time_to_first_token_seconds_sum{}') ?? 0).toBeCloseTo(firstS, 2)
  // One gap per event, whatever the tokens in it: with speculation the sum divided by the count is no time per token.
  expect(samples.get('vllm:inter_token_latency_seconds_count{}')).toBe(total(({ chunkNs }) => chunkNs.length - 1))
  expect(samples.get('vllm:e2e_request_latency_seconds_bucket{le="+Inf"}')).toBe(4)
  expect(samples.get('vllm:iteration_tokens_total_count{}')).toBe(steps().length)
  const accepted = samples.get('vllm:spec_decode_num_accepted_tokens_total{}') ?? Number.NaN
  expect(
    (samples.get('vllm:spec_decode_num_accepted_tokens_per_pos_total{position="0"}') ?? 0) +
      (samples.get('vllm:spec_decode_num_accepted_tokens_per_pos_total{position="1"}') ?? 0),
  ).toBe(accepted)
  for (const name of samples.keys())
    expect(name).not.toMatch(/gpu_cache_usage|gpu_prefix_cache|time_per_output_token_seconds_(?!bucket|sum|count)|throughput_toks|swapped/)
  expect([...samples.keys()].some((name) => name.startsWith('vllm:cache_config_info{block_size="16"'))).toBe(true)
})

test('vLLM: gauges while requests run and wait', async () => {
  const { url } = await testEngine({ maxNumSeqs: 2, timeScale: 2 })
  const streams = [1, 2, 3, 4, 5].map((id) => stream(url, { prompt: `p${id}`, max_tokens: 20 }))
  await new Promise((fulfil) => setTimeout(fulfil, 100))
  const samples = await page(url)
  expect([samples.get('vllm:num_requests_running{}'), samples.get('vllm:num_requests_waiting{}')]).toEqual([2, 3])
  expect(samples.get('vllm:kv_cache_usage_perc{}')).toBeGreaterThan(0)
  await Promise.all(streams)
  expect((await page(url)).get('vllm:num_requests_running{}')).toBe(0)
})

test('SGLang has its own names, and none of vLLM', async () => {
  const { url } = await testEngine({ dialect: 'sglang' })
  await stream(url, { prompt: 'a b c', max_tokens: 5 })
  const samples = await page(url)
  expect([...samples.keys()].every((name) => name.startsWith('sglang:'))).toBe(true)
  expect([
    samples.get('sglang:prompt_tokens_total{}'),
    samples.get('sglang:generation_tokens_total{}'),
    samples.get('sglang:num_requests_total{}'),
  ]).toEqual([3, 5, 1])
})

test('buckets are cumulative, label values escaped', () => {
  const histogram = new Histogram([1, 2])
  for (const value of [0.5, 1, 1.5, 7]) histogram.observe(value)
  expect(histogram.lines('h', { a: 'b' })).toEqual([
    'h_bucket{a="b",le="1.0"} 2.0',
    'h_bucket{a="b",le="2.0"} 3.0',
    'h_bucket{a="b",le="+Inf"} 4.0',
    'h_count{a="b"} 4.0',
    'h_sum{a="b"} 10.0',
  ])
  expect(new Page().gauge('g', 'help', [[{ a: 'x"\\\n' }, 0.25]]).text()).toBe('# HELP g help\n# TYPE g gauge\ng{a="x\\"\\\\\\n"} 0.25\n')
})
