/** Statistics by their canonical name. */
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
