/** Written reports in the layouts that people give them, and what must not be read out of them. */
import { expect, test } from 'vitest'
import { countOf } from '#model/bench-result.ts'
import { readBench, readText } from '../../../tests/support/read-text.ts'
import { parseMarkdown } from './markdown-table.ts'
import { labelMeaning, splitLabel } from './report-label.ts'

const rows = `# Perf bench report

- Model: deepseek-v4
- Tensor parallel size: 4
- Load generator: AIPerf 0.5.0

## Results

| Concurrency | Throughput (tok/s) | TTFT p50 (ms) | TTFT p99 (ms) | ITL p50 (ms) | Tok/s/user | Errors |
|---:|---:|---:|---:|---:|---:|---:|
| 1 | 101.5 | 80.1 | 120 | 9.8 | 102.0 | 0 |
| **16** | **1,204.25** | 180.4 | 410.9 | 12.5 | 80 | 2 |
| 64 | 2,950 | n/a | - | 21.0 | 47.6 | 0 |
`

test('a row per concurrency: units, separators and emphasis; AIPerf’s definitions where the report names it', async () => {
  const result = await readBench(rows, 'perf-bench-report-20260214.md')
  expect([result.tool, result.form, ...result.cells.map(({ id }) => id)]).toEqual(['perf-bench-report', 'markdown', 'c1', 'c16', 'c64'])
  const [, c16, c64] = result.cells
  expect(c16?.latencies.map(({ quantity, statistic, valueNs, definition }) => [quantity, statistic, valueNs / 1e6, definition])).toEqual([
    ['ttft', 'p50', 180.4, 'first-content'],
    ['ttft', 'p99', 410.9, 'first-content'],
    ['itl', 'p50', 12.5, 'request-mean-without-first'],
  ])
  expect(c16?.rates.map(({ quantity, per, perSecond, window }) => [quantity, per, perSecond, window])).toEqual([
    ['output-tokens', 'deployment', 1204.25, 'first-request-to-last-response'],
    ['output-tokens', 'user', 80, 'decode-only'],
  ])
  expect(c16?.findings.map(({ code }) => code)).toContain('throughput-not-qualified')
  expect(c16 === undefined ? undefined : countOf(c16, 'failed')).toBe(2)
  // Absent is absent.
  expect(c64?.latencies.map(({ quantity }) => quantity)).toEqual(['itl'])
  expect(result.context.map(({ name, value }) => [name, value])).toEqual([
    ['model', 'deepseek-v4'],
    ['tensorParallel', '4'],
  ])
  expect(result.unknownKeys).toEqual([])
})

test('a column per concurrency, and a section per concurrency, give the same cells', async () => {
  const columns = `
| Metric | c=1 | c=16 |
|---|---|---|
| Output token throughput (tok/s) | 100 | 1200 |
| TTFT p50 (ms) | 80 | 180 |
`
  const sections = `
## Concurrency 1
| Metric | Value |
| --- | --- |
| Output token throughput (tok/s) | 100 |
| Median TTFT | 80 ms |

## Concurrency = 16
| Metric | Value |
| --- | --- |
| Output token throughput (tok/s) | 1,200 |
| Median TTFT | 0.18 s |
`
  const figures = async (text: string) =>
    (await readBench(text)).cells.map(({ id, latencies, rates }) => [
      id,
      latencies.map(({ quantity, statistic, valueNs, definition }) => [quantity, statistic, Math.round(valueNs), definition]),
      rates.map(({ quantity, perSecond }) => [quantity, perSecond]),
    ])
  expect(await figures(columns)).toEqual(await figures(sections))
  expect((await figures(columns))[1]).toEqual(['c16', [['ttft', 'p50', 180e6, 'first-event-unknown']], [['output-tokens', 1200]]])
})

test('statistics as columns of a section; three statistics in one cell', async () => {
  const text = `
### c64
| Metric | avg | p50 | p99 |
|---|---|---|---|
| TTFT (ms) | 200 | 180 | 400 |

### c128
| Metric | Value |
|---|---|
| TTFT p50/p95/p99 (ms) | 180 / 300 / 420 |
| ITL p50/p99 (ms) | 12 |
`
  const result = await readBench(text)
  expect(
    result.cells.map(({ id, latencies }) => [id, ...latencies.map(({ statistic, valueNs }) => `${statistic} ${valueNs / 1e6}`)]),
  ).toEqual([
    ['c64', 'mean 200', 'p50 180', 'p99 400'],
    ['c128', 'p50 180', 'p95 300', 'p99 420'],
  ])
  // Two statistics, one number: nobody knows which.
  expect(result.unknownKeys).toEqual(['ITL p50/p99 (ms)'])
})

