import { type Point, type ProveOptions, shownByTests } from '../point.ts'

/** The default of the suites is one seed, so that a failure repeats; a proof draws another. More than CI's mutants need more time. */
const fuzzed = ({ mutants, seed }: ProveOptions): Record<string, string> => ({
  SEXTANT_MUTANTS: String(mutants),
  SEXTANT_SEED: String(seed),
  ...(mutants > 2000 ? { SEXTANT_SLOW: '1' } : {}),
})

/** `point`: its number in the issue. */
export const fuzzPoint = (point: number, reader: string, ...paths: string[]): Point =>
  shownByTests(`${point} ${reader}: hostile input gives an error or an answer, never a crash`, { paths, env: fuzzed })
