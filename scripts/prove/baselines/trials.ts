/** Point 3 of baselines: trials against simulated engines whose true difference is known, through the built binary. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../tests/support/free-port.ts'
import { buildBinary } from '../../build.ts'
import type { Point, Proof } from '../point.ts'

interface Judged {
  readonly verdict: string
  readonly improvementRatio?: number
  readonly pairs: { readonly counted: number; readonly excluded: number }
  readonly pairsNeeded?: number
  readonly floor?: { readonly ratio: number }
  readonly reason: string
}

class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'sextant-prove-trials-'))
  readonly #binary: string
  readonly #children: ChildProcess[] = []

  constructor(binary: string) {
    this.#binary = binary
  }

  command(args: readonly string[]): { readonly status: number | null; readonly json: unknown; readonly stderr: string } {
    const run = spawnSync(process.execPath, [this.#binary, ...args, '--json'], { cwd: this.folder, encoding: 'utf8', maxBuffer: 1 << 28 })
    return { status: run.status, json: run.stdout === '' ? undefined : JSON.parse(run.stdout), stderr: run.stderr }
  }

  async engine(args: readonly string[]): Promise<string> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    this.#children.push(spawn(process.execPath, [this.#binary, ...engineArgs(port), ...args], { stdio: 'ignore' }))
    for (let waited = 0; waited < 200; waited += 1) {
      const answer = await fetch(`${url}/v1/models`).catch(() => undefined)
      await answer?.body?.cancel()
      if (answer?.ok === true) return url
      await new Promise((fulfil) => setTimeout(fulfil, 100))
    }
    throw new Error('the engine does not serve')
  }

  judge(trial: string, plan: readonly string[], pairs?: number): Judged {
    if (plan.length > 0) this.#ok(['trial', 'plan', trial, ...load, ...plan])
    this.#ok([
      'trial',
      'run',
      trial,
      '--i-understand-submits-jobs',
      '--retries',
      '10',
      ...(pairs === undefined ? [] : ['--pairs', String(pairs)]),
    ])
    return this.command(['trial', 'judge', trial]).json as Judged
  }

  #ok(args: readonly string[]): void {
    const { status, stderr } = this.command(args)
    if (status !== 0) throw new Error(`${args.slice(0, 3).join(' ')} ended with ${status}: ${stderr.slice(-300)}`)
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGTERM')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const engineArgs = (port: number): string[] => ['sim', 'engine', '--port', String(port), '--duration-s', '1800']
const load = ['--a-label', 'A', '--b-label', 'B', '--concurrency', '2', '--requests', '16', '--input-tokens', '32', '--output-tokens', '64']
const percent = (ratio: number | undefined): string => (ratio === undefined ? 'no estimate' : `${(100 * ratio).toFixed(2)} %`)

async function withBench(work: (bench: Bench) => Promise<Proof>): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-prove-binary-'))
  const bench = new Bench(await buildBinary(folder))
  try {
    return await work(bench)
  } finally {
    bench.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An engine twice as fast as 1/scale: its steps take `scale` of the time, which the client sees as TPOT. */
function fixedTrial(title: string, scale: number, expected: string): Point {
  return {
    title: `3 ${title} is ${expected}`,
    prove: ({ seed }) =>
      withBench(async (bench) => {
        const [a, b] = [
          await bench.engine(['--seed', String(seed)]),
          await bench.engine(['--seed', String(seed + 1), '--time-scale', String(scale)]),
        ]
        const judged = bench.judge('fixed', ['--a-url', a, '--b-url', b, '--seed', String(seed % 1000)])
        const truth = 1 / scale - 1
        const near = Math.abs((judged.improvementRatio ?? Number.NaN) - truth) < 0.015
        return {
          holds: judged.verdict === expected && near,
          figure: `${judged.verdict}, ${percent(judged.improvementRatio)} measured, ${percent(truth)} true, floor ${percent(judged.floor?.ratio)}, ${judged.pairs.counted} pairs (${judged.reason})`,
        }
      }),
  }
}

/** Starts an engine whose speed is drawn anew at each start: noise between runs, as cold caches and neighbours make it. */
const noisyStarter = `
const { spawn } = require('node:child_process')
const { readFileSync, writeFileSync } = require('node:fs')
const [counter, seed, scale, noise, binary, ...args] = process.argv.slice(2)
const count = Number(readFileSync(counter, 'utf8')) + 1
writeFileSync(counter, String(count))
let state = (Number(seed) * 7919 + count * 104729) >>> 0
const uniform = () => { state = (state + 0x9e3779b9) >>> 0; let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad); x = Math.imul(x ^ (x >>> 15), 0x735a2d97); return ((x ^ (x >>> 15)) >>> 0) / 4294967296 }
const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
const child = spawn(process.execPath, [binary, ...args, '--time-scale', String(Number(scale) * Math.exp(Number(noise) * normal))], { stdio: 'ignore' })
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', () => process.exit(0))
`

const noisyTrial: Point = {
  title: '3 a noisy pair of arms (4 % gain, 2.5 % noise a run) is INCONCLUSIVE, and the count of pairs that it names then suffices',
  prove: ({ seed }) =>
    withBench(async (bench) => {
      const starter = join(bench.folder, 'starter.cjs')
      const counter = join(bench.folder, 'counter')
      writeFileSync(starter, noisyStarter)
      writeFileSync(counter, '0')
      const binary = await buildBinary(join(bench.folder, 'dist'))
      const arm = async (name: 'a' | 'b', scale: number): Promise<string[]> => {
        const port = await freePort()
        const argv = [process.execPath, starter, counter, String(seed), String(scale), '0.025', binary, ...engineArgs(port)]
        return [`--${name}-url`, `http://127.0.0.1:${port}`, ...argv.flatMap((word) => [`--${name}-start=${word}`])]
      }
      const first = bench.judge('noisy', [
        ...(await arm('a', 1)),
        ...(await arm('b', 0.96)),
        '--floor-percent',
        '1.5',
        '--pairs',
        '3',
        '--seed',
        String(seed % 1000),
      ])
      const needed = first.pairsNeeded
      if (first.verdict !== 'INCONCLUSIVE' || needed === undefined) {
        return { holds: false, figure: `${first.verdict} on 3 pairs (${first.reason}), drawn ${readFileSync(counter, 'utf8')} engines` }
      }
      const second = bench.judge('noisy', [], needed)
      return {
        holds: second.verdict === 'PROVEN',
        figure: `INCONCLUSIVE on 3 pairs, ${needed} named; then ${second.verdict}, ${percent(second.improvementRatio)} measured, ${percent(1 / 0.96 - 1)} true`,
      }
    }),
}

export const trialPoints: readonly Point[] = [
  fixedTrial('a true gain of 5 %', 1 / 1.05, 'PROVEN'),
  fixedTrial('a true loss of 5 %', 1 / 0.95, 'REFUTED'),
  fixedTrial('no difference', 1, 'NULL'),
  noisyTrial,
]
