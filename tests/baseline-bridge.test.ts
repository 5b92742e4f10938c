/** Bundles become inference_perfbench_v1: generated ones with known content, real ones against kept documents. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isSextantError } from '../src/base/errors.ts'
import { type InferencePerfbench, inferencePerfbenchSchema, perfbenchText } from '../src/formats/inference-perfbench.ts'
import { bridgeBundle, loadPerfbench } from '../src/pipeline/perfbench.ts'
import { aiperfLine, vllmResult } from './support/bench-files.ts'
import { checkoutRoot } from './support/checkout.ts'
import { gate } from './support/gate.ts'
import { listShared, sharedDataAbsent, sharedDataRoot } from './support/shared-data.ts'
import { writeBundle } from './support/zymtrace-bundle.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-bridge-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const context = { configRoot: join(checkoutRoot, 'configs') }

function write(files: Readonly<Record<string, string>>, name: string): string {
  const folder = join(root, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const report = `# Perf bench report

- Model: glm-moe
- Tensor parallel size: 8
- Quantization: NVFP4
- Load generator: AIPerf 0.5.0

| Concurrency | Output throughput (tok/s) | TTFT p50 (ms) | TTFT p95 (ms) | ITL p50 (ms) | Tok/s/user | Errors |
|---:|---:|---:|---:|---:|---:|---:|
| 1 | 101.5 | 80.1 | 95 | 9.8 | 102.0 | 0 |
| 16 | 1,204.25 | 180.4 | 260 | 12.5 | 80 | 2 |
`

/** As AIPerf prints it; throughput to two digits. */
const aiperfLog = (concurrency: number, throughput: string, ttft: string): string =>
  [
    '      NVIDIA AIPerf | LLM Metrics',
    '┏━━━━┳━━━━┓',
    '┃ Metric ┃ avg ┃ min ┃ max ┃ p99 ┃ p90 ┃ p50 ┃ std ┃',
    '┡━━━━╇━━━━┩',
    `│ Time to First Token (ms) │ 200.00 │ 90.00 │ 500.00 │ 480.00 │ 300.00 │ ${ttft} │ 40.00 │`,
    '│ Request Latency (ms) │ 3000.00 │ 2000.00 │ 5000.00 │ 4800.00 │ 4000.00 │ 2950.00 │ 400.00 │',
    `│ Output Token Throughput (tokens/sec) │ ${throughput} │ N/A │ N/A │ N/A │ N/A │ N/A │ N/A │`,
    '│ Request Count (requests) │ 400.00 │ N/A │ N/A │ N/A │ N/A │ N/A │ N/A │',
    '└────┴────┘',
    `CLI Command: aiperf profile --model 'glm-moe' --streaming --concurrency ${concurrency}`,
    'Benchmark Duration: 45.55 sec',
    '',
  ].join('\n')

const counters = (hits: number, queries: number, name: string): string =>
  [
    '# TYPE vllm:num_requests_running gauge',
    'vllm:num_requests_running{engine="0"} 3',
    `vllm:${name}hits_total{engine="0"} ${hits}`,
    `vllm:${name}hits_total{engine="1"} ${hits}`,
    `vllm:${name}queries_total{engine="0"} ${queries}`,
    `vllm:${name}queries_total{engine="1"} ${queries}`,
    'vllm:generation_tokens_total{engine="0"} 1000',
    '',
  ].join('\n')

const mission = {
  'perf-bench-report-20260519.md': report,
  'aiperf-c1.log': aiperfLog(1, '101.50', '80.10'),
  'aiperf-c16.log': aiperfLog(16, '1,204.25', '180.40'),
  'glm-moe-metrics-pre.prom': counters(100, 1000, 'prefix_cache_'),
  'glm-moe-metrics-post.prom': counters(900, 2000, 'prefix_cache_'),
  'notes.txt': 'GPQA=0.62\n',
}

