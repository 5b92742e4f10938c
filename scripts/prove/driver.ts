/** Points 1 to 4 of the load driver: truth, peers, faults, the live budget, and a client that is slow on purpose. */
import { proveBench } from './foundation/bench.ts'
import { points as liveBudget } from './live-budget.ts'
import { type Point, shownByTests } from './point.ts'

const beside: Point = {
  title: '2 beside aiperf and guidellm in one run: twice their events per core, lateness of stamps',
  prove() {
    if (process.env['SEXTANT_BENCH_CLIENTS'] === undefined) {
      return {
        holds: false,
        figure: 'SEXTANT_BENCH_CLIENTS names no folder with the environments aiperf/ and guidellm/: nothing to compare',
      }
    }
    return proveBench('driver')
  },
}

export const points: readonly Point[] = [
  shownByTests('1 means, medians and throughput within 1 % of the engine at 1, 16, 64 and 256 streams, p99 within the published lag', {
    paths: ['tests/drive-truth.test.ts'],
    slow: true,
    passes: 4,
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
