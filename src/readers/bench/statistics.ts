/** Statistics by their canonical name, and how many requests each needs. */
import type { Statistic } from '#model/bench-result.ts'

const words: Readonly<Record<string, Statistic>> = {
  mean: 'mean',
  avg: 'mean',
  average: 'mean',
  median: 'p50',
  std: 'std',
  stddev: 'std',
  std_dev: 'std',
  stdev: 'std',
  min: 'min',
  max: 'max',
  mode: 'mode',
  variance: 'variance',
  sum: 'sum',
  total_sum: 'sum',
}

/** `p99`, `p99.9`, `P95`, `median`, `avg`…; undefined for anything else. Guidellm's `p001` needs `guidellmStatistic`. */
export function statisticOf(word: string): Statistic | undefined {
  const known = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined
  if (known !== undefined) return known
  const match = /^p(\d{1,3}(?:\.\d{1,6})?)$/i.exec(word)
  const percent = match === null ? Number.NaN : Number(match[1])
  return percent >= 0 && percent <= 100 ? `p${percent}` : undefined
}

/** guidellm writes the digits behind the point without it: p001 is the 0.1st percentile, p01 the first, p999 the 99.9th. */
export function guidellmStatistic(word: string): Statistic | undefined {
  const fixed: Readonly<Record<string, Statistic>> = { p001: 'p0.1', p01: 'p1', p05: 'p5', p999: 'p99.9' }
  return Object.hasOwn(fixed, word) ? fixed[word] : statisticOf(word)
}

/**
 * Requests needed for a finite two-sided 95 % interval of a percentile: the extreme rank must lie beyond it with 97.5 %, so
 * ratio^n <= 0.025. Gives 6 for the median, 72 for p95, 368 for p99 (facts/baselines.md section 6).
 */
export function requestsNeeded(statistic: Statistic): number {
  const match = /^p([\d.]+)$/.exec(statistic)
  if (match === null) return 1
  const ratio = Math.max(Number(match[1]), 100 - Number(match[1])) / 100
  if (ratio >= 1) return 1
  // Rounded down a hair before the ceiling, so that a quotient that is whole but for rounding stays whole.
  return Math.ceil(Math.log(0.025) / Math.log(ratio) - 1e-9)
}
