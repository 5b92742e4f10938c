/**
 * The time-weighted mean of a gauge or rate over a window, from raw samples. A sample stands for the time since the one before it, at most
 * one and a half intervals: what lies beyond is a gap, stated and not bridged (facts/dcgm.md section 5.2).
 */
import { type IntervalSet, intersectionLength } from '#base/intervals.ts'
import { type Cadence, longestSupportMs } from './cadence.ts'

export interface TimeWindow {
  /** Exclusive, epoch milliseconds. */
  readonly startMs: number
  /** Inclusive. */
  readonly endMs: number
}

export interface WindowMean {
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Share of the window that samples stand for, 0 to 1. */
  readonly coverage: number
  readonly samples: number
  /**
   * The mean counting only samples that describe nothing but time inside the window: values are never negative, so the mean is not below.
   */
  readonly inner: number
  /** Counting every sample that may describe time inside it: the mean is not above. Absent where samples end too early to say. */
  readonly outer?: number
}

interface Sums {
  weight: number
  weighted: number
  innerWeighted: number
  outerWeighted: number
  samples: number
  min: number
  max: number
}

/**
 * mean = Σ value x time ÷ Σ time, over the parts of the window, moved by the lag of the samples, that samples stand for.
 *
 * @param lag by which samples come later than what they describe, milliseconds.
 * @param samples from at least two collect intervals before the window to two behind it.
 * @param excluded time whose samples do not count (another profiler had the counters).
 * @returns undefined where no sample stands for any part of the window.
 */
export function windowMean(
  { timesMs, values }: { readonly timesMs: Float64Array; readonly values: Float64Array },
  window: TimeWindow,
  cadence: Cadence,
  { lag = 0, excluded }: { readonly lag?: number; readonly excluded?: IntervalSet } = {},
): WindowMean | undefined {
  const longest = longestSupportMs(cadence)
  const reach = 2 * Math.max(cadence.scrapeMs, cadence.collectMs)
  const sums: Sums = { weight: 0, weighted: 0, innerWeighted: 0, outerWeighted: 0, samples: 0, min: Infinity, max: -Infinity }
  const place = { startMs: window.startMs + lag, endMs: window.endMs + lag }
  for (let at = 0; at < timesMs.length; at += 1) {
    const to = timesMs[at] ?? 0
    if (to <= window.startMs) continue
    // Nothing is known of what came before the first sample but that it was collected over one interval.
    const before = at === 0 ? to - Math.min(cadence.scrapeMs, longest) : (timesMs[at - 1] ?? 0)
    const from = Math.max(before, to - longest)
    if (from >= place.endMs && to - reach >= window.endMs) break
    addSample(sums, values[at] ?? 0, from, to, { window, place, reach, excluded })
  }
  const { weight, weighted, min, max, samples } = sums
  if (weight <= 0) return undefined
  const last = timesMs.at(-1) ?? 0
  const reachesOut = last >= window.endMs + reach / 2
  return {
    mean: weighted / weight,
    min,
    max,
    coverage: Math.min(1, weight / (window.endMs - window.startMs)),
    samples,
    inner: Math.min(sums.innerWeighted, weighted) / weight,
    ...(reachesOut ? { outer: Math.max(sums.outerWeighted, weighted) / weight } : {}),
  }
}

interface Edges {
  readonly window: TimeWindow
  /** Where the samples of the window lie. */
  readonly place: TimeWindow
  readonly reach: number
  readonly excluded: IntervalSet | undefined
}

function addSample(sums: Sums, value: number, from: number, to: number, { window, place, reach, excluded }: Edges): void {
  const lost = excluded === undefined ? 0 : overlap(excluded, from, to)
  // A sample of time that does not count at all counts nowhere, the bounds included.
  if (lost >= (to - from) * 0.999) return
  const start = Math.max(from, place.startMs)
  const end = Math.min(to, place.endMs)
  if (to - reach >= window.startMs && to <= window.endMs) sums.innerWeighted += value * (to - from - lost)
  if (to - reach < window.endMs) sums.outerWeighted += value * (to - from - lost)
  if (end <= start) return
  const weight = end - start - (excluded === undefined ? 0 : overlap(excluded, start, end))
  if (weight <= 0) return
  sums.weight += weight
  sums.weighted += value * weight
  if (to <= place.endMs) sums.samples += 1
  sums.min = Math.min(sums.min, value)
  sums.max = Math.max(sums.max, value)
}

function overlap(set: IntervalSet, from: number, to: number): number {
  return intersectionLength(set, { starts: Float64Array.of(from), ends: Float64Array.of(to) })
}
