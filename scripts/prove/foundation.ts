/** Points 2 to 6 of the foundation: real captures, known truth, speed, fuzz, and equal doors. */
import { bench } from './foundation/bench.ts'
import { generatedCaptures } from './foundation/generated-captures.ts'
import { realCapturePoints } from './foundation/real-captures.ts'
import { type Point, shownByTests } from './point.ts'
import { fuzzPoint } from './shared/fuzz.ts'
import { trapFiles } from './shared/trap-files.ts'

export const points: readonly Point[] = [
  ...realCapturePoints,
  generatedCaptures,
  bench,
  fuzzPoint(
    5,
    'nsys-sqlite, and sql.js agrees on valid files',
    'tests/fuzz/sqlite.fuzz.test.ts',
    'src/readers/nsys/sqlite/sqlite-random.test.ts',
  ),
  fuzzPoint(5, 'nsys-parquetdir', 'tests/fuzz/parquetdir.fuzz.test.ts'),
  fuzzPoint(5, 'nsys-stats', 'tests/fuzz/nsys-stats.fuzz.test.ts'),
  fuzzPoint(5, 'kineto', 'tests/fuzz/kineto.fuzz.test.ts'),
  shownByTests('6 CLI --json equals MCP structured output', { paths: ['tests/surfaces/parity.test.ts'] }),
  shownByTests('6 the same bytes from any folder, and from the digest as from the file', { paths: ['tests/surfaces/determinism.test.ts'] }),
  shownByTests('6 every row of the trap list, sections A to C, is named by a test', { paths: ['tests/traps.test.ts'] }),
  shownByTests('6 trap tests of sections A to C', { paths: trapFiles('A-C'), titles: 'trap [A-C][0-9]+:' }),
]
