/** Point 6: eight ranks of five million kernels with two thousand ncu results, cold and from the digest cache. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeReport } from '../../../bench/ncu-file.ts'
import { writeBigFixture } from '../../../sim/big-fixture.ts'
import { LATE_RANK } from '../../../sim/big-streams.ts'
import { kernelNames } from '../../../sim/kernel-names.ts'
import { buildBinary } from '../../build.ts'
import { checkoutRoot, type Point } from '../point.ts'

const RANKS = 8
const KERNELS = 5_000_000
const COUNTED = 2_000
const COLD_S = 90
const CACHED_S = 20
const MEMORY_GB = 4

export const largePoint: Point = {
  title: `6 ${RANKS} ranks of ${KERNELS / 1e6}M kernels with ${COUNTED} ncu results: under ${COLD_S} s and ${MEMORY_GB} GB, ${CACHED_S} s from the cache`,
  async prove({ seed }) {
    const folder = mkdtempSync(join(tmpdir(), 'sextant-large-'))
    try {
      const binary = await buildBinary(join(checkoutRoot, 'dist'))
      const raw = join(folder, 'raw')
      mkdirSync(raw)
      for (let rank = 0; rank < RANKS; rank += 1) writeRank(raw, rank, seed, false)
      writeReport(join(raw, 'kernels.ncu-rep'), COUNTED, 200, Object.values(kernelNames))
      writeFileSync(join(raw, 'deployment.json'), JSON.stringify(deployment))
      const run = (args: readonly string[], cache: string) => timed(binary, args, folder, cache)
      run(['evidence', 'init', '--family', 'large', '--run-id', 'r1', '--intent', 'size'], 'cache')
      const bundle = 'experiments/artifacts/large/r1'
      run(['evidence', 'add', bundle, 'raw'], 'cache')
      // What `add` read and hashed must not help.
      const cold = run(['synthesize', bundle, '--dry-run', '--json'], 'cold')
      const cached = run(['synthesize', bundle, '--dry-run', '--json'], 'cold')
      // The same job, one rank of it captured with its host rows: no bar, a figure.
      writeRank(raw, 0, seed, true)
      const withHost = run(['synthesize', 'raw', '--dry-run', '--json'], 'host')
      const fast = cold.seconds < COLD_S && cached.seconds < CACHED_S
      const same = cached.stdout === cold.stdout
      const right = [cold, withHost].every(({ status, stdout }) => status === 0 && namesLateRank(stdout))
      return {
        holds: fast && cold.memoryGb < MEMORY_GB && same && right,
        figure: [
          `cold ${costOf(cold)}`,
          `cached ${costOf(cached)}, ${same ? 'same answer' : 'ANOTHER ANSWER'}`,
          `${said(cold.stdout)}, planted late rank ${right ? '' : 'NOT '}named`,
          `cold with ${KERNELS / 1e6}M host rows on one rank ${costOf(withHost)}, ${said(withHost.stdout)}`,
        ].join('; '),
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function writeRank(folder: string, index: number, seed: number, hostRows: boolean): void {
  writeBigFixture(join(folder, `rank${index}.sqlite`), { kernels: KERNELS, hostRows, seed, rank: { index, of: RANKS } })
}

const deployment = {
  schema: 'deployment/1',
  engine: { name: 'vllm', version: '0.26.0' },
  hardware: { gpu: 'H100 SXM' },
  arguments: { 'tensor-parallel-size': RANKS, 'async-scheduling': false },
  environment: {},
}

interface Answer {
  readonly state: string
  readonly ledger: readonly { readonly lever: string }[]
  readonly bottlenecks: readonly { readonly class: string; readonly why: string }[]
  readonly refusal?: { readonly reason: string }
}

const answerOf = (stdout: string): Answer => JSON.parse(stdout) as Answer

function namesLateRank(stdout: string): boolean {
  return answerOf(stdout).bottlenecks.some((each) => each.class === 'straggler' && each.why.startsWith(`rank ${LATE_RANK} `))
}

function said(stdout: string): string {
  const { state, ledger, refusal } = answerOf(stdout)
  if (refusal !== undefined) return `${state}: ${refusal.reason}`
  return `${state}, ${ledger.length} rows (${ledger.map(({ lever }) => lever).join(', ')})`
}

interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly memoryGb: number
}

function costOf({ seconds, cpuSeconds, memoryGb }: Cost): string {
  return `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processors), ${memoryGb.toFixed(2)} GB`
}

const sayPeak = fileURLToPath(new URL('../say-peak.mjs', import.meta.url))

/** @param cache name of the folder of the digest cache. */
function timed(binary: string, args: readonly string[], cwd: string, cache: string) {
  const env = { ...process.env, PROFILE_AND_OPTIMIZE_REPO_ROOT: cwd, SEXTANT_CACHE: join(cwd, `cache-${cache}`) }
  const started = performance.now()
  const run = spawnSync(process.execPath, ['--import', sayPeak, binary, ...args], { cwd, env, encoding: 'utf8', maxBuffer: 1 << 30 })
  const seconds = (performance.now() - started) / 1000
  const [, kib, us] = /peak-kib (\d+) cpu-us (\d+)/.exec(run.stderr) ?? []
  if ((run.status ?? 99) > 1) throw new Error(`${args.join(' ')} ended with ${run.status}: ${run.stderr.slice(0, 500)}`)
  // Unknown is NaN, which no bar holds.
  return { status: run.status ?? 99, seconds, cpuSeconds: Number(us) / 1e6, memoryGb: (Number(kib) * 1024) / 1e9, stdout: run.stdout }
}