test('tables about the same points complete one another; contradicting ones are other measurements', async () => {
  const table = (title: string, column: string, value: number) => `## ${title}\n| Concurrency | ${column} |\n|--|--|\n| 16 | ${value} |\n`
  const whole = await readBench(table('Latency', 'TTFT p50 (ms)', 180) + table('Throughput', 'Output throughput (tok/s)', 1200))
  expect(whole.cells.map(({ id, latencies, rates }) => [id, latencies.length, rates.length])).toEqual([['c16', 1, 1]])
  const arms = await readBench(table('Baseline', 'TTFT p50 (ms)', 180) + table('Patched', 'TTFT p50 (ms)', 170))
  expect(arms.cells.map(({ id, trial }) => [id, trial])).toEqual([
    ['c16 Baseline', undefined],
    ['c16 Patched', undefined],
  ])
})

test('trials stay apart, and so do the arms of one table', async () => {
  const text = `
| Config | Concurrency | Run | TTFT p50 (ms) |
|---|---|---|---|
| base | 16 | 1 | 180 |
| base | 16 | 2 | 184 |
| mtp | 16 | 1 | 170 |
`
  const { cells } = await readBench(text)
  expect(cells.map(({ id, trial, latencies }) => [id, trial, (latencies[0]?.valueNs ?? 0) / 1e6])).toEqual([
    ['c16 base-t1', 1, 180],
    ['c16 base-t2', 2, 184],
    ['c16 mtp-t1', 1, 170],
  ])
})

test('a label that is not understood word for word is listed, never read as the metric it resembles', async () => {
  const text = `
| Concurrency | TTFT p50 (ms) | Δ TTFT p50 (ms) | Baseline ITL p50 (ms) | TTFT (ms) | ITL p50 | Change |
|---|---|---|---|---|---|---|
| 16 | 180 | 12 | 11 | 190 | 12.5 | +3.2 % |
`
  const { cells, unknownKeys } = await readBench(text)
  expect(cells[0]?.latencies.map(({ key }) => key)).toEqual(['TTFT p50 (ms)'])
  expect(unknownKeys).toEqual(['Baseline ITL p50 (ms)', 'Change', 'ITL p50', 'TTFT (ms)', 'Δ TTFT p50 (ms)'])
  const unitOnce = await readBench('All latencies in ms.\n\n| c | ITL p50 |\n|--|--|\n| 8 | 12.5 |\n')
  expect(unitOnce.cells[0]?.latencies[0]?.valueNs).toBe(12.5e6)
})

test('two arms under one concurrency heading are not read as one', async () => {
  const text = '## Concurrency 16\n| Metric | Baseline | Current |\n|--|--|--|\n| TTFT p50 (ms) | 180 | 200 |\n'
  await expect(readText(text)).rejects.toThrow(/not a capture that Sextant reads/)
})

test('tables inside code fences are quotations; a page without results is claimed by nobody', async () => {
  const fenced = '```\n| Concurrency | TTFT p50 (ms) |\n|--|--|\n| 16 | 180 |\n```\n'
  expect(parseMarkdown(fenced).tables).toEqual([])
  await expect(readText(fenced)).rejects.toThrow(/not a capture/)
  await expect(readText('# TTFT\n\n| Option | Throughput |\n|--|--|\n| a | good |\n')).rejects.toThrow(/not a capture/)
})

test('labels: every spelling of inference_perfbench_v1 and of people', () => {
  const meaning = (label: string) => {
    const found = labelMeaning(splitLabel(label), 'aiperf')
    if (found?.as === 'latency') return `${found.quantity} ${found.statistic} ${found.unit}`
    return found?.as === 'rate' ? `${found.quantity} ${found.per ?? 'deployment'}` : found?.as === 'count' ? found.name : undefined
  }
  const expected: Readonly<Record<string, string | undefined>> = {
    ttft_p95_ms: 'ttft p95 ms',
    itl_p50_ms: 'itl p50 ms',
    request_latency_p50_ms: 'e2el p50 ms',
    throughput_toks_per_s: 'output-tokens deployment',
    tps_per_user: 'output-tokens user',
    errors: 'failed',
    'P99 TTFT [ms]': 'ttft p99 ms',
    'Inter-token latency, median (ms)': 'itl p50 ms',
    'Time to first token (p50, ms)': undefined,
    'TTFT (p50) (ms)': 'ttft p50 ms',
    'E2E latency mean (s)': 'e2el mean s',
    'Req/s': 'requests deployment',
    'Request throughput (req/s)': 'requests deployment',
    'Output tok/s': 'output-tokens deployment',
    'Total tok/s': 'total-tokens deployment',
    Throughput: undefined,
    'Throughput (GB/s)': undefined,
    'Latency p50 (ms)': undefined,
    'TTFT p50 (%)': undefined,
  }
  for (const [label, found] of Object.entries(expected)) expect(meaning(label), label).toBe(found)
})
