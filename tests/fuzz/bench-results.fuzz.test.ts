/**
 * Damaged results of load generators: detection claims at most once and never throws; reading gives finite figures or an error with a
 * hint, in time. CI runs 2,000 mutants, the slow run 100,000; seed and number reproduce any failure.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isSextantError } from '../../src/base/errors.ts'
import type { BenchResult } from '../../src/model/bench-result.ts'
import { defaultReadLimits } from '../../src/model/reader.ts'
import { openProbe, openSource } from '../../src/platform/access.ts'
import { readers } from '../../src/readers/registry.ts'
import { aiperfLine, guidellmResult, inferencePerfResult, servingLog, vllmResult, withEpoch } from '../support/bench-files.ts'
import { listShared } from '../support/shared-data.ts'
import { MAX_MS, MAX_RSS_BYTES, mutants, sayFuzz, seed } from './fuzz-run.ts'
import { byteMutators, type Mutator, mutate, seededRandom } from './mutate.ts'

const detail = vllmResult({ ttfts: [0.1, 0, 0.3], itls: [[0.01, 0.02], [], [0.03]], output_lens: [3, 0, 2], errors: ['', 'x', ''] })
const synthetic: readonly (readonly [string, string])[] = [
  ['vllm.json', `${JSON.stringify(detail)}\n${JSON.stringify(vllmResult({ max_concurrency: 32 }))}`],
  ['aiperf.jsonl', [1, 2, 3].map((each) => withEpoch(aiperfLine(), `176255153479706782${each}`, `176255153844135497${each}`)).join('\n')],
  ['guidellm.json', JSON.stringify(guidellmResult({ p001: 1, p99: 2 }))],
  ['inference-perf.json', JSON.stringify(inferencePerfResult())],
  ['sweep-c16.txt', servingLog],
  [
    'perf-bench-report.md',
    '## R\n| Concurrency | Tok/s | TTFT p50/p99 (ms) |\n|--:|--:|--:|\n| 1 | 1,0.5 | 80 / 90 |\n| 16 | 9e2 | 180 / 1e3 |\n',
  ],
  [
    'llm-d.yaml',
    "version: '0.2'\nscenario:\n  load:\n    standardized: {concurrency: 16, tool: guidellm}\nresults:\n  request_performance:\n    aggregate:\n      latency:\n        time_to_first_token: {units: s, mean: 0.2, p99p9: 1.5}\n      throughput:\n        output_token_rate: {mean: 15, units: tokens/s}\n",
  ],
  [
    'guidellm.csv',
    'Run Info,Benchmark,Request Latency,Time to First Token,Time to First Token\nRun ID,Strategy,Successful Sec,Successful ms,Successful ms\n,,Mean,Median,Percentiles\nx,streams=8,2.5,120,"[50.0, 51, 52, 53, 54, 55, 130, 140, 150, 160, 170]"\n',
  ],
  [
    'ncu_kernels.json',
    '{"schema_version":1,"captured_sources":["ncu"],"hw_key":null,"kernels":[{"name":"k","name_full":"k<1>","kernel_time_ns":9408,"dram_bytes_total":4e7,"achieved_tflops":null}]}',
  ],
  [
    'aiperf-c16.log',
    'NVIDIA AIPerf | LLM Metrics\n┃ Metric ┃ avg ┃ p99 ┃\n│ Time to First │ 42,612. │ 1.00 │\n│ Token (ms) │ 16 │ │\n│ Request Latency (ms) │ 5.00 │ N/A │\n',
  ],
  [
    'perfbench.json',
    '{"schema":"inference_perfbench_v1","deployment":{"tensor_parallel_size":4},"metrics":{"16":{"ttft_p50_ms":180,"errors":0}}}',
  ],
  [
    'load.jsonl',
    [0, 1, 2]
      .map((each) => `{"model":"m","started_at":177106300${each}.5,"duration_s":2,"http_status":200,"completion_tokens":20,"ttft_s":0.2}`)
      .join('\n'),
  ],
]

/** One run of the real AIPerf, in every form that it writes. */
const fixtures = join(import.meta.dirname, '../fixtures/aiperf-0.13')

