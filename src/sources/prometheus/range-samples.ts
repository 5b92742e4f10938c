/**
 * Raw samples where a server refuses range selectors in instant queries: a range query repeats the last sample at every step, so each
 * step is asked for its value and for the time of the sample behind it (`timestamp`), and each sample is kept once.
 */
import { SextantError } from '#base/errors.ts'
import type { SampledSeries, SeriesAnswer } from '#model/series-source.ts'
import { labelKey, SeriesParts } from './merge-series.ts'
import { instantQuery, type QueryRoom, rangeQuery } from './queries.ts'

/** A range query may have 11,000 points per series (Prometheus, web/api/v1/api.go). */
const MAX_POINTS = 11_000

/** From the usual shortest scrape interval down to the shortest that is worth a server: each sample must be the newest of one step. */
const STEPS_MS = [5_000, 1_000]

function withoutName(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { __name__: _, ...rest } = labels
  return rest
}

/** Pairs of value and time of one chunk; samples outside (startMs, endMs] were only carried forward. */
function samplesOf(values: SampledSeries, stamps: SampledSeries, startMs: number, endMs: number): SampledSeries {
  const valueAt = new Map<number, number>()
  for (const [index, step] of values.timesMs.entries()) valueAt.set(step, values.values[index] as number)
  const times: number[] = []
  const kept: number[] = []
  for (const [index, step] of stamps.timesMs.entries()) {
    const timeMs = Math.round((stamps.values[index] as number) * 1000)
    const value = valueAt.get(step)
    if (value === undefined || timeMs <= startMs || timeMs > endMs || timeMs === times.at(-1)) continue
    times.push(timeMs)
    kept.push(value)
  }
  return { labels: values.labels, timesMs: Float64Array.from(times), values: Float64Array.from(kept) }
}

interface Read {
  readonly series: SampledSeries[]
  readonly warnings: Set<string>
}

async function atSteps(room: QueryRoom, selector: string, startMs: number, endMs: number, stepMs: number): Promise<Read> {
  const parts = new SeriesParts()
  const warnings = new Set<string>()
  const spanMs = stepMs * (MAX_POINTS - 1)
  for (let fromMs = startMs; fromMs < endMs; fromMs += spanMs) {
    // The last step lies at or after the end, so that the last sample is seen; later samples are left out by their own time.
    const toMs = Math.min(fromMs + spanMs, startMs + Math.ceil((endMs - startMs) / stepMs) * stepMs)
    const [values, stamps] = [
      await rangeQuery(room, selector, fromMs, toMs, stepMs),
      await rangeQuery(room, `timestamp(${selector})`, fromMs, toMs, stepMs),
    ]
    for (const warning of [...values.warnings, ...stamps.warnings]) warnings.add(warning)
    const byLabels = new Map(stamps.series.map((each) => [labelKey(withoutName(each.labels)), each]))
    for (const each of values.series) {
      const stamp = byLabels.get(labelKey(withoutName(each.labels)))
      if (stamp !== undefined) parts.add(samplesOf(each, stamp, startMs, endMs))
    }
  }
  return { series: parts.series(), warnings }
}

/** Samples that the server itself counts in the window; undefined where it refuses that too. NaN samples count. */
async function counted(room: QueryRoom, selector: string, startMs: number, endMs: number): Promise<number | undefined> {
  try {
    const { series } = await instantQuery(room, `sum(count_over_time(${selector}[${endMs - startMs}ms]))`, endMs, ['vector'])
    return series[0]?.values[0] ?? 0
  } catch (error) {
    if (error instanceof SextantError && error.code === 'query_refused') return undefined
    throw error
  }
}

/** Throws `missing_data` where samples are known to be missed at the finest step: a part would pass for the whole. */
export async function rangeSamples(room: QueryRoom, selector: string, startMs: number, endMs: number): Promise<SeriesAnswer> {
  const wanted = await counted(room, selector, startMs, endMs)
  let found = 0
  for (const stepMs of STEPS_MS) {
    const { series, warnings } = await atSteps(room, selector, startMs, endMs, stepMs)
    found = series.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
    const isLast = stepMs === STEPS_MS.at(-1)
    if (wanted === undefined && isLast)
      warnings.add(`the server refuses raw samples and does not count them: those closer than ${stepMs / 1000} s may be missing`)
    // Up to one sample per series at the left edge may be counted by a server that closes both ends.
    if ((wanted === undefined && isLast) || (wanted !== undefined && found + series.length >= wanted)) {
      warnings.add('the server refuses raw samples; they were read step by step')
      return { series, warnings: [...warnings].sort() }
    }
  }
  throw new SextantError(
    'missing_data',
    `the server refuses raw samples, and step by step only ${found} of ${wanted ?? 'an unknown number of'} samples were found.`,
    'Use an address that answers `METRIC[5m]` as an instant query: Prometheus or Thanos itself instead of the gateway.',
    { found },
  )
}
