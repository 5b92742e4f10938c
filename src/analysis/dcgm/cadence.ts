/**
 * How often an exporter was scraped, and over how long each of its values is an average. The collect interval is not exported: it shows
 * in values that repeat, because a scrape returns the value of the last collection (facts/dcgm.md section 2.1).
 */
import { median } from '#base/statistics.ts'

export interface Cadence {
  /** Median distance of samples; absent where no GPU has two. */
  readonly scrapeMs: number
  /** What one value describes ends at most this before its sample, and is this long. */
  readonly collectMs: number
  /**
   * `repeats`: seen in the values. `at-most-scrape`: they do not repeat, so it is the scrape interval or less. `given`: by the caller.
   * `assumed`: nothing varies enough to tell, and the exporter's default is taken.
   */
  readonly collectFrom: 'repeats' | 'at-most-scrape' | 'given' | 'assumed'
}

export interface TimedValues {
  readonly timesMs: Float64Array
  readonly values: Float64Array
}

/** `--collect-interval` of dcgm-exporter (facts/dcgm.md section 2.1). */
export const DEFAULT_COLLECT_MS = 30_000
/** Fewer runs than this are no pattern. */
const LEAST_RUNS = 4
/** A load that changes over more than this between collections is not what an exporter is set to: longer repeats are a frozen exporter. */
const MOST_REPEATS = 12

/** Median over all GPUs of the distance between neighbouring samples. Undefined where no GPU has two. */
export function scrapeInterval(gpus: readonly TimedValues[]): number | undefined {
  const distances: number[] = []
  for (const { timesMs } of gpus) {
    // A thousand are enough for a median.
    const last = Math.min(timesMs.length, 1001)
    for (let at = 1; at < last; at += 1) distances.push((timesMs[at] ?? 0) - (timesMs[at - 1] ?? 0))
  }
  return distances.length === 0 ? undefined : median(distances)
}

/** Median number of samples that one value stands for; undefined where values hardly change (idle, or frozen). Zeros say nothing. */
export function repeatsPerValue(gpus: readonly TimedValues[]): number | undefined {
  const runs: number[] = []
  for (const { values } of gpus) {
    let from = 0
    for (let at = 1; at <= values.length; at += 1) {
      if (at < values.length && values[at] === values[from]) continue
      // The first and the last run are cut by the window.
      if (from > 0 && at < values.length && values[from] !== 0) runs.push(at - from)
      from = at
    }
  }
  return runs.length < LEAST_RUNS ? undefined : median(runs)
}

/** @param noisy samples of fields that never stand still on a busy GPU, each per GPU. */
export function cadenceOf(noisy: readonly (readonly TimedValues[])[], givenCollectMs?: number): Cadence | undefined {
  const scrapes = noisy.flatMap((gpus) => scrapeInterval(gpus) ?? [])
  if (scrapes.length === 0) return undefined
  const scrapeMs = Math.min(...scrapes)
  if (givenCollectMs !== undefined) return { scrapeMs, collectMs: givenCollectMs, collectFrom: 'given' }
  // The field that moves most shows the interval best: quantised ones repeat by chance.
  const repeats = Math.min(...noisy.flatMap((gpus) => repeatsPerValue(gpus) ?? []))
  if (repeats <= 1.5) return { scrapeMs, collectMs: scrapeMs, collectFrom: 'at-most-scrape' }
  if (repeats <= MOST_REPEATS) return { scrapeMs, collectMs: Math.round(repeats) * scrapeMs, collectFrom: 'repeats' }
  return { scrapeMs, collectMs: Math.max(scrapeMs, DEFAULT_COLLECT_MS), collectFrom: 'assumed' }
}

/** A sample stands for at most this much time before it: a longer distance is a gap, which is not bridged. */
export function longestSupportMs({ scrapeMs, collectMs }: Cadence): number {
  return 1.5 * Math.max(scrapeMs, collectMs)
}

/**
 * How much earlier than its sample, on average, the time lies that a sample is taken to stand for: a value is an average that ended at a
 * collection (`point`: a reading at it), and the first scrape that shows it comes half a scrape interval after that, on average. With the
 * time from its predecessor on as its place, an average is late by U - S/2 and a reading by (U - S)/2. 0 where U is not known.
 */
export function lagMs({ scrapeMs, collectMs, collectFrom }: Cadence, kind: 'average' | 'reading'): number {
  if (collectFrom === 'assumed' || collectFrom === 'at-most-scrape') return 0
  return kind === 'average' ? collectMs - scrapeMs / 2 : Math.max(0, collectMs - scrapeMs) / 2
}
