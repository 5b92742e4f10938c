/** Points 2 to 6 of the foundation: real captures, known truth, speed, fuzz, and equal doors. */
import { type Point, shownByTests } from './point.ts'

export const points: readonly Point[] = [
  shownByTests('2 real captures equal their independent truth and the vendor tool', {
    paths: ['tests/', 'src/readers'],
    titles: 'truth|nsys stats',
  }),
  shownByTests('3 generated captures give the generator\u2019s truth', {
    paths: ['sim', 'src/analysis', 'tests'],
    titles: 'seed|simulated',
  }),
  shownByTests('5 hostile input: an error or an answer, never a crash', { paths: ['tests/fuzz', 'src/readers'], titles: 'fuzz|mutant' }),
  shownByTests('6 CLI --json equals MCP structured output', { paths: ['tests/surfaces'] }),
  shownByTests('6 every row of the trap list, sections A to C', { paths: ['tests/traps.test.ts'] }),
  shownByTests('6 trap tests', { paths: ['src', 'tests', 'sim'], titles: 'trap [A-C][0-9]+:' }),
]
