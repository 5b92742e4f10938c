/** Axes: round numbers, and where a value lies. */

export interface Axis {
  readonly ticks: readonly number[]
  /** 0 at the low end, 1 at the high end. */
  readonly at: (value: number) => number
}

const ROUND = [1, 2, 5, 10]

/** From 0, because a cut axis exaggerates; to the first round number above the largest value. */
export function linearAxis(values: readonly number[], count = 5): Axis {
  const largest = Math.max(...values, 0)
  const least = Math.min(...values, 0)
  const span = largest - least || 1
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * (ROUND.find((each) => each * power >= rough * 0.999) ?? 10)
  const [low, high] = [Math.floor(least / step) * step, Math.ceil((largest / step) * 0.999) * step || step]
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => Number((low + index * step).toPrecision(12)))
  return { ticks, at: (value) => (value - low) / (high - low) }
}

/** Values are above 0. Decades, and 2 and 5 between them where there is room. */
export function logAxis(values: readonly number[]): Axis {
  const [least, largest] = [Math.min(...values), Math.max(...values)]
  const [low, high] = [Math.log10(least) - 0.08, Math.log10(Math.max(largest, least * 1.5)) + 0.08]
  const steps = high - low < 3.2 ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil((high - low) / 8))
  const ticks: number[] = []
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade += 1) {
    if (decade % every !== 0) continue
    for (const step of steps) {
      const value = Number((step * 10 ** decade).toPrecision(12))
      if (Math.log10(value) >= low && Math.log10(value) <= high) ticks.push(value)
    }
  }
  return { ticks, at: (value) => (Math.log10(value) - low) / (high - low) }
}
