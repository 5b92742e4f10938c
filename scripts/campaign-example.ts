/**
 * `tsx scripts/campaign-example.ts`: writes examples/campaign with the real commands from simulated results. A test holds them equal to what
 * this writes.
 */
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '#cli/run.ts'
import { type ArmTruth, benchLine, sweepLine } from '../sim/campaign/bench-runs.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const concurrencies = [1, 8, 32, 64]

interface Arm {
  readonly id: string
  readonly truth: ArmTruth
  readonly points: readonly number[]
  readonly trials: number
  readonly withTpot: boolean
  readonly artifacts: boolean
}

const arms: readonly Arm[] = [
  {
    id: 'tp8',
    truth: { stepMs: 9, perStreamMs: 0.12, prefillMs: 60, tokensPerStep: 1 },
    points: concurrencies,
    trials: 3,
    withTpot: true,
    artifacts: true,
  },
  {
    id: 'tp8-mtp',
    truth: { stepMs: 10.5, perStreamMs: 0.19, prefillMs: 62, tokensPerStep: 1.7 },
    points: concurrencies,
    trials: 3,
    withTpot: true,
    artifacts: true,
  },
  {
    id: 'tp8-ep',
    truth: { stepMs: 10, perStreamMs: 0.08, prefillMs: 70, tokensPerStep: 1 },
    points: [1, 8],
    trials: 3,
    withTpot: true,
    artifacts: false,
  },
  {
    id: 'tp8-old-client',
    truth: { stepMs: 9, perStreamMs: 0.11, prefillMs: 60, tokensPerStep: 1 },
    points: concurrencies,
    trials: 3,
    withTpot: false,
    artifacts: false,
  },
]

const cellYaml = (id: string, more: string): string => `  - id: ${id}
    backend: vllm-sweep
    concurrencies: [${concurrencies.join(', ')}]
    model: glm-moe-fp8
    hardware: B200
    quant: FP8
    tensor_parallel: 8
    parallel_strategy: ${id === 'tp8-ep' ? 'EP' : 'TP'}
    max_num_batched_tokens: 8192
    kv_cache_dtype: fp8_e4m3
    cudagraph_mode: FULL_AND_PIECEWISE
    gpu_memory_utilization: 0.9
    image: vllm/vllm-openai:v0.14.0
    serving_engine: vllm
    cache_mode: cold
    dataset: random
${more}`

const config = `# Which configuration serves this model best? Simulated: no machine was measured.
campaign:
  target_release: glm
  target_namespace: example
  comparator_baseline: tp8
  title: Decode of a MoE model on one B200 node
  hypothesis: speculation wins throughput at concurrency 32 within the SLO
cells:
${cellYaml('tp8', '')}${cellYaml('tp8-mtp', '    mtp: true\n    num_speculative_tokens: 1\n    notes: one speculative token\n')}${cellYaml('tp8-ep', '')}${cellYaml('tp8-old-client', '    notes: measured with a client that writes no TPOT\n')}${cellYaml('tp8-w4', '    notes: fails to load\n')}${cellYaml('not-yet-run', '')}focus: throughput
next_lever: expert parallelism at concurrency 64
`

/** As another tool freezes it: averages, no series. */
const frozen = (dram: number, tensor: number): string => `schema_version: 1
hw_key: b200_sm100
n_gpus: 8
sweep_start_utc: "2026-11-01T09:11:00Z"
sweep_end_utc: "2026-11-01T09:31:00Z"
captured_by: example
data_tier: prof
scrape_interval_s: 15
power_watts_per_gpu: 742
nodes: [node-a]
resources:
  - {peak_key: hbm3e_tbps, metric: DCGM_FI_PROF_DRAM_ACTIVE, unit: ratio, measured_avg: ${dram}, promql: "avg(DCGM_FI_PROF_DRAM_ACTIVE)"}
  - {peak_key: fp8_dense_pflops, metric: DCGM_FI_PROF_PIPE_TENSOR_ACTIVE, unit: ratio, measured_avg: ${tensor}, promql: "avg(DCGM_FI_PROF_PIPE_TENSOR_ACTIVE)"}
  - {peak_key: nvlink5_tbps, metric: DCGM_FI_PROF_NVLINK_TX_BYTES, unit: bytes_per_s, measured_avg: 61000000000, promql: "avg(DCGM_FI_PROF_NVLINK_TX_BYTES)"}
`

