/** Writes examples/baselines again: two documents of known truth, and a registry in which one of them is registered. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { REGISTRY } from '#store/baselines/layout.ts'
import { recordBaseline, registeredTime } from '#store/baselines/record.ts'
import { baselineExample } from '../sim/perfbench/example.ts'

const examples = resolve(fileURLToPath(import.meta.url), '../../examples/baselines')

/** @param folder becomes what examples/baselines is. */
export async function writeBaselineExample(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = baselineExample()
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  const repository = join(folder, 'repository')
  await recordBaseline({
    root: join(repository, REGISTRY),
    source: join(folder, 'trusted.json'),
    baseline: {
      schema: 'perf_baseline_v1',
      family: 'inference',
      measurement: 'glm-moe-fp8-perfbench-v1',
      value: null,
      direction: 'two-sided',
      unit: 'structured-json',
      source_path: 'examples/baselines/trusted.json',
      schema_path: 'inference_perfbench_v1',
      registered_by: { operator_user: 'example' },
      workstation: { hostname: 'example', uname: 'Linux' },
      profile_and_optimize_sha: 'sextant 0.1.0',
      notes: 'GPQA=0.62 MMLU-Pro=0.71',
      cluster: 'example',
      headline: { concurrency: 16, throughput_toks_per_s: JSON.parse(files.get('trusted.json') ?? '').metrics['16'].throughput_toks_per_s },
    },
    registeredUs: registeredTime('2026-05-19T21:00:00Z'),
  })
  const run = join(repository, 'experiments/artifacts/inference/weekly-2026-05-26/inference_perfbench_v1.json')
  mkdirSync(dirname(run), { recursive: true })
  writeFileSync(run, files.get('slower.json') ?? '')
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await writeBaselineExample(examples)
