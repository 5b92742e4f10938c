/** Statistics in which a request weighs as much as its tokens (guidellm's inter-token latency). */
import type { Statistic } from '#model/bench-result.ts'

const percentiles = [50, 90, 95, 99] as const

/**
 * As if every value stood there `weight` times, without interpolation. `std` is that of a population, because weights are no samples.
 * Empty where the weights come to nothing.
 */
export function weightedStatistics(values: readonly number[], weights: readonly number[]): (readonly [Statistic, number])[] {
  const order = values.map((value, index) => ({ value, weight: weights[index] ?? 0 })).sort((a, b) => a.value - b.value)
  const total = order.reduce((sum, { weight }) => sum + weight, 0)
  const [first] = order
  const last = order.at(-1)
  if (!(total > 0) || first === undefined || last === undefined) return []
  const mean = order.reduce((sum, { value, weight }) => sum + value * weight, 0) / total
  const variance = order.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0) / total
  const percentile = (ratio: number): number => {
    let seen = 0
    for (const { value, weight } of order) {
      seen += weight
      if (seen >= ratio * total) return value
    }
    return last.value
  }
  return [
    ['mean', mean],
    ['std', Math.sqrt(variance)],
    ['min', first.value],
    ...percentiles.map((percent) => [`p${percent}`, percentile(percent / 100)] as const),
    ['max', last.value],
  ]
}
