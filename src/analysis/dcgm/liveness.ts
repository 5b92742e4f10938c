/** When an exporter's values describe nothing: another profiler had the counters, the profiling fields died, or the exporter stood still. */
import { emptyIntervals, gapsWithin, type IntervalSet, IntervalUnion, unionOfSets } from '#base/intervals.ts'
import type { Cadence, TimedValues } from './cadence.ts'
import type { TimeWindow } from './window-mean.ts'

/** Above this a GPU ran kernels for most of the time: a profiling field that shows none at all is not telling the truth (facts 2.2). */
const BUSY_RATIO = 0.5
/** Below this a GPU whose utilisation says busy cannot have been: DCGM issue 303. */
const DEAD_RATIO = 0.05
/** A value that is the same this many collect intervals long, in every field that never stands still: the exporter does. */
const FROZEN_INTERVALS = 5
/** And this many samples: four equal ones happen at coarse quantisation. */
const FROZEN_SAMPLES = 6

/**
 * Time in which a profiling field is exactly zero over at least two collect intervals while the device's own utilisation says busy: a
 * profiler (Nsight, `dcgmi profile --pause`) held the counters, or they stopped after an Xid. Not idle time (trap E15).
 */
export function contention(profiling: TimedValues, busy: TimedValues, { scrapeMs, collectMs }: Cadence): IntervalSet {
  const found = new IntervalUnion()
  const interval = Math.max(scrapeMs, collectMs)
  let from: number | undefined
  let to = 0
  const close = (): void => {
    if (from !== undefined && to - from >= 2 * interval) found.add(from, to)
    from = undefined
  }
  let nearest = 0
  for (let at = 0; at < profiling.timesMs.length; at += 1) {
    const timeMs = profiling.timesMs[at] ?? 0
    while (
      nearest + 1 < busy.timesMs.length &&
      Math.abs((busy.timesMs[nearest + 1] ?? Infinity) - timeMs) <= Math.abs((busy.timesMs[nearest] ?? Infinity) - timeMs)
    )
      nearest += 1
    const isNear = Math.abs((busy.timesMs[nearest] ?? Infinity) - timeMs) <= interval
    if (profiling.values[at] !== 0 || !isNear || (busy.values[nearest] ?? 0) <= BUSY_RATIO) {
      close()
      continue
    }
    from ??= at === 0 ? timeMs - scrapeMs : Math.max(profiling.timesMs[at - 1] ?? 0, timeMs - 1.5 * interval)
    to = timeMs
  }
  close()
  return found.finish()
}

/** The whole window: facts/dcgm.md section 2.2 gives both thresholds. */
export function isProfilingDead(graphicsActiveMean: number | undefined, busyMean: number | undefined): boolean {
  return graphicsActiveMean !== undefined && busyMean !== undefined && graphicsActiveMean < DEAD_RATIO && busyMean > BUSY_RATIO
}

/** Time over which a field did not change; `isZero` where its value was 0 (which an idle field may well be). */
export interface Standstill {
  readonly fromMs: number
  readonly toMs: number
  readonly isZero: boolean
}

export function standstills({ timesMs, values }: TimedValues, { scrapeMs, collectMs }: Cadence): Standstill[] {
  const found: Standstill[] = []
  let from = 0
  for (let at = 1; at <= values.length; at += 1) {
    if (at < values.length && values[at] === values[from]) continue
    const fromMs = timesMs[from] ?? 0
    const toMs = timesMs[at - 1] ?? 0
    if (at - from >= FROZEN_SAMPLES && toMs - fromMs >= FROZEN_INTERVALS * Math.max(scrapeMs, collectMs))
      found.push({ fromMs, toMs, isZero: values[from] === 0 })
    from = at
  }
  return found
}

/**
 * Time in which every one of a GPU's restless fields stood still, at least two of them not at zero. One field alone may stand still by
 * chance (a capped power, an idle pipe), and an idle GPU has only its power.
 *
 * @param fields standstills of each restless field of one GPU.
 */
export function frozenTime(fields: readonly (readonly Standstill[])[], window: TimeWindow): IntervalSet {
  const still = intersection(fields.map(setOf), window)
  const withValue = fields.map((standing) => setOf(standing.filter(({ isZero }) => !isZero)))
  const pairs = withValue.flatMap((a, at) => withValue.slice(at + 1).map((b) => intersection([a, b], window)))
  return pairs.length === 0 ? emptyIntervals : intersection([still, unionOfSets(pairs)], window)
}

function intersection(sets: readonly IntervalSet[], { startMs, endMs }: TimeWindow): IntervalSet {
  return gapsWithin(unionOfSets(sets.map((set) => gapsWithin(set, startMs, endMs))), startMs, endMs)
}

function setOf(standing: readonly Standstill[]): IntervalSet {
  const union = new IntervalUnion()
  for (const { fromMs, toMs } of standing) union.add(fromMs, toMs)
  return union.finish()
}
