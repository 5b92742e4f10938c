/** How often the gate says what, over documents of known truth. */

import { type DrawnOptions, drawPerfbench, noises } from '../../sim/perfbench/draw.ts'
import { judgePairs } from '../../src/analysis/comparison/build-diff.ts'
import { classicRow, classicVerdict } from '../../src/analysis/comparison/classic.ts'
import { pairFigures } from '../../src/analysis/comparison/pairing.ts'
import { compileTolerances } from '../../src/analysis/comparison/tolerances.ts'
import { Random } from '../../src/base/random.ts'
import { shippedTolerances } from './gate.ts'

export interface Simulated {
  readonly noise: keyof typeof noises
  readonly runs: number
  readonly diffs: number
  readonly seed: number
  readonly concurrencies?: readonly number[]
  readonly factors?: DrawnOptions['factors']
}

export interface Rates {
  readonly classic: Readonly<Record<string, number>>
  readonly statistical: Readonly<Record<string, number>>
  /** How often the primary row itself is REGRESSED. */
  readonly primaryFound: number
}

const PRIMARY = 'c16 throughput_toks_per_s'
const tolerances = compileTolerances(shippedTolerances)

/** The rule's own code, over 7 metrics at 5 concurrencies unless said otherwise: what `sextant baseline diff` asks for a verdict. */
export function simulate({ noise, runs, diffs, seed, concurrencies = [1, 8, 16, 32, 64], factors = {} }: Simulated): Rates {
  const random = new Random(seed, `${noise} ${runs}`)
  const classic: Record<string, number> = {}
  const statistical: Record<string, number> = {}
  let found = 0
  const common = { concurrencies, runs, cv: noises[noise] }
  for (let diff = 0; diff < diffs; diff++) {
    const pairs = pairFigures(drawPerfbench(random, common), drawPerfbench(random, { ...common, factors }))
    const { verdict } = classicVerdict(pairs.map((pair) => classicRow(pair, tolerances)))
    classic[verdict] = (classic[verdict] ?? 0) + 1 / diffs
    const judged = judgePairs(pairs, { tolerances, noise: () => undefined }, PRIMARY)
    statistical[judged.verdict] = (statistical[judged.verdict] ?? 0) + 1 / diffs
    if (judged.rows.get(PRIMARY)?.verdict === 'REGRESSED') found++
  }
  return { classic, statistical, primaryFound: found / diffs }
}

export const percent = (ratio: number | undefined): string => `${((ratio ?? 0) * 100).toFixed(1)} %`