test('a mission bundle: report and logs of one run are merged, counters become rates, samples become classes, the rest is null', async () => {
  const folder = write(mission, 'mission')
  writeBundle(folder)
  const { document, notes, sources } = await bridgeBundle([folder], context)
  expect(document).toMatchObject({
    schema: 'inference_perfbench_v1',
    model: 'glm-moe',
    deployment: { tensor_parallel_size: '8', quantization: 'NVFP4' },
    workload: { concurrency_sweep: [1, 16] },
    metrics: {
      16: {
        throughput_toks_per_s: 1204.25,
        ttft_p50_ms: 180.4,
        ttft_p95_ms: 260,
        ttft_p99_ms: 480,
        itl_p50_ms: 12.5,
        tps_per_user: 80,
        request_latency_p50_ms: 2950,
        errors: 2,
        requests: 400,
      },
    },
    server_metrics_delta: {
      prefix_cache_hit_rate_pre: 0.1,
      // Gained in between, over both engines: 1600 of 2000 tokens.
      prefix_cache_hit_rate_post: 0.8,
      prefix_cache_hit_rate_unit: 'ratio',
      gpu_cache_usage_perc_peak: null,
      num_requests_running_peak: null,
    },
    kernel_class_of: 'GPU samples',
    cpu_spinpoll_pct: null,
  })
  expect(document.metrics['16']?.runs).toBeUndefined()
  expect(document.kernel_class_gpu_pct?.['tp_all_reduce']).toBeCloseTo((100 * 1500) / 12_300, 0)
  expect(notes.join()).toMatch(/peaks are null/)
  expect(sources.map(({ path }) => path)).toContain('aiperf-c16.log')
  expect(inferencePerfbenchSchema.parse(JSON.parse(perfbenchText(document)))).toEqual(document)
})

test('metrics by their old names give the same rate; a restarted engine gives none', async () => {
  const old = write(
    {
      ...mission,
      'glm-moe-metrics-pre.prom': counters(100, 1000, 'gpu_prefix_cache_'),
      'glm-moe-metrics-post.prom': counters(900, 2000, 'gpu_prefix_cache_'),
    },
    'old',
  )
  expect((await bridgeBundle([old], context)).document.server_metrics_delta).toMatchObject({ prefix_cache_hit_rate_post: 0.8 })
  const gauges = (rate: number) =>
    `vllm:gpu_prefix_cache_hit_rate ${rate}\nvllm:gpu_cache_usage_perc 0.4\nvllm:avg_generation_throughput_toks_per_s 55\n`
  const v0 = write({ ...mission, 'glm-moe-metrics-pre.prom': gauges(0.1), 'glm-moe-metrics-post.prom': gauges(0.7) }, 'v0')
  const fromGauges = (await bridgeBundle([v0], context)).document
  expect(fromGauges.server_metrics_delta).toMatchObject({
    prefix_cache_hit_rate_pre: 0.1,
    prefix_cache_hit_rate_post: 0.7,
    prefix_cache_hit_rate_method: 'gauge of the engine',
    avg_generation_throughput_toks_per_s: 55,
  })
  // A gauge's window is not the run: what it says is not compared with what counters say.
  const [counted] = [(await bridgeBundle([old], context)).document]
  expect(gate(counted, fromGauges).rows.find(({ id }) => id === 'prefix_cache_hit_rate_post')?.state).toBe('DEFINITIONS_DIFFER')
  const restarted = write({ ...mission, 'glm-moe-metrics-post.prom': counters(5, 10, 'prefix_cache_') }, 'restarted')
  const { document, notes } = await bridgeBundle([restarted], context)
  expect(document.server_metrics_delta?.prefix_cache_hit_rate_post).toBeNull()
  expect(notes.join()).toMatch(/went from/)
})

