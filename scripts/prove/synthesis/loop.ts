/**
 * The whole loop on the simulated engine, by the real commands and without a hand in between: its profiler and a real Prometheus that
 * scrapes its exporter give two of the four sources; then synthesize, stage, trial, judge, ledger, calibration.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Calibration, Ledger } from '../../../src/formats/ledger.ts'
import type { LedgerVerify } from '../../../src/formats/ledger-verify.ts'
import type { Synthesis } from '../../../src/formats/synthesis.ts'
import type { TrialJudgement } from '../../../src/formats/trial.ts'
import { firstUrl } from '../../../tests/support/engine-process.ts'
import { freePort } from '../../../tests/support/free-port.ts'
import { startService } from '../../../tests/support/service.ts'
import { checkoutRoot } from '../point.ts'
import { runBinary } from './run-binary.ts'

/** How long the exporter's window is: DCGM correlation wants a minute of steady load (facts/methodology.md, rule 33). */
const REQUESTS = 450
/** A first token of 60 ms, beside which a stamp that is some milliseconds late is nothing. */
const INPUT_TOKENS = 1024
const OUTPUT_TOKENS = 8
/** Steps of 18 ms: the client and the engine share the cores of one machine, and its stamps must not be late beside them. */
const TIME_SCALE = '2'

export interface LoopOutcome {
  readonly synthesis: Synthesis
  readonly judgement: TrialJudgement
  readonly ledger: Ledger
  readonly calibration: Calibration
  readonly verified: LedgerVerify
}

/** One deployment, captured once, and what became of its first lever in three engines that answer differently to it. */
export interface Loops {
  readonly helps: LoopOutcome
  readonly nothing: LoopOutcome
  readonly harms: LoopOutcome
}

type Ask = (...args: readonly string[]) => Promise<unknown>

export async function runLoops(): Promise<Loops> {
  const root = mkdtempSync(join(tmpdir(), 'sextant-loop-'))
  const ask: Ask = (...args) => runBinary([...args, '--json'], { cwd: root, env: { PROFILE_AND_OPTIMIZE_REPO_ROOT: root } })
  try {
    const port = await freePort()
    const capture = await captureSources(root, port, ask)
    // What scheduling ahead leaves of the host's time: it helps, does nothing, harms. The captured engine does not do it, so all look alike.
    const helps = await runLoop(ask, root, port, capture, 0.2)
    const nothing = await runLoop(ask, root, port, capture, 1)
    const harms = await runLoop(ask, root, port, capture, 1.25)
    return { helps, nothing, harms }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function runLoop(ask: Ask, root: string, port: number, capture: readonly string[], stays: number): Promise<LoopOutcome> {
  const runId = `stays-${stays * 100}`
  const bundle = join('experiments/artifacts/simulated', runId)
  writeFileSync(
    join(root, 'deployment.json'),
    JSON.stringify(deploymentOf([...engineCommand(port, stays), '--'], `http://127.0.0.1:${port}`)),
  )
  await ask('evidence', 'init', '--family', 'simulated', '--run-id', runId, '--intent', 'which lever first?')
  await ask('evidence', 'add', bundle, ...capture, 'deployment.json')
  const synthesis = (await ask('synthesize', bundle, '--stage', '1', '--focus', 'latency')) as Synthesis
  if (synthesis.ledger.length === 0)
    throw new Error(`no lever: ${JSON.stringify(synthesis.notProposed)} ${JSON.stringify(synthesis.refusal ?? '')}`)
  const trial = synthesis.written
    ?.find((path) => path.endsWith('plan.json'))
    ?.split('/')
    .at(-2)
  if (trial === undefined) throw new Error('nothing was staged')
  await ask('trial', 'run', trial, '--i-understand-submits-jobs')
  const judgement = (await ask('trial', 'judge', trial)) as TrialJudgement
  // A loop takes minutes: what became of each is told as it ends.
  process.stderr.write(`loop, the engine keeps ${stays} of the host's time: ${judgement.verdict}, ${judgement.reason}\n`)
  const ledger = (await ask('ledger', 'show', bundle)) as Ledger
  const calibration = (await ask('ledger', 'calibration')) as Calibration
  const verified = (await ask('verify', bundle)) as LedgerVerify
  return { synthesis, judgement, ledger, calibration, verified }
}

const engineCommand = (port: number, stays: number): string[] => [
  process.execPath,
  join(checkoutRoot, 'dist/sextant.js'),
  ...['sim', 'engine', '--bound', 'host', '--time-scale', TIME_SCALE, '--dcgm-interval-ms', '1000'],
  ...['--port', String(port), '--async-host-stays', String(stays)],
]

/** @returns the files of the bundle, but for what is said of the deployment. */
async function captureSources(root: string, port: number, ask: Ask): Promise<string[]> {
  const traces = join(root, 'traces')
  mkdirSync(traces)
  const running = spawnEngine([...engineCommand(port, 1), '--profiler', 'cuda', '--trace-dir', traces, '--', '--no-async-scheduling'])
  try {
    const url = await firstUrl(running)
    const prometheus = await prometheusOf(url)
    try {
      const load = [
        '--concurrency',
        '1',
        '--input-tokens',
        String(INPUT_TOKENS),
        '--output-tokens',
        String(OUTPUT_TOKENS),
        '--requests',
        String(REQUESTS),
      ]
      await ask('drive', url, ...load, '--out', 'drive', '--i-understand-submits-jobs')
      await ask('dcgm', 'freeze', '--url', prometheus.url, '--bench', 'drive/drive-result.json', '--out', 'dcgm-frozen.yaml')
    } finally {
      await prometheus.stop()
    }
    const window = ['--rounds', '2', '--output-tokens', '200', '--window-s', '1', '--start-allowance-s', '1', '--settle-s', '0.3']
    await ask('decode-budget', '--live', url, '--trace-dir', traces, '--back-end', 'cuda', ...window, '--i-understand-submits-jobs')
  } finally {
    running.kill('SIGTERM')
    await new Promise((fulfil) => running.once('exit', fulfil))
  }
  return ['traces', 'drive/drive-result.json', 'drive/c1-metrics-pre.prom', 'drive/c1-metrics-post.prom', 'dcgm-frozen.yaml']
}

/** What is served, as somebody who deploys it would write it down. */
const deploymentOf = (program: readonly string[], url: string) => ({
  schema: 'deployment/1',
  engine: { name: 'vllm', version: '0.26.0', image: 'sextant/simulated:1' },
  arguments: { 'no-async-scheduling': true },
  environment: {},
  resolved: { cudagraph_mode: 'NONE', async_scheduling: false },
  launch: { program, url },
  hardware: { gpus: 1, node: 'this machine', gpuUuids: ['GPU-simulated'] },
  workload: { inputTokens: INPUT_TOKENS, outputTokens: OUTPUT_TOKENS, concurrency: 1 },
})

function spawnEngine([command = '', ...args]: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

function prometheusOf(engineUrl: string) {
  const scrape = {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'dcgm', metrics_path: '/dcgm/metrics', static_configs: [{ targets: [new URL(engineUrl).host] }] }],
  }
  return startService({
    command: 'prometheus',
    readyPath: '/-/ready',
    // Prometheus reads YAML, of which JSON is a part.
    prepare: (folder) => writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(scrape)),
    arguments: (port, folder) => [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
  })
}
