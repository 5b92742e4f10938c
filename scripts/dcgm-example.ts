/**
 * `tsx scripts/dcgm-example.ts`: writes examples/dcgm from the generator: what a server answered (saved), the benchmark's bundle, and a
 * campaign whose cell was correlated from them. A test holds them equal to what this writes.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '#cli/run.ts'
import { drawHistory, recordedSeries } from '#sim/dcgm/history.ts'
import { type DcgmScenario, loadWindow, plainScenario } from '#sim/dcgm/scenario.ts'
import { jsonText } from '../src/base/json-text.ts'

/** Two GPUs, ten minutes: small enough to read. */
const scenario: DcgmScenario = {
  ...plainScenario,
  seed: 4,
  nodes: 1,
  gpusPerNode: 2,
  idleS: 900,
  loadS: 600,
  exporter: '4.5',
  honorLabels: false,
  without: ['memory-used', 'memory-busy', 'memory-free', 'sm-occupancy'],
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** Around both readings of the bundle's stamp, as `--dry-run` asks for. */
function answers(): Map<string, string> {
  const { startMs, endMs } = loadWindow(scenario)
  const [fromMs, toMs] = [startMs - 120_000, 2 * endMs - startMs + 120_000]
  const byName = new Map<string, object[]>()
  for (const { name, labels, timesMs, values } of recordedSeries(drawHistory(scenario))) {
    if (!name.startsWith('DCGM_FI_')) continue
    const kept = timesMs.flatMap((timeMs, at) => (timeMs > fromMs && timeMs <= toMs ? [[timeMs / 1000, values[at]]] : []))
    byName.set(name, [...(byName.get(name) ?? []), { metric: { __name__: name, ...labels }, values: kept }])
  }
  return new Map(
    [...byName].map(([name, result]) => [
      `${name}.json`,
      `${JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })}\n`,
    ]),
  )
}

function bundle(): string {
  const { endMs } = loadWindow(scenario)
  const metrics = { '64': { throughput_toks_per_s: 4210.5, itl_p50_ms: 13.9, ttft_p50_ms: 181.2, requests: 320, errors: 0 } }
  // An older bundle: captured_at is the end of the run.
  const bench = { captured_at: iso(endMs), duration_effective_s: scenario.loadS }
  return jsonText({
    schema: 'inference_perfbench_v1',
    model: 'example-llm-8b',
    deployment: { tensor_parallel_size: 2, quantization: 'FP8' },
    bench,
    metrics,
  })
}

/** Writes the whole example into `folder`, which is emptied first. */
export async function writeDcgmExample(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const cell = join(folder, 'campaign/cells/decode-c64')
  for (const each of [join(folder, 'responses'), cell]) mkdirSync(each, { recursive: true })
  for (const [name, text] of answers()) writeFileSync(join(folder, 'responses', name), text)
  writeFileSync(join(folder, 'inference_perfbench_v1.json'), bundle())
  const args = [
    'dcgm',
    'correlate',
    '--responses',
    'responses',
    '--bench',
    'inference_perfbench_v1.json',
    '--expected-gpus',
    '2',
    '--dtype',
    'fp8',
    '--campaign',
    'campaign',
    '--cell-id',
    'decode-c64',
  ]
  let said = ''
  const stderr = (text: string): void => {
    said += text
  }
  const status = await runCommandLine(args, { cwd: folder, env: {}, stdout: () => undefined, stderr })
  if (status !== 0) throw new Error(said)
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await writeDcgmExample(join(root, 'examples/dcgm'))
