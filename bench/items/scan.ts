/** Reading six columns of every kernel, nothing else: the scanner in a fresh process against sqlite3 with fetchmany(65536). */
import { join } from 'node:path'
import type { BenchLine } from '../bench-line.ts'
import { kernelFixture } from '../fixtures.ts'
import { SLOW_BELOW_ROWS_PER_S } from '../machine-state.ts'
import { measure } from '../measure.ts'
import { median } from '../side-by-side.ts'

interface Figures {
  readonly rows: number
  readonly seconds: number
  readonly maxRssMb: number
  readonly checksum: number
}

const KERNELS = 5_000_000
const BAR = 8e6

const here = join(import.meta.dirname, '..')
const ours = (path: string): Figures =>
  JSON.parse(measure([process.execPath, '--import', 'tsx', join(here, 'scan-kernels.ts'), path]).stdout) as Figures
const theirs = (path: string): Figures => JSON.parse(measure(['python3', join(here, 'opponents/read_kernels.py'), path]).stdout) as Figures

const rate = (runs: readonly Figures[]): number => median(runs.map((run) => run.rows / run.seconds))
const millions = (rowsPerSecond: number): string => `${(rowsPerSecond / 1e6).toFixed(2)}M rows/s`

export function scanLine(): { line: BenchLine; opponentRowsPerS: number } {
  const path = kernelFixture(KERNELS)
  const runs = [ours(path), ours(path), ours(path)]
  const opponents = [theirs(path), theirs(path)]
  runs.push(ours(path), ours(path))
  const [mine, other] = [rate(runs), rate(opponents)]
  if (new Set([...runs, ...opponents].map(({ rows, checksum }) => `${rows} ${checksum}`)).size > 1)
    throw new Error('the scanner and sqlite3 read different rows')
  return { line: scanLineOf(mine, other, Math.max(...runs.map((run) => run.maxRssMb))), opponentRowsPerS: other }
}

/**
 * The bar is rows a second of ours: what meets it on a slow machine would on any. The ratio is void where Python is no dependable opponent,
 * and a miss there says nothing.
 */
export function scanLineOf(mine: number, other: number, maxRssMb: number): BenchLine {
  const isVoid = other < SLOW_BELOW_ROWS_PER_S
  const isMet = mine >= BAR
  return {
    id: 'scan',
    what: 'read 6 of 28 columns of 5M kernels (SQLite)',
    ours: `${millions(mine)}, ${Math.round(maxRssMb)} MB`,
    opponent: `sqlite3 fetchmany(65536) ${millions(other)}`,
    ratio: mine / other,
    bar: '8M rows/s on one core',
    ...(isMet || !isVoid ? { met: isMet } : {}),
    ...(isVoid ? { note: 'Python read below 0.8M rows/s: the ratio is void, and so would be a miss' } : {}),
    figures: { rowsPerSecond: mine, opponentRowsPerSecond: other },
  }
}
