/**
 * The bundle that the repository carries for `sextant synthesize`: a generated deployment with two things wrong, written by
 * `tsx scripts/synthesis-example.ts`. Nothing in it was measured, and its README says so.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Random } from '#base/random.ts'
import { captureNames } from '#sim/deployment/deployment.ts'
import { hostAndAttention } from '#sim/deployment/plants/two.ts'
import { writeDeployment } from '#sim/deployment/write-deployment.ts'
import { keepSynthesis } from '../src/pipeline/synthesis/keep.ts'
import { synthesize } from '../src/pipeline/synthesis/synthesize.ts'
import { addToBundle, initBundle } from '../src/store/bundle/bundle.ts'
import { filesBelow } from '../src/store/bundle/paths.ts'
import { writeCampaignExample, writeLakeExample } from './campaign-example.ts'

const checkoutRoot = fileURLToPath(new URL('..', import.meta.url))
const seed = 20_260_301

const readme = `# A generated evidence bundle

Written by \`npx tsx scripts/synthesis-example.ts\`, not measured: a simulated vLLM deployment of a dense model on one GPU, whose steps, counters,
samples, GPU counters, benchmark and metrics all follow from one description of what it does. Two things are wrong with it: scheduling
runs between steps although the engine could run one step ahead, and attention runs on a fallback backend.

    npm run -s sextant -- synthesize examples/synthesis-bundle --dry-run
    npm run -s sextant -- verify examples/synthesis-bundle

The captures stand in \`raw/\`; \`findings/\` holds the synthesis as a page and as JSON, and the ledger.

| file | as written by |
|---|---|
| \`raw/steps.sqlite\` | Nsight Systems, exported |
| \`raw/counters.ncu.csv\` | Nsight Compute, raw page |
| \`raw/zymtrace/\`, \`raw/capture_sources.json\` | a sampling profiler's tables |
| \`raw/dcgm-frozen.yaml\` | DCGM fields over the benchmark's window |
| \`raw/bench.json\` | \`vllm bench serve\` |
| \`raw/metrics-before.prom\`, \`raw/metrics-after.prom\` | the engine's /metrics |
| \`raw/deployment.yaml\`, \`raw/config.json\` | what is served, by which engine, with which arguments |
`

const AT = '2026-03-01T00:00:00Z'

/** Writes the bundle, its synthesis and its ledger into `folder`, in place of what is there; the files, relative to it. */
export async function writeSynthesisExample(folder: string): Promise<readonly string[]> {
  const deployment = hostAndAttention.plant(new Random(seed, 'example'), seed, 'example')
  const root = mkdtempSync(join(tmpdir(), 'sextant-example-'))
  try {
    const captures = join(root, 'captures')
    writeDeployment({ ...deployment, captures: new Set(captureNames) }, captures)
    const about = {
      family: 'example',
      runId: 'synthesis-bundle',
      intent: 'what should this deployment change first?',
      createdBy: 'scripts/synthesis-example.ts',
    }
    const shown = initBundle(root, { ...about, createdAtUtc: AT, toolVersion: '0.1.0' })
    const bundle = join(root, shown)
    const files = readdirSync(captures).sort()
    await addToBundle(
      bundle,
      shown,
      files.map((name) => ({ path: join(captures, name), shown: name, into: 'raw' })),
      AT,
    )
    const configRoot = join(checkoutRoot, 'configs')
    const synthesis = await synthesize({ env: {}, configRoot, cache: false }, bundle, shown, {
      focus: 'mixed',
      records: {},
      version: '0.1.0',
    })
    await keepSynthesis({ root, folder: bundle, shown, configRoot, synthesis, stage: 0, atUtc: AT })
    rmSync(folder, { recursive: true, force: true })
    cpSync(bundle, folder, { recursive: true })
    writeFileSync(join(folder, 'README.md'), readme)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return filesBelow(folder).files
}

const [, script, target = 'examples/synthesis-bundle'] = process.argv
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  process.stdout.write(`${(await writeSynthesisExample(target)).join('\n')}\n`)
  // The example campaign holds a synthesis too: what makes one stale makes the other so.
  const examples = join(checkoutRoot, 'examples')
  if (join(target) === join('examples/synthesis-bundle')) {
    await writeCampaignExample(join(examples, 'campaign'))
    await writeLakeExample(join(examples, 'campaign'), join(examples, 'lake'))
  }
}