const readme = `# Example campaign

Six cells of one question. **Simulated**: the results come from a formula (\`sim/campaign/bench-runs.ts\`), no machine was measured;
\`tsx scripts/campaign-example.ts\` writes this folder with the program's own commands.

- \`tp8\`, \`tp8-mtp\`: four concurrencies, three trials each, with kernels.json, ncu_kernels.json and DCGM; \`tp8\` with a roofline sweep.
- \`tp8-mtp\` has the decode budget of the same capture; \`findings/\` the synthesis of a bundle of what was measured on it.
- \`tp8-ep\`: partial, two of four concurrencies. \`tp8-old-client\`: its client wrote no TPOT. \`tp8-w4\`: failed. \`not-yet-run\`: planned.

Try \`sextant campaign aggregate examples/campaign --dry-run\`.
`

/** What the mtp arm ran, for the synthesis of its bundle. */
const deployment = `schema: deployment/1
engine: {name: vllm, version: "0.14.0", delivery: image}
arguments:
  tensor-parallel-size: 8
  max-num-batched-tokens: 8192
  gpu-memory-utilization: 0.9
  kv-cache-dtype: fp8_e4m3
  no-async-scheduling: true
environment: {}
resolved: {async_scheduling: false, cudagraph_mode: FULL_AND_PIECEWISE}
model: {name: example/glm-moe-fp8}
hardware: {key: b200_hgx, gpu: "NVIDIA B200", gpus: 8}
workload: {dataset: random, inputTokens: 1000, outputTokens: 500, concurrency: 1}
`

