/**
 * Statistics on ranges of typed arrays. Functions named `…InPlace` reorder the range that they read; the others copy.
 *
 * `as number` on typed-array reads: the loops keep every index within [from, to).
 */
import type { NumberColumn } from '#base/columns.ts'

/** Puts the value of rank `rank` (absolute index) at `rank`, smaller ones before, larger ones after: Hoare's quickselect. */
function selectInPlace(values: NumberColumn, from: number, to: number, rank: number): number {
  let low = from
  let high = to - 1
  while (low < high) {
    if (high - low < 16) {
      insertionSort(values, low, high)
      break
    }
    const pivot = medianOfThree(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number)
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i += 1
      while ((values[j] as number) > pivot) j -= 1
      if (i > j) break
      const swap = values[i] as number
      values[i] = values[j] as number
      values[j] = swap
      i += 1
      j -= 1
    }
    if (rank <= j) high = j
    else if (rank >= i) low = i
    else break
  }
  return values[rank] as number
}

function insertionSort(values: NumberColumn, low: number, high: number): void {
  for (let i = low + 1; i <= high; i += 1) {
    const value = values[i] as number
    let j = i - 1
    while (j >= low && (values[j] as number) > value) {
      values[j + 1] = values[j] as number
      j -= 1
    }
    values[j + 1] = value
  }
}

const medianOfThree = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

function minimumOf(values: NumberColumn, from: number, to: number): number {
  let minimum = Number.POSITIVE_INFINITY
  for (let i = from; i < to; i += 1) minimum = Math.min(minimum, values[i] as number)
  return minimum
}

/** Median of [from, to), reordering it; the mean of the two middle values for even counts, so integers may give .5. NaN when empty. */
export function medianInPlace(values: NumberColumn, from = 0, to = values.length): number {
  const count = to - from
  if (count <= 0) return Number.NaN
  const middle = from + (count >>> 1)
  const upper = selectInPlace(values, from, to, middle)
  if (count % 2 === 1) return upper
  // After the selection everything before `middle` is <= upper: the lower middle is the largest of these.
  let lower = Number.NEGATIVE_INFINITY
  for (let i = from; i < middle; i += 1) if ((values[i] as number) > lower) lower = values[i] as number
  return lower + (upper - lower) / 2
}

export function median(values: ArrayLike<number>): number {
  return medianInPlace(new Float64Array(values))
}

/**
 * Percentiles by linear interpolation between closest ranks (numpy's default). `ratios` in 0..1, ascending: what stands before one rank is
 * not looked through again for the next. NaN when empty. Reorders the values.
 */
export function percentilesInPlace(values: NumberColumn, ratios: readonly number[]): number[] {
  const last = values.length - 1
  let from = 0
  return ratios.map((ratio) => {
    if (last < 0) return Number.NaN
    const position = Math.min(Math.max(ratio, 0), 1) * last
    const rank = Math.floor(position)
    const lower = selectInPlace(values, from, values.length, rank)
    from = rank
    const fraction = position - rank
    return fraction === 0 ? lower : lower + (minimumOf(values, rank + 1, values.length) - lower) * fraction
  })
}

export function percentile(values: ArrayLike<number>, ratio: number): number {
  const [found = Number.NaN] = percentilesInPlace(new Float64Array(values), [ratio])
  return found
}

/** Difference of the 75th and 25th percentile. NaN when empty. */
export function interquartileRange(values: ArrayLike<number>): number {
  const [low = Number.NaN, high = Number.NaN] = percentilesInPlace(new Float64Array(values), [0.25, 0.75])
  return high - low
}

/** Median absolute deviation from the median, not scaled to a normal deviation. NaN when empty. */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const copy = new Float64Array(values)
  const center = medianInPlace(copy)
  for (let i = 0; i < copy.length; i += 1) copy[i] = Math.abs((copy[i] as number) - center)
  return medianInPlace(copy)
}

export function mean(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i += 1) total += values[i] as number
  return values.length === 0 ? Number.NaN : total / values.length
}

/** Sample standard deviation (n - 1), in two passes; 0 for one value, as `nsys stats` prints. NaN when empty. */
export function sampleStandardDeviation(values: NumberColumn, from = 0, to = values.length): number {
  const count = to - from
  if (count <= 0) return Number.NaN
  if (count === 1) return 0
  let total = 0
  for (let i = from; i < to; i += 1) total += values[i] as number
  const center = total / count
  let squares = 0
  for (let i = from; i < to; i += 1) {
    const difference = (values[i] as number) - center
    squares += difference * difference
  }
  return Math.sqrt(squares / (count - 1))
}
