/** Tables that AIPerf and genai-perf print, as terminals fold and logs decorate them. */
import { expect, test } from 'vitest'
import { countOf } from '#model/bench-result.ts'
import { readBench, readText } from '../../../tests/support/read-text.ts'

const table = (
  rows: readonly string[],
  header = '┃ Metric ┃ avg ┃ min ┃ max ┃ p99 ┃ p90 ┃ p50 ┃ std ┃',
  title = 'NVIDIA AIPerf | LLM Metrics',
) => [`      ${title}`, '┏━━━━┳━━━━┓', header, '┡━━━━╇━━━━┩', ...rows, '└────┴────┘', ''].join('\n')

const folded = table([
  '│  Time to First │ 42,612.16 │ 2,865.14 │ 124,091. │ 118,453. │ 67,712.19 │ 39,609.67 │ 36,226.35 │',
  '│     Token (ms) │           │          │       22 │       32 │           │           │           │',
  '│    Inter Token │     12.50 │    10.00 │    20.00 │    19.00 │     15.00 │     12.25 │      1.00 │',
  '│   Latency (ms) │           │          │          │          │           │           │           │',
  '│   Output Token │  1,204.25 │      N/A │      N/A │      N/A │       N/A │       N/A │       N/A │',
  '│     Throughput │           │          │          │          │           │           │           │',
  '│   (tokens/sec) │           │          │          │          │           │           │           │',
  '│        Request │      8.78 │        - │        - │        - │         - │         - │         - │',
  '│     Throughput │           │          │          │          │           │           │           │',
  '│ (requests/sec) │           │          │          │          │           │           │           │',
  '│  Request Count │    400.00 │      N/A │      N/A │      N/A │       N/A │       N/A │       N/A │',
  '│     (requests) │           │          │          │          │           │           │           │',
])

const errors = [
  '┃ Code ┃ Type ┃ Message ┃ Count ┃',
  '┡━━╇━━┩',
  '│  500 │ Http │ a | b   │     3 │',
  '│  N/A │ Time │ out     │ 1,002 │',
  '',
].join('\n')

test('folded titles and numbers are put together; the command line names concurrency and model', async () => {
  const log = `10:00:00 INFO starting\n\u001B[1mProfiling: 50%\rProfiling: 100%\u001B[0m\n${folded}\n NVIDIA AIPerf | Error Summary\n${errors}\nCLI Command: aiperf profile --model 'm-70b' --streaming --concurrency 16\nBenchmark Duration: 45.55 sec\n`
  const result = await readBench(log, 'aiperf.log')
  const [cell] = result.cells
  expect([result.tool, result.form, cell?.id, cell?.durationNs]).toEqual(['aiperf', 'log', 'c16', 45.55e9])
  const of = (quantity: string) =>
    cell?.latencies
      .filter((each) => each.quantity === quantity)
      .map(({ statistic, valueNs }) => `${statistic} ${(valueNs / 1e6).toFixed(2)}`)
  expect(of('ttft')).toEqual([
    'mean 42612.16',
    'min 2865.14',
    'max 124091.22',
    'p99 118453.32',
    'p90 67712.19',
    'p50 39609.67',
    'std 36226.35',
  ])
  expect(of('itl')?.slice(0, 2)).toEqual(['mean 12.50', 'min 10.00'])
  expect(cell?.latencies[0]).toMatchObject({ definition: 'first-content', n: 400 })
  expect(cell?.rates.map(({ quantity, perSecond }) => [quantity, perSecond])).toEqual([
    ['output-tokens', 1204.25],
    ['requests', 8.78],
  ])
  expect(cell === undefined ? undefined : [countOf(cell, 'completed'), countOf(cell, 'failed')]).toEqual([400, 1005])
  expect(result.context.map(({ name, value }) => [name, value])).toEqual([['model', 'm-70b']])
})

test('the name gives the concurrency where the log does not; the result is found behind a long log', async () => {
  const long = `${'x'.repeat(120)}\n`.repeat(2000)
  const { cells } = await readBench(`${long}${folded}`, 'bundle/aiperf-c64.log')
  expect(cells.map(({ id, concurrency }) => [id, concurrency])).toEqual([['c64', 64]])
})

test('genai-perf’s table; cells that a narrow terminal cut off are counted, not guessed', async () => {
  const header = '┃ Statistic ┃ avg ┃ min ┃ max ┃ p99 ┃ p90 ┃ p75 ┃'
  const rows = [
    '│ Time to first token (ms) │ 7.46 │ 4.15 │ 18.40 │ 17.89 │ 13.26 │ 5.56 │',
    '│ Inter token latency (ms) │ 11.… │ 10.… │ 12.50 │ 11.80 │ 11.10 │ 11.… │',
    '│ Output sequence length │ 595.60 │ 539.00 │ 638.00 │ 636.80 │ 626.00 │ 608.00 │',
    '│ Output token throughput (per sec) │ 256.94 │ N/A │ N/A │ N/A │ N/A │ N/A │',
    '│ Request throughput (per sec) │ 0.74 │ N/A │ N/A │ N/A │ N/A │ N/A │',
  ]
  const { kind, capture, losses } = await readText(table(rows, header, 'NVIDIA GenAI-Perf | LLM Metrics'))
  const [cell] = capture.benchResult?.cells ?? []
  expect([kind, capture.benchResult?.form]).toEqual(['genai-perf', 'log'])
  expect(cell?.latencies.map(({ quantity, statistic }) => `${quantity} ${statistic}`)).toEqual([
    'ttft mean',
    'ttft min',
    'ttft max',
    'ttft p99',
    'ttft p90',
    'ttft p75',
    'itl max',
    'itl p99',
    'itl p90',
  ])
  expect(cell?.rates.map(({ quantity, perSecond }) => [quantity, perSecond])).toEqual([
    ['output-tokens', 256.94],
    ['requests', 0.74],
  ])
  expect(cell?.others.find(({ name, statistic }) => name === 'output_sequence_length' && statistic === 'mean')?.value).toBe(595.6)
  expect(losses.map(({ code, count }) => [code, count])).toEqual([['unreadable-cells', 3]])
})

test('several runs in one log are several cells; telemetry tables are not the client’s', async () => {
  const gpu = table(
    ['│ GPU Power Usage (W) │ 612.5 │ 80 │ 700 │ 700 │ 690 │ 650 │ 10 │'],
    undefined,
    'NVIDIA AIPerf | GPU Telemetry Summary',
  )
  const { cells } = await readBench(`${folded}${gpu}\n${folded.replace('42,612.16', '10.00')}`)
  expect(cells.map(({ id, concurrency }) => [id, concurrency])).toEqual([
    ['cell-1', undefined],
    ['cell-2', undefined],
  ])
  expect(cells.map(({ others }) => others.filter(({ name }) => name === 'gpu_power_usage').length)).toEqual([7, 0])
})

test('ASCII tables of terminals without box characters', async () => {
  const ascii = [
    '+--------+------+',
    '| Metric | avg | p50 |',
    '|--------+------+',
    '| Time to First Token (ms) | 18.26 | 16.62 |',
    '| Request Latency (ms) | 487.30 | 480.00 |',
    '+--------+------+',
  ].join('\n')
  const { cells } = await readBench(ascii, 'aiperf-c8.log')
  expect(cells[0]?.latencies.map(({ quantity, statistic, valueNs }) => `${quantity} ${statistic} ${valueNs / 1e6}`)).toEqual([
    'ttft mean 18.26',
    'ttft p50 16.62',
    'e2el mean 487.3',
    'e2el p50 480',
  ])
})
