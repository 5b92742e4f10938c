/**
 * What a counter gained over a window, from raw samples: straight lines between neighbours, so that a gap inside the window is measured
 * and a reset is not (facts/dcgm.md section 5.3). `increase()` would extrapolate instead.
 */
import { type Cadence, longestSupportMs } from './cadence.ts'
import type { TimeWindow } from './window-mean.ts'

export interface CounterDelta {
  /** Per second, over the time covered. */
  readonly perS: number
  /** `perS` over the whole window: what is not covered is taken to have gone on at the same rate. */
  readonly total: number
  readonly coverage: number
  readonly samples: number
  /** Times that the counter began anew inside the window; the interval of each is not covered. */
  readonly resets: number
  /** Samples that went back a little and came again: clocks of two scrapers, not a reset. Left out. */
  readonly steppedBack: number
}

/** A counter that begins anew starts near zero; one that merely steps back loses less than this part. */
const RESET_RATIO = 0.5
/** More resets than this per sample: the series is no counter (facts/dcgm.md section 5.3). */
export const MISLABELLED_RATIO = 0.1
/** Below this many samples a share of resets says nothing. */
const LEAST_SAMPLES = 10

/** Undefined where no two neighbours lie in the window. */
export function counterDelta(
  given: { readonly timesMs: Float64Array; readonly values: Float64Array },
  window: TimeWindow,
  cadence: Cadence,
): CounterDelta | undefined {
  // The first scrape of a value comes half a scrape interval after its collection, on average.
  const lag = cadence.collectFrom === 'repeats' || cadence.collectFrom === 'given' ? cadence.scrapeMs / 2 : 0
  const startMs = window.startMs + lag
  const endMs = window.endMs + lag
  const { steppedBack, ...grown } = withoutStepsBack(given)
  const { timesMs, values } = atCollections(grown, cadence.collectMs)
  const longest = longestSupportMs(cadence)
  let gained = 0
  let coveredMs = 0
  let samples = 0
  let resets = 0
  for (let at = 1; at < timesMs.length; at += 1) {
    const from = timesMs[at - 1] ?? 0
    const to = timesMs[at] ?? 0
    const start = Math.max(from, startMs)
    const end = Math.min(to, endMs)
    if (end <= start) continue
    if (to <= endMs) samples += 1
    const difference = (values[at] ?? 0) - (values[at - 1] ?? 0)
    if (difference < 0) {
      resets += 1
      continue
    }
    // A long gap across the window's edge: how much of its gain was inside is not known.
    if (to - from > longest && (from < startMs || to > endMs)) continue
    gained += (difference * (end - start)) / (to - from)
    coveredMs += end - start
  }
  if (coveredMs <= 0) return undefined
  const perS = (gained / coveredMs) * 1000
  const windowS = (endMs - startMs) / 1000
  return { perS, total: perS * windowS, coverage: Math.min(1, coveredMs / (endMs - startMs)), samples, resets, steppedBack }
}

/** A field that resets at every tenth sample is a rate that somebody called a counter (trap E5). */
export function isNoCounter({ values }: { readonly values: Float64Array }): boolean {
  let falls = 0
  for (let at = 1; at < values.length; at += 1) if ((values[at] ?? 0) < (values[at - 1] ?? 0)) falls += 1
  return values.length >= LEAST_SAMPLES && falls / values.length > MISLABELLED_RATIO
}

/**
 * A rate that only ever grew over this many samples is a sum that a recording rule or another exporter put under the rate's name. Noise
 * of a real rate falls at every second sample: twenty rises in a row have a chance of one in a million.
 */
const SURELY_CUMULATIVE = 20

export function looksCumulative({ values }: { readonly values: Float64Array }): boolean {
  let rises = 0
  for (let at = 1; at < values.length; at += 1) {
    if ((values[at] ?? 0) < (values[at - 1] ?? 0)) return false
    if ((values[at] ?? 0) > (values[at - 1] ?? 0)) rises += 1
  }
  return rises >= SURELY_CUMULATIVE
}

interface Samples {
  readonly timesMs: ArrayLike<number>
  readonly values: ArrayLike<number>
}

/** A scrape between two collections repeats the last value: what it gained belongs to the whole interval between collections. */
function atCollections({ timesMs, values }: Samples, collectMs: number): Samples {
  const keptTimes: number[] = []
  const keptValues: number[] = []
  for (let at = 0; at < values.length; at += 1) {
    const timeMs = timesMs[at] ?? 0
    // A value that stays longer than one collection really stood still.
    if (values[at] === keptValues.at(-1) && timeMs - (keptTimes.at(-1) ?? 0) < 0.9 * collectMs) continue
    keptTimes.push(timeMs)
    keptValues.push(values[at] ?? 0)
  }
  return { timesMs: keptTimes, values: keptValues }
}

function withoutStepsBack({
  timesMs,
  values,
}: {
  readonly timesMs: Float64Array
  readonly values: Float64Array
}): Samples & { readonly steppedBack: number } {
  const keptTimes: number[] = []
  const keptValues: number[] = []
  let steppedBack = 0
  for (let at = 0; at < values.length; at += 1) {
    const last = keptValues.at(-1)
    const value = values[at] ?? 0
    const next = values[at + 1]
    if (last !== undefined && value < last && value >= RESET_RATIO * last && next !== undefined && next >= last) {
      steppedBack += 1
      continue
    }
    keptTimes.push(timesMs[at] ?? 0)
    keptValues.push(value)
  }
  return steppedBack === 0 ? { timesMs, values, steppedBack } : { timesMs: keptTimes, values: keptValues, steppedBack }
}
