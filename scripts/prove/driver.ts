/** Points 1 to 4 of the load driver: truth, peers, faults, the live budget, and a client that is slow on purpose. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { BenchReport } from '../../bench/bench-line.ts'
import { judgeBench } from './foundation/bench.ts'
import { points as liveBudget } from './live-budget.ts'
import { checkoutRoot, type Point, shownByTests } from './point.ts'

const beside: Point = {
  title: '2 beside aiperf and guidellm in one run: twice their events per core, lateness of stamps',
  prove() {
    if (process.env['SEXTANT_BENCH_CLIENTS'] === undefined) {
      return {
        holds: false,
        figure: 'SEXTANT_BENCH_CLIENTS names no folder with the environments aiperf/ and guidellm/: nothing to compare',
      }
    }
    const tsx = join(checkoutRoot, 'node_modules/.bin/tsx')
    const run = spawnSync(tsx, ['bench/run.ts', '--json', '--only', 'driver'], { cwd: checkoutRoot, encoding: 'utf8', maxBuffer: 1 << 28 })
    const text = run.stdout.trimEnd().split('\n').at(-1) ?? ''
    if (!text.startsWith('{')) return { holds: false, figure: `no table (status ${run.status}): ${run.stderr.slice(-300)}` }
    return judgeBench(JSON.parse(text) as BenchReport)
  },
}

export const points: readonly Point[] = [
  shownByTests('1 means, medians and throughput within 1 % of the engine at 1, 16, 64 and 256 streams, p99 within the published lag', {
    paths: ['tests/drive-truth.test.ts'],
    slow: true,
  }),
  shownByTests('1 an open loop sees the stall that a closed loop misses', { paths: ['tests/drive.test.ts'], titles: 'trap F19' }),
  beside,
  shownByTests('2 files of aiperf and guidellm, and our own, read and agree with their summaries', {
    paths: ['src/readers/bench/bench-truth.test.ts', 'src/readers/bench/aiperf-forms.test.ts', 'src/readers/bench/drive-readers.test.ts'],
  }),
  shownByTests('3 faults are counted and classified, never a hang, never a success', { paths: ['tests/drive-faults.test.ts'] }),
  shownByTests('4 a client that is slow on purpose is INVALID', { paths: ['tests/drive.test.ts'], titles: 'slow on purpose' }),
  ...liveBudget,
]
