/** Idle time at the edges of a window: a mean over it is of another load than the one that was measured (trap E17). */
import { percentile } from '#base/statistics.ts'
import type { TimedValues } from './cadence.ts'
import type { TimeWindow } from './window-mean.ts'

/** Below this part of what the GPU does for most of the window it does nothing: a power reading of an idle GPU is at a tenth to a fifth. */
const IDLE_RATIO = 0.25
/** The level of the load: above the median, because idle edges may be half of the window. */
const LOAD_PERCENTILE = 0.75

export interface IdleEdges {
  readonly before_s: number
  readonly after_s: number
}

/** The least over GPUs, because one busy GPU makes a load. Undefined where no GPU was ever busy, or none has samples. */
export function idleEdges(gpus: readonly TimedValues[], { startMs, endMs }: TimeWindow): IdleEdges | undefined {
  let before = Number.POSITIVE_INFINITY
  let after = Number.POSITIVE_INFINITY
  for (const { timesMs, values } of gpus) {
    const inside = [...timesMs.keys()].filter((at) => (timesMs[at] ?? 0) > startMs && (timesMs[at] ?? 0) <= endMs)
    const level = percentile(
      inside.map((at) => values[at] ?? 0),
      LOAD_PERCENTILE,
    )
    const active = inside.filter((at) => (values[at] ?? 0) >= IDLE_RATIO * level)
    const [first] = active
    const last = active.at(-1)
    if (!(level > 0) || first === undefined || last === undefined) continue
    // An active sample describes the time since the one before it.
    before = Math.min(before, (first === inside[0] ? startMs : (timesMs[first - 1] ?? startMs)) - startMs)
    after = Math.min(after, last === inside.at(-1) ? 0 : endMs - (timesMs[last] ?? endMs))
  }
  if (!Number.isFinite(before)) return undefined
  return { before_s: Math.max(0, before) / 1000, after_s: Math.max(0, after) / 1000 }
}
