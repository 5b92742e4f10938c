/** Reading six columns of every kernel, nothing else: the scanner in a fresh process against sqlite3 with fetchmany(65536). */
import { join } from 'node:path'
import type { BenchLine } from '../bench-line.ts'
import { kernelFixture } from '../fixtures.ts'
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
/** Below this the machine is too busy for any ratio to mean something (measured 0.9-1.3M when idle). */
const VOID_BELOW = 800_000

const here = join(import.meta.dirname, '..')
const ours = (path: string): Figures =>
  JSON.parse(measure([process.execPath, '--import', 'tsx', join(here, 'scan-kernels.ts'), path]).stdout) as Figures
const theirs = (path: string): Figures => JSON.parse(measure(['python3', join(here, 'opponents/read_kernels.py'), path]).stdout) as Figures

const rate = (runs: readonly Figures[]): number => median(runs.map((run) => run.rows / run.seconds))
const millions = (rowsPerSecond: number): string => `${(rowsPerSecond / 1e6).toFixed(2)}M rows/s`

/** `isVoid`: Python itself read so slowly that no ratio of this run means anything. */
export function scanLine(): { line: BenchLine; isVoid: boolean } {
  const path = kernelFixture(KERNELS)
  const runs = [ours(path), ours(path), ours(path)]
  const opponents = [theirs(path), theirs(path)]
  runs.push(ours(path), ours(path))
  const [mine, other] = [rate(runs), rate(opponents)]
  if (new Set([...runs, ...opponents].map(({ rows, checksum }) => `${rows} ${checksum}`)).size > 1)
    throw new Error('the scanner and sqlite3 read different rows')
  const isVoid = other < VOID_BELOW
  const line: BenchLine = {
    id: 'scan',
    what: 'read 6 of 28 columns of 5M kernels (SQLite)',
    ours: `${millions(mine)}, ${Math.round(Math.max(...runs.map((run) => run.maxRssMb)))} MB`,
    opponent: `sqlite3 fetchmany(65536) ${millions(other)}`,
    ratio: mine / other,
    bar: '8M rows/s on one core',
    ...(isVoid ? { note: 'void: Python read below 0.8M rows/s, the machine was busy' } : { met: mine >= BAR }),
    figures: { rowsPerSecond: mine, opponentRowsPerSecond: other },
  }
  return { line, isVoid }
}
