/** Points 2 to 6 of the foundation: real captures, known truth, speed, fuzz, and equal doors. */
import { bench } from './foundation/bench.ts'
import { generatedCaptures } from './foundation/generated-captures.ts'
import { realCapturePoints } from './foundation/real-captures.ts'
import { type Point, type ProveOptions, shownByTests } from './point.ts'

/** The default of the suites is one seed, so that a failure repeats; a proof draws another. More than CI's mutants need more time. */
const fuzzed = ({ mutants, seed }: ProveOptions): Record<string, string> => ({
  SEXTANT_MUTANTS: String(mutants),
  SEXTANT_SEED: String(seed),
  ...(mutants > 2000 ? { SEXTANT_SLOW: '1' } : {}),
})

const fuzz = (reader: string, ...paths: string[]): Point =>
  shownByTests(`5 ${reader}: hostile input gives an error or an answer, never a crash`, { paths, env: fuzzed })

export const points: readonly Point[] = [
  ...realCapturePoints,
  generatedCaptures,
  bench,
  fuzz('nsys-sqlite, and sql.js agrees on valid files', 'tests/fuzz/sqlite.fuzz.test.ts', 'src/readers/nsys/sqlite/sqlite-random.test.ts'),
  fuzz('nsys-parquetdir', 'tests/fuzz/parquetdir.fuzz.test.ts'),
  fuzz('nsys-stats', 'tests/fuzz/nsys-stats.fuzz.test.ts'),
  fuzz('kineto', 'tests/fuzz/kineto.fuzz.test.ts'),
  shownByTests('6 CLI --json equals MCP structured output', { paths: ['tests/surfaces/parity.test.ts'] }),
  shownByTests('6 the same bytes from any folder, and from the digest as from the file', { paths: ['tests/surfaces/determinism.test.ts'] }),
  shownByTests('6 every row of the trap list, sections A to C, is named by a test', { paths: ['tests/traps.test.ts'] }),
  shownByTests('6 trap tests of sections A to C', { paths: ['src', 'tests', 'sim'], titles: 'trap [A-C][0-9]+:' }),
]
