/**
 * Reading six of 28 columns of every kernel of an nsys SQLite export: rows per second of our scanner and of Python's sqlite3
 * in the same run. `tsx bench/sqlite-scan.ts [--kernels 5000000] [--runs 3] [--interpret]`
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

interface Figures {
  readonly rows: number
  readonly seconds: number
  readonly maxRssMb: number
  readonly checksum: number
}

const here = import.meta.dirname
/** Below this the machine is too busy for any ratio to mean something (measured 0.9-1.3M when idle). */
const VOID_BELOW_ROWS_PER_SECOND = 800_000

/** The fixture, made once by Python's own sqlite3 and kept under bench/out, which git ignores. */
export function kernelFixture(kernels: number, runtime = 0): string {
  const folder = join(here, 'out')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `nsys-${kernels}-${runtime}.sqlite`)
  if (!existsSync(path)) {
    const made = spawnSync('python3', [join(here, 'make-nsys.py'), path, '--kernels', String(kernels), '--runtime', String(runtime)], {
      stdio: 'inherit',
    })
    if (made.status !== 0) throw new Error('bench/make-nsys.py failed')
  }
  return path
}

function run(command: string, args: readonly string[]): Figures {
  const result = spawnSync(command, args, { encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.stderr}`)
  return JSON.parse(result.stdout) as Figures
}

function median(runs: readonly Figures[]): Figures {
  const sorted = [...runs].sort((left, right) => left.seconds - right.seconds)
  const middle = sorted[sorted.length >> 1]
  if (middle === undefined) throw new Error('no runs')
  return middle
}

function line(name: string, figures: Figures): string {
  const rate = figures.rows / figures.seconds / 1e6
  return `${name.padEnd(18)} ${rate.toFixed(2).padStart(6)}M rows/s  ${figures.seconds.toFixed(3)} s  ${figures.maxRssMb.toFixed(0)} MB`
}

function main(): void {
  const { values } = parseArgs({ options: { kernels: { type: 'string' }, runs: { type: 'string' }, interpret: { type: 'boolean' } } })
  const path = kernelFixture(Number(values.kernels ?? 5_000_000))
  const scanArgs = ['--import', 'tsx', join(here, 'scan-kernels.ts'), path, ...(values.interpret ? ['--interpret'] : [])]
  const ours: Figures[] = []
  const theirs: Figures[] = []
  // In turns, so that a busy spell strikes both.
  for (let i = 0; i < Number(values.runs ?? 3); i++) {
    ours.push(run(process.execPath, scanArgs))
    theirs.push(run('python3', [join(here, 'opponents/read_kernels.py'), path]))
  }
  const scanner = median(ours)
  const python = median(theirs)
  const sameRows = scanner.rows === python.rows && scanner.checksum === python.checksum
  const isVoid = python.rows / python.seconds < VOID_BELOW_ROWS_PER_SECOND
  const ratio = python.seconds / scanner.seconds
  process.stdout.write(`${line('sextant scanner', scanner)}\n${line('python fetchmany', python)}\n`)
  process.stdout.write(`ratio ${ratio.toFixed(1)}x${isVoid ? ' (void: Python below 0.8M rows/s, the machine is busy)' : ''}; `)
  process.stdout.write(`${sameRows ? 'same rows and checksum' : 'DIFFERENT ROWS'}\n`)
  if (!sameRows) process.exitCode = 1
}

if (process.argv[1] === import.meta.filename) main()
