/** Tests and estimates that assume no distribution, and corrections for many tests. Plain arrays: runs are few. */
import { Random } from './random.ts'
import { median } from './statistics.ts'

/** Up to here every assignment of signs is tried (2^18 sums take about 5 ms); beyond, this many are drawn. */
const EXACT_VALUES = 18
const DRAWS = 100_000

/**
 * Two-sided p of the sign-flip test: how often the absolute mean is as large when each difference's sign is a coin. Exact up to 18
 * differences, so the smallest p of n pairs is 2 / 2^n (facts/baselines.md section 6): 0.25 for 3, 0.031 for 6. Zeros are kept: their sign
 * changes nothing. NaN for none.
 */
export function signFlip(differences: readonly number[], seed = 1): number {
  const n = differences.length
  if (n === 0) return Number.NaN
  const observed = Math.abs(sum(differences))
  // Sums of the same numbers in another order differ in the last bits: equal is equal up to that.
  const enough = observed - 1e-12 * differences.reduce((total, each) => total + Math.abs(each), 0)
  if (n > EXACT_VALUES) return drawnSignFlip(differences, enough, seed)
  let reached = 0
  const patterns = 2 ** n
  for (let pattern = 0; pattern < patterns; pattern++) {
    let total = 0
    for (let index = 0; index < n; index++) total += (pattern >>> index) & 1 ? -(differences[index] ?? 0) : (differences[index] ?? 0)
    if (Math.abs(total) >= enough) reached++
  }
  return reached / patterns
}

/** The observed assignment is one of the draws, so that p is never 0 (Phipson and Smyth 2010). */
function drawnSignFlip(differences: readonly number[], enough: number, seed: number): number {
  const random = new Random(seed, 'sign-flip')
  let reached = 1
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0
    let bits = 0
    for (let index = 0; index < differences.length; index++) {
      if (index % 32 === 0) bits = random.uint32()
      total += bits & 1 ? -(differences[index] ?? 0) : (differences[index] ?? 0)
      bits >>>= 1
    }
    if (Math.abs(total) >= enough) reached++
  }
  return reached / (DRAWS + 1)
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)

/** Smallest two-sided p that `pairs` differences can reach in the sign-flip test. */
export function leastSignFlip(pairs: number): number {
  return 2 / 2 ** pairs
}

/** Hodges and Lehmann's estimate of one sample: the median of all means of two (each with itself too). NaN for none. */
export function hodgesLehmann(values: readonly number[]): number {
  const means = values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2))
  return means.length === 0 ? Number.NaN : median(means)
}

/** The same between two samples: the median of all differences `to - from`. */
export function hodgesLehmannShift(from: readonly number[], to: readonly number[]): number {
  const differences = from.flatMap((a) => to.map((b) => b - a))
  return differences.length === 0 ? Number.NaN : median(differences)
}

/** Holm's adjusted p values in the order given: reject where they are at most the level; NaN stays NaN and counts as no test. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).filter(({ p }) => !Number.isNaN(p))
  order.sort((a, b) => a.p - b.p)
  const adjusted = pValues.map(() => Number.NaN)
  let least = 0
  for (const [rank, { p, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, p * (order.length - rank)))
    adjusted[index] = least
  }
  return adjusted
}