/** What results trip over: words for numbers, numbers for words, wrong nesting, keys that are prototypes. */
const words = [
  'NaN',
  '-Infinity',
  'null',
  '{}',
  '[]',
  '""',
  '1e999',
  '-0',
  '9007199254740993',
  '"__proto__"',
  '"constructor"',
  'tru',
  '\\u0000',
]
const replaceToken: Mutator = {
  name: 'replace a token',
  apply(bytes, random) {
    const text = Buffer.from(bytes).toString('latin1')
    const tokens = [...text.matchAll(/"[^"]{0,40}"|-?\d+(?:\.\d+)?/g)]
    if (tokens.length === 0) return bytes
    const token = random.pick(tokens)
    // A plain array: Buffer.fill refuses what Uint8Array.fill clamps.
    return new Uint8Array(
      Buffer.from(text.slice(0, token.index) + random.pick(words) + text.slice(token.index + token[0].length), 'latin1'),
    )
  },
}

function brokenFigure(result: BenchResult): unknown {
  for (const cell of result.cells) {
    for (const metric of cell.latencies) if (!Number.isFinite(metric.valueNs)) return metric
    for (const metric of cell.rates) if (!Number.isFinite(metric.perSecond)) return metric
    for (const metric of [...cell.others]) if (!Number.isFinite(metric.value)) return metric
    for (const { count } of cell.counts) if (!Number.isFinite(count)) return cell.counts
    if (cell.startedAt?.zone === 'absent' && cell.startedAt.epochNs !== undefined) return cell.startedAt
  }
  return new Set(result.cells.map(({ id }) => id)).size === result.cells.length ? undefined : result.cells.map(({ id }) => id)
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-bench-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test(`${mutants} mutants of results, seed ${seed}`, { timeout: 3_600_000 }, async () => {
  const random = seededRandom(seed)
  const real = listShared('bench').map((path) => [basename(path), new Uint8Array(readFileSync(path))] as const)
  const written = readdirSync(fixtures).map((name) => [name, new Uint8Array(readFileSync(join(fixtures, name)))] as const)
  const pristine = [...real, ...written, ...synthetic.map(([name, text]) => [name, new Uint8Array(Buffer.from(text))] as const)]
  const outcomes = { read: 0, refused: 0, unclaimed: 0 }
  let slowestMs = 0
  for (let number = 0; number < mutants; number++) {
    const [name, bytes] = random.pick(pristine)
    const where = `mutant ${number} of ${name}, seed ${seed}`
    const path = join(folder, name)
    writeFileSync(path, mutate(bytes, random, [...byteMutators, replaceToken, replaceToken]).bytes)
    const begun = performance.now()
    const probe = openProbe(path)
    const claims = readers.filter((reader) => reader.detect(probe) !== undefined)
    probe.close()
    expect(claims.length, `${where}: ${claims.map(({ kind }) => kind)}`).toBeLessThanOrEqual(1)
    const [reader] = claims
    if (reader === undefined) {
      outcomes.unclaimed++
      continue
    }
    try {
      const { capture } = await reader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
      if (capture.benchResult !== undefined) expect(brokenFigure(capture.benchResult), where).toBeUndefined()
      outcomes.read++
    } catch (error) {
      if (!isSextantError(error)) throw new Error(`${where}: ${String(error)}`, { cause: error })
      expect(error.hint, where).not.toBe('')
      outcomes.refused++
    }
    const tookMs = performance.now() - begun
    slowestMs = Math.max(slowestMs, tookMs)
    expect(tookMs, where).toBeLessThan(MAX_MS)
  }
  expect(sayFuzz('bench-results', mutants, slowestMs, outcomes)).toBeLessThan(MAX_RSS_BYTES)
  expect(outcomes.read).toBeGreaterThan(mutants / 3)
  expect(outcomes.refused).toBeGreaterThan(0)
  expect(outcomes.unclaimed).toBeGreaterThan(0)
})
