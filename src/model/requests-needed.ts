/** How many requests a percentile needs before it may be believed. */
import type { Statistic } from './bench-result.ts'

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