async function run(folder: string, args: readonly string[]): Promise<void> {
  let said = ''
  const stderr = (text: string): void => {
    said += text
  }
  const status = await runCommandLine(args, { cwd: folder, env: {}, stdout: () => undefined, stderr })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${said}`)
}

function writeInputs(work: string): void {
  mkdirSync(join(work, 'sweep'), { recursive: true })
  writeFileSync(join(work, 'config.yaml'), config)
  for (const [at, { id, truth, points, trials, withTpot }] of arms.entries())
    for (let trial = 1; trial <= trials; trial += 1) {
      const lines = points.map((concurrency) => benchLine(truth, { concurrency, trial, seed: 100_000 * at, withTpot, tensorParallel: 8 }))
      writeFileSync(join(work, `${id}-t${trial}.jsonl`), lines.join(''))
    }
  writeFileSync(join(work, 'tp8.yaml'), frozen(0.62, 0.11))
  writeFileSync(join(work, 'tp8-mtp.yaml'), frozen(0.57, 0.16))
  const [tp8] = arms
  if (tp8 === undefined) throw new Error('no arm')
  const decode = concurrencies.map((concurrency) =>
    sweepLine(tp8.truth, 'decode', { concurrency, isl: 1000, osl: 500, prompts: concurrency === 64 ? 64 : 400 }),
  )
  const prefill = [1024, 4096, 16384].map((isl) => sweepLine(tp8.truth, 'prefill', { concurrency: 4, isl, osl: 1, prompts: 64 }))
  writeFileSync(join(work, 'sweep/decode_sweep.jsonl'), decode.join(''))
  writeFileSync(join(work, 'sweep/prefill_sweep.jsonl'), prefill.join(''))
}

/** Writes the whole example into `folder`, which is emptied first. */
export async function writeCampaignExample(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const work = `${folder}.work`
  rmSync(work, { recursive: true, force: true })
  writeInputs(work)
  const created = ['--created-at-utc', '2026-11-01T09:00:00Z', '--created-by', 'example']
  const about = [
    '--repo',
    'https://github.com/vllm-project/vllm',
    '--commit',
    '0123456789abcdef0123456789abcdef01234567',
    '--delivery',
    'image',
  ]
  await run(work, [
    'campaign',
    'init',
    '--config',
    'config.yaml',
    '--name',
    'decode',
    ...created,
    ...about,
    '--image',
    'vllm/vllm-openai:v0.14.0',
  ])
  const campaign = 'campaigns/20261101T090000Z-decode'
  const kernels = join(root, 'examples/decode-host-bound/glm51-decode-c1.sqlite')
  const counters = join(root, 'examples/ncu-decode-kernels/glm51-decode-c1.ncu.csv')
  for (const { id, trials, artifacts } of arms) {
    const to = ['--campaign', campaign, '--cell-id', id]
    for (let trial = 1; trial <= trials; trial += 1)
      await run(work, ['campaign', 'import', `${id}-t${trial}.jsonl`, ...to, '--trial', `t${trial}`, '--node', 'node-a'])
    if (artifacts) await run(work, ['campaign', 'import', ...to, '--kernels', kernels, '--ncu', counters, '--dcgm', `${id}.yaml`])
  }
  await run(work, [
    'campaign',
    'import',
    '--campaign',
    campaign,
    '--cell-id',
    'tp8-w4',
    '--failed-at',
    'deploy',
    '--reason',
    'the engine ended with “unsupported quantization” while loading',
  ])
  await run(work, ['campaign', 'import-roofline-sweep', 'sweep', '--campaign', campaign, '--cell-id', 'tp8'])
  await bringSynthesis(work, campaign, [kernels, counters, 'tp8-mtp.yaml', 'tp8-mtp-t1.jsonl', 'deployment.yaml'])
  await run(work, ['campaign', 'import', '--campaign', campaign, '--cell-id', 'tp8-mtp', '--decode-budget', kernels])
  await run(work, ['campaign', 'aggregate', campaign])
  renameSync(join(work, campaign), folder)
  renameSync(join(work, 'sweep'), join(folder, 'roofline-sweep'))
  writeFileSync(join(folder, 'README.md'), readme)
  rmSync(work, { recursive: true, force: true })
}

/** A bundle of what the mtp arm measured, what is to be changed first in it, and that in the campaign. */
async function bringSynthesis(work: string, campaign: string, captures: readonly string[]): Promise<void> {
  writeFileSync(join(work, 'deployment.yaml'), deployment)
  const [at, runId, intent] = ['2026-11-01T10:00:00Z', '20261101T090000Z-decode', 'what bounds decode with one speculative token?']
  const about = ['--family', 'inference', '--run-id', runId, '--intent', intent, '--created-by', 'example', '--created-at-utc', at]
  await run(work, ['evidence', 'init', ...about])
  const bundle = `experiments/artifacts/inference/${runId}`
  await run(work, ['evidence', 'add', bundle, ...captures])
  await run(work, ['synthesize', bundle, '--created-at-utc', at])
  await run(work, ['campaign', 'import-synthesis', bundle, '--campaign', campaign])
}

/** examples/lake: the example campaign published, from a copy, so that the campaign itself stays as it was measured. */
export async function writeLakeExample(campaign: string, lake: string): Promise<void> {
  rmSync(lake, { recursive: true, force: true })
  const copy = `${lake}.campaign`
  cpSync(campaign, copy, { recursive: true })
  await run(root, ['lake', 'publish', copy, '--lake', lake, '--published-at-utc', '2026-11-02T09:00:00Z'])
  rmSync(copy, { recursive: true })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await writeCampaignExample(join(root, 'examples/campaign'))
  await writeLakeExample(join(root, 'examples/campaign'), join(root, 'examples/lake'))
}
