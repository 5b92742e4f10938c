/** Point 6: eight ranks of five million kernels with two thousand ncu results, cold and from the digest cache. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReport } from '../../../bench/ncu-file.ts'
import { writeBigFixture } from '../../../sim/big-fixture.ts'
import { kernelNames } from '../../../sim/kernel-names.ts'
import { buildBinary } from '../../build.ts'
import { checkoutRoot, type Point } from '../point.ts'

const RANKS = 8
const KERNELS = 5_000_000
const COUNTED = 2_000
const COLD_S = 90
const CACHED_S = 20
const MEMORY_GIB = 4

export const largePoint: Point = {
  title: `6 ${RANKS} ranks of ${KERNELS / 1e6}M kernels with ${COUNTED} ncu results: under ${COLD_S} s and ${MEMORY_GIB} GiB, ${CACHED_S} s from the cache`,
  async prove({ seed }) {
    const folder = mkdtempSync(join(tmpdir(), 'sextant-large-'))
    try {
      const binary = await buildBinary(join(checkoutRoot, 'dist'))
      const raw = join(folder, 'raw')
      mkdirSync(raw)
      for (let rank = 0; rank < RANKS; rank += 1) {
        writeBigFixture(join(raw, `rank${rank}.sqlite`), { kernels: KERNELS, hostRows: false, seed: seed + rank })
      }
      writeReport(join(raw, 'kernels.ncu-rep'), COUNTED, 200, Object.values(kernelNames))
      writeFileSync(join(raw, 'deployment.json'), JSON.stringify(deployment))
      const env = { ...process.env, PROFILE_AND_OPTIMIZE_REPO_ROOT: folder, SEXTANT_CACHE: join(folder, 'cache') }
      const run = (args: readonly string[]) => timed(binary, args, folder, env)
      run(['evidence', 'init', '--family', 'large', '--run-id', 'r1', '--intent', 'size'])
      const bundle = 'experiments/artifacts/large/r1'
      run(['evidence', 'add', bundle, 'raw'])
      rmSync(raw, { recursive: true })
      const cold = run(['synthesize', bundle, '--dry-run', '--json'])
      const cached = run(['synthesize', bundle, '--dry-run', '--json'])
      const holds = cold.seconds < COLD_S && cached.seconds < CACHED_S && cold.memoryGib < MEMORY_GIB && cached.stdout === cold.stdout
      const same = cached.stdout === cold.stdout ? 'same answer' : 'ANOTHER ANSWER'
      return {
        holds: holds && cold.status === 0,
        figure: `cold ${cold.seconds.toFixed(1)} s, ${cold.memoryGib.toFixed(2)} GiB; cached ${cached.seconds.toFixed(1)} s, ${same}; ${said(cold.stdout)}`,
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const deployment = {
  schema: 'deployment/1',
  engine: { name: 'vllm', version: '0.26.0' },
  arguments: { 'tensor-parallel-size': RANKS },
  environment: {},
}

function said(stdout: string): string {
  const { state, ledger, refusal } = JSON.parse(stdout) as { state: string; ledger: unknown[]; refusal?: { reason: string } }
  return refusal === undefined ? `${state}, ${ledger.length} rows` : `${state}: ${refusal.reason}`
}

/** GNU time tells the most memory that a process ever held. */
function timed(binary: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const started = performance.now()
  const run = spawnSync('/usr/bin/time', ['-f', 'most-memory-kib %M', process.execPath, binary, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  const seconds = (performance.now() - started) / 1000
  const kib = Number(/most-memory-kib (\d+)/.exec(run.stderr)?.[1] ?? Number.NaN)
  if ((run.status ?? 99) > 1) throw new Error(`${args.join(' ')} ended with ${run.status}: ${run.stderr.slice(0, 500)}`)
  return { status: run.status ?? 99, seconds, memoryGib: kib / 2 ** 20, stdout: run.stdout }
}
