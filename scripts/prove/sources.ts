/** Points 1 to 6 of the sources beside traces: counters, samples, results of load generators, metrics, ceilings. */
import { proveBench } from './foundation/bench.ts'
import { type Point, shownByTests } from './point.ts'
import { fuzzPoint } from './shared/fuzz.ts'
import { trapFiles } from './shared/trap-files.ts'
import { realFilePoints } from './sources/real-files.ts'
import { benchShape, ncuShape } from './sources/shapes.ts'

const oracleTests = shownByTests('1 NVIDIA\u2019s own ncu-report wheel reads the same, metric by metric', {
  paths: ['tests/ncu-oracle.test.ts'],
})

/** The issue asks for it where the wheel is installed: where it is not, that is said, and nothing is claimed. */
const oracle: Point = {
  title: oracleTests.title,
  prove(options) {
    if (process.env['SEXTANT_NCU_REPORT_PYTHON'] !== undefined) return oracleTests.prove(options)
    return {
      holds: true,
      figure: 'NOT RUN: no wheel here. python3 -m venv V && V/bin/pip install ncu-report, then SEXTANT_NCU_REPORT_PYTHON=V/bin/python',
    }
  },
}

const bars: Point = {
  title: '5 speed and memory: 20k ncu results, 1M drive_load lines, AIPerf\u2019s lines, a metrics dump of 100 MB, joins',
  prove: () => proveBench('ncu', 'sources', 'joins'),
}

export const points: readonly Point[] = [
  ...realFilePoints,
  shownByTests('1 a report and the raw page of the same capture agree up to the digits that the page prints', {
    paths: ['tests/ncu-truth.test.ts'],
    titles: 'trap D15, D16',
  }),
  shownByTests('1 dumps of metrics endpoints: every series of the truth', { paths: ['src/readers/metrics'], titles: 'every real dump' }),
  oracle,
  shownByTests('2 FLOP and bytes where a public peer is wrong: both DRAM columns, FFMA, HMMA, sparse, integer', {
    paths: ['src/analysis/kernel-counters', 'tests/ncu-traps.test.ts'],
    titles: 'trap D(?:[1-9]|1[0-2]):',
  }),
  ncuShape,
  benchShape,
  shownByTests('3 every row of the trap list, counters to benchmark results, is named by a test', { paths: ['tests/traps.test.ts'] }),
  shownByTests('3 trap tests of sections D, E and F', { paths: trapFiles('DEF'), titles: 'trap [DEF][0-9]+' }),
  shownByTests('4 round trips: kernels.json, ncu_kernels.json, dcgm_frozen_v1, ceilings', {
    paths: ['tests/kernels-json.test.ts', 'src/readers/kernels-json', 'src/pipeline/dcgm-frozen.test.ts', 'tests/ceilings.test.ts'],
  }),
  shownByTests('4 every old name of the rename tables', { paths: ['src/model/metric-names.test.ts', 'tests/metrics-traps.test.ts'] }),
  shownByTests('4 one run of the real AIPerf reads the same in each form that it writes', {
    paths: ['src/readers/bench/aiperf-forms.test.ts'],
  }),
  bars,
  fuzzPoint(6, 'ncu reports and pages', 'tests/fuzz/ncu.fuzz.test.ts'),
  fuzzPoint(6, 'zymtrace', 'tests/fuzz/zymtrace.fuzz.test.ts'),
  fuzzPoint(6, 'results of load generators', 'tests/fuzz/bench-results.fuzz.test.ts'),
  fuzzPoint(6, 'metrics endpoints and telemetry', 'tests/fuzz/metrics.fuzz.test.ts'),
]
