/** Points of the arithmetic and of the files: against real servers with known truth, and against what the public peer gets wrong. */
import { prometheusAbsent, victoriaAbsent } from '../../../tests/support/prometheus-service.ts'
import { type Point, shownByTests } from '../point.ts'

/** Tests whose server is missing are skipped, and skipped tests show nothing. */
function withServers(point: Point): Point {
  const absent = prometheusAbsent ?? victoriaAbsent
  return absent === undefined ? point : { title: point.title, prove: () => ({ holds: false, figure: absent }) }
}

const peer = (title: string, row: string): Point =>
  shownByTests(`2 ${title}`, { paths: ['tests/dcgm-peer.test.ts', 'src/analysis/dcgm', 'src/model'], titles: `trap ${row}:` })

export const arithmeticPoints: readonly Point[] = [
  withServers(
    shownByTests('1 and 3: means, bytes, energy, GPUs, coverage within 0.5 % of the truth, bounds of short windows, frozen equals live', {
      paths: ['tests/dcgm-truth.test.ts'],
      slow: true,
      env: ({ seed }) => ({ SEXTANT_SEED: String(seed % 100_000) }),
    }),
  ),
  shownByTests('1 gaps, resets, time slicing, MIG, sentinels, frozen exporters, profilers', {
    paths: ['src/analysis/dcgm/measure.test.ts'],
  }),
  shownByTests('1 the window of a benchmark, from its stamps and what the GPUs did', { paths: ['src/analysis/dcgm/bench-window.test.ts'] }),
  shownByTests('1 attribution by counters times launches, with its residual', { paths: ['src/analysis/dcgm/attribution'] }),
  peer('PCIe is not 1000 times low', 'E1'),
  peer('two nodes are not merged to 8 GPUs', 'E3'),
  peer('no selector is dropped', 'E9'),
  peer('no rate() on gauges', 'E4'),
  peer('BF16 tensor work is not read from the FP16 pipe', 'E11'),
  peer('an H100 has answers', 'E10'),
  shownByTests('2 categories do not all have one share', { paths: ['src/analysis/dcgm/attribution'], titles: 'trap E2:' }),
  shownByTests('3 the peer’s own frozen file and ceilings load', {
    paths: ['tests/dcgm-peer.test.ts'],
    titles: 'frozen file and ceilings',
  }),
  shownByTests('3 files of a cell: written whole, nowhere else, the same from the frozen one', { paths: ['tests/dcgm-commands.test.ts'] }),
  shownByTests('6 every row of section E of the trap list is named by a test', { paths: ['tests/traps.test.ts'] }),
  shownByTests('6 trap tests of section E', { paths: ['src', 'tests', 'sim'], titles: 'trap E[0-9]+:' }),
]
