/**
 * The bundle that the repository carries for `sextant synthesize`: a generated deployment with two things wrong, written by
 * `tsx scripts/synthesis-example.ts`. Nothing in it was measured, and its README says so.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Random } from '#base/random.ts'
import { captureNames } from '#sim/deployment/deployment.ts'
import { hostAndAttention } from '#sim/deployment/plants/two.ts'
import { writeDeployment } from '#sim/deployment/write-deployment.ts'

const seed = 20_260_301

const readme = `# A generated evidence bundle

Written by \`npx tsx scripts/synthesis-example.ts\`, not measured: a simulated vLLM deployment of a dense model on one GPU, whose steps, counters,
samples, GPU counters, benchmark and metrics all follow from one description of what it does. Two things are wrong with it: scheduling
runs between steps although the engine could run one step ahead, and attention runs on a fallback backend.

    npm run -s sextant -- synthesize examples/synthesis-bundle --dry-run

| file | as written by |
|---|---|
| \`steps.sqlite\` | Nsight Systems, exported |
| \`counters.ncu.csv\` | Nsight Compute, raw page |
| \`zymtrace/\`, \`capture_sources.json\` | a sampling profiler's tables |
| \`dcgm-frozen.yaml\` | DCGM fields over the benchmark's window |
| \`bench.json\` | \`vllm bench serve\` |
| \`metrics-before.prom\`, \`metrics-after.prom\` | the engine's /metrics |
| \`deployment.yaml\`, \`config.json\` | what is served, by which engine, with which arguments |
`

/** Writes the bundle into `folder`, in place of what is there; the files, relative to it. */
export function writeSynthesisExample(folder: string): readonly string[] {
  rmSync(folder, { recursive: true, force: true })
  const deployment = hostAndAttention.plant(new Random(seed, 'example'), seed, 'example')
  const written = writeDeployment({ ...deployment, captures: new Set(captureNames) }, folder)
  writeFileSync(join(folder, 'README.md'), readme)
  return [...written, 'README.md'].sort()
}

const [, script, target = 'examples/synthesis-bundle'] = process.argv
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  process.stdout.write(`${writeSynthesisExample(target).join('\n')}\n`)
}