test('runs are kept apart: folders, trials and equal files are runs, forms of one run are not', async () => {
  const folders = [1, 2, 3].map((run) =>
    write({ 'c16.json': JSON.stringify(vllmResult({ output_throughput: 500 + run })) }, `folder-${run}`),
  )
  const three = (await bridgeBundle(folders, context)).document.metrics['16']
  expect(three?.runs?.map(({ throughput_toks_per_s }) => throughput_toks_per_s)).toEqual([501, 502, 503])
  expect(three?.throughput_toks_per_s).toBe(502)
  const nested = write(
    { 'run-a/sweep.json': JSON.stringify(vllmResult()), 'run-b/sweep.json': JSON.stringify(vllmResult({ output_throughput: 510 })) },
    'nested',
  )
  expect((await bridgeBundle([nested], context)).document.metrics['16']?.runs?.map(({ run }) => run)).toEqual(['run-a', 'run-b'])
  // Twice the very same figures in one form: two runs that happened to agree, never one.
  const twins = write({ 'a.json': JSON.stringify(vllmResult()), 'b.json': JSON.stringify(vllmResult()) }, 'twins')
  expect((await bridgeBundle([twins], context)).document.metrics['16']?.runs).toHaveLength(2)
  // A report that contradicts the log is a run of its own, and is said.
  const unlike = write({ ...mission, 'aiperf-c16.log': aiperfLog(16, '1,100.00', '180.40') }, 'unlike')
  const bridged = await bridgeBundle([unlike], context)
  expect(bridged.document.metrics['16']?.runs).toHaveLength(2)
  expect(bridged.notes.join()).toMatch(/differs from .* by more than rounding/)
})

test('definitions: vLLM’s TPOT is the field’s ITL, its own ITL is not; a run whose client was late says so', async () => {
  const { document } = await loadPerfbench(join(write({ 'r.json': JSON.stringify(vllmResult()) }, 'vllm'), 'r.json'), context)
  expect(document.metrics['16']).toMatchObject({
    itl_p50_ms: 30,
    definitions: { throughput_toks_per_s: 'wall', ttft_p50_ms: 'first-chunk', tps_per_user: 'inverse of the median ITL' },
  })
  const lines = Array.from({ length: 8 }, () => aiperfLine()).join('\n')
  await expect(bridgeBundle([write({ 'profile_export.jsonl': lines }, 'no-concurrency')], context)).rejects.toMatchObject({
    code: 'missing_data',
  })
})

test('what holds no result, two profiles, or a damaged document is refused with what to do', async () => {
  await expect(bridgeBundle([write({ 'metrics-pre.prom': counters(1, 2, 'prefix_cache_') }, 'no-result')], context)).rejects.toMatchObject({
    code: 'missing_data',
  })
  const two = write(mission, 'two-profiles')
  writeBundle(join(two, 'one'))
  writeBundle(join(two, 'other'))
  await expect(bridgeBundle([two], context)).rejects.toMatchObject({ code: 'ambiguous' })
  const damaged = join(
    write({ 'd.json': '{"schema": "inference_perfbench_v1", "metrics": {"16": {"ttft_p50_ms": "fast"}}}' }, 'damaged'),
    'd.json',
  )
  await expect(loadPerfbench(damaged, context)).rejects.toMatchObject({
    code: 'corrupt_file',
    message: expect.stringMatching(/metrics\.16\.ttft_p50_ms/),
  })
  await expect(bridgeBundle([join(root, 'absent')], context)).rejects.toMatchObject({ code: 'file_not_found' })
})

const golden = join(checkoutRoot, 'tests/golden/perfbench')

/** The document, or the code of the error that the file rightly gets. */
async function bridged(path: string): Promise<InferencePerfbench | { readonly error: string }> {
  try {
    return (await bridgeBundle([path], context)).document
  } catch (error) {
    if (isSextantError(error)) return { error: error.code }
    throw error
  }
}

test('real results give their kept documents (UPDATE_GOLDEN=1 writes them anew)', async (testing) => {
  if (sharedDataRoot === undefined) testing.skip(sharedDataAbsent)
  const paths = [...listShared('bench'), join(checkoutRoot, 'examples/serving/sweep.jsonl')]
  for (const path of paths) {
    const kept = join(golden, `${basename(path)}.golden.json`)
    const document = JSON.parse(JSON.stringify(await bridged(path))) as unknown
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(golden, { recursive: true })
      writeFileSync(kept, `${JSON.stringify(document, null, 2)}\n`)
    }
    // Files that were added to the folder since are no failure; those that are kept must stay what they are.
    if (existsSync(kept)) expect(document, basename(path)).toEqual(JSON.parse(readFileSync(kept, 'utf8')))
  }
})
