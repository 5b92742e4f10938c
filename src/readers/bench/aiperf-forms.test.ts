/**
 * One run of the real AIPerf 0.13 (60 requests, 4 of them failed, against a small mock server; paths and most metrics taken out) in each
 * form that it writes: what the forms say of the run is the same, to the digits that each prints.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type BenchCell, type BenchResult, countOf } from '#model/bench-result.ts'
import { readBench } from '../../../tests/support/read-text.ts'

const folder = join(import.meta.dirname, '../../../tests/fixtures/aiperf-0.13')
const read = (name: string): Promise<BenchResult> => readBench(readFileSync(join(folder, name), 'utf8'), name)
const first = ({ cells }: BenchResult): BenchCell => cells[0] as BenchCell

/** Milliseconds by quantity and statistic, of those that every form has. */
function latencies(cell: BenchCell): Record<string, number> {
  const found = cell.latencies.filter(
    ({ quantity, statistic }) =>
      ['ttft', 'itl', 'e2el'].includes(quantity) && ['mean', 'min', 'max', 'p50', 'p90', 'p99'].includes(statistic),
  )
  return Object.fromEntries(found.map(({ quantity, statistic, valueNs }) => [`${quantity} ${statistic}`, valueNs / 1e6]).sort())
}

test('JSON, CSV, console and requests say the same of the run', async () => {
  const json = first(await read('profile_export_aiperf.json'))
  const expected = latencies(json)
  expect(Object.keys(expected)).toHaveLength(18)
  for (const name of ['profile_export_aiperf.csv', 'profile_export_console.txt', 'profile_export.jsonl']) {
    const cell = first(await read(name))
    const found = latencies(cell)
    expect(Object.keys(found), name).toEqual(Object.keys(expected))
    // Two decimals are printed; requests hold the rest.
    for (const [key, value] of Object.entries(expected))
      expect(Math.abs((found[key] ?? Number.NaN) - value), `${name} ${key}`).toBeLessThan(0.00501)
    expect([countOf(cell, 'completed'), countOf(cell, 'failed')], name).toEqual([56, 4])
  }
})

test('the settings of schema 1.4: concurrency and model from lists of phases and models', async () => {
  const result = await read('profile_export_aiperf.json')
  const cell = first(result)
  expect([cell.id, cell.concurrency, countOf(cell, 'requested'), countOf(cell, 'completed')]).toEqual(['c4', 4, 60, 56])
  expect(result.context.filter(({ name }) => ['model', 'inputTokensLabel'].includes(name)).map(({ value }) => value)).toEqual([
    'mock-model',
    50,
  ])
  const printed = first(await read('profile_export_console.txt'))
  expect(printed.rates.find(({ quantity, per }) => quantity === 'output-tokens' && per === 'deployment')?.perSecond).toBeCloseTo(1137.8, 1)
})

test('server metrics: the engine’s own figures, in JSON as in CSV, and none of them a latency of the client', async () => {
  const json = first(await read('server_metrics_export.json'))
  const csv = first(await read('server_metrics_export.csv'))
  for (const cell of [json, csv]) {
    expect(cell.latencies).toEqual([])
    const of = (name: string, statistic: string) => cell.others.find((each) => each.name === name && each.statistic === statistic)
    expect(of('vllm:num_requests_running{engine="0",model_name="m"}', 'max')).toMatchObject({ value: 3, unit: 'requests' })
    expect(of('vllm:time_to_first_token_seconds{model_name="m"}.count', 'single')?.value).toBe(60)
    expect(of('vllm:time_to_first_token_seconds{model_name="m"}', 'p99')?.value).toBe(0.005)
  }
  expect(json.startedAt?.zone).toBe('utc')
})

test('the aggregate over runs, in JSON as in CSV', async () => {
  for (const name of ['profile_export_aiperf_aggregate.json', 'profile_export_aiperf_aggregate.csv']) {
    const cell = first(await read(name))
    expect(cell.latencies, name).toEqual([])
    const found = cell.others.find((each) => each.name === 'request_throughput_avg.mean')
    expect(found?.value, name).toBeCloseTo(34.8732, 1)
    expect(found?.unit, name).toBe('requests/sec')
  }
})

test('two runs in one log: errors and durations stay with their run', async () => {
  const tables = readFileSync(join(folder, 'profile_export_console.txt'), 'utf8')
  // What the terminal shows behind the tables is not in the file of them.
  const text = `${tables}CLI Command: aiperf profile --model 'mock-model' --streaming \n--concurrency 4 --request-count 60\nBenchmark Duration: 1.17 sec\n`
  const log = 'INFO starting\n'.repeat(40)
  const second = text.replace('│     4 │', '│     9 │').replace('1.17 sec', '2.30 sec')
  const { cells } = await readBench(`${log}${text}${log}${second}`)
  expect(cells.map((cell) => [cell.id, countOf(cell, 'failed'), cell.durationNs])).toEqual([
    ['c4-t1', 4, 1.17e9],
    ['c4-t2', 9, 2.3e9],
  ])
})
