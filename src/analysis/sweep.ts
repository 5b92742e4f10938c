/**
 * Where device time goes: one sweep over every activity of one physical device.
 *
 * Rows arrive by ascending start, so a class is active exactly until the latest end seen of it: seven numbers are the whole state.
 * Each elementary interval goes to one class; the parts sum to the window, exactly (integers below 2^53).
 * Streams overlap, and so may rows of one stream (graph nodes, programmatic dependent launches): never add durations up.
 *
 * `as number` on typed-array reads: masks stay below 128, positions within a source's [from, to).
 */
import { gapBinEdgesNs, gapBinOf } from '#analysis/idle-histogram.ts'
import { GapColumns, type IdleGaps, LargestGapKeeper, type LargestGaps } from '#analysis/sweep-gaps.ts'
import { type ActivitySource, activityClasses, activityReference, noActivity, type SweepInput } from '#analysis/sweep-input.ts'
import { mergeSources, type RunConsumer, startAt } from '#analysis/sweep-merge.ts'
import { timeClassByMask, timeClassCount } from '#analysis/time-classes.ts'

export interface SweepOptions {
  /** Window [from, to); the device's first start and last end when absent. Rows that reach over its edges are cut there. */
  readonly window?: { readonly fromNs: number; readonly toNs: number }
  /** Keep every idle gap of at least this length as a column row. Absent = none: totals, histogram and the largest come anyway. */
  readonly gapsFromNs?: number
  /** How many of the largest gaps to keep; 20 unless told. */
  readonly largestGaps?: number
}

export interface DeviceSweep {
  readonly fromNs: number
  readonly toNs: number
  /** Nanoseconds per combination of active classes (bit i = `activityClasses[i]`). Sums to the window. */
  readonly byMaskNs: Float64Array
  /** Nanoseconds per entry of `timeClasses`. Sums to the window. */
  readonly byTimeClassNs: Float64Array
  readonly busyNs: number
  readonly idleNs: number
  readonly gapCount: number
  /** Per bin of `gapBinEdgesNs`. */
  readonly gapCounts: Float64Array
  readonly gapTotalsNs: Float64Array
  /** By falling length, then by start. */
  readonly largest: LargestGaps
  readonly gaps?: IdleGaps
}

/** The sweep of one device; undefined where it has no activity and no window is given. Devices are indices into `Timeline.devices`. */
export function sweepDevice(input: SweepInput, device: number, options: SweepOptions = {}): DeviceSweep | undefined {
  const sources = input.sourcesByDevice[device] ?? []
  const window = options.window ?? extentOf(sources)
  if (window === undefined) return undefined
  // A gap ends with a row or with the window.
  const mostGaps = sources.reduce((rows, source) => rows + source.to - source.from, 1)
  const gaps = options.gapsFromNs === undefined ? undefined : new GapColumns(mostGaps)
  const sweep = new Sweep(window.fromNs, window.toNs, options, gaps)
  mergeSources(sources, sweep)
  return sweep.finish()
}

/** First start and last end of a device's activities; undefined when there are none. */
export function extentOf(sources: readonly ActivitySource[]): { fromNs: number; toNs: number } | undefined {
  if (sources.length === 0) return undefined
  let fromNs = Number.POSITIVE_INFINITY
  let toNs = Number.NEGATIVE_INFINITY
  for (const { startNs, durationNs, order, from, to } of sources) {
    for (let position = from; position < to; position += 1) {
      const row = order === undefined ? position : (order[position] as number)
      const start = startNs[row] as number
      const end = start + (durationNs[row] as number)
      if (start < fromNs) fromNs = start
      if (end > toNs) toNs = end
    }
  }
  return { fromNs, toNs }
}

/** Places in `Sweep.#times`. */
const NOW = 0
const LATEST_END = 1

class Sweep implements RunConsumer {
  readonly #fromNs: number
  readonly #toNs: number
  readonly #byMask = new Float64Array(1 << activityClasses.length)
  /** Latest end per class: the class is active before it. */
  readonly #until = new Float64Array(activityClasses.length).fill(Number.NEGATIVE_INFINITY)
  /** Classes that may be active: a superset, cleaned as time passes. */
  #live = 0
  /** Where the account stands, and the latest end of any activity. In an array: fields of doubles would be boxed anew for every row. */
  readonly #times = new Float64Array(2)
  /** The activity that ended last, for the gap's neighbour. */
  #latest = noActivity
  readonly #counts = new Float64Array(gapBinEdgesNs.length)
  readonly #totals = new Float64Array(gapBinEdgesNs.length)
  readonly #largest: LargestGapKeeper
  readonly #gaps: GapColumns | undefined
  readonly #gapsFromNs: number

  constructor(fromNs: number, toNs: number, options: SweepOptions, gaps: GapColumns | undefined) {
    this.#fromNs = fromNs
    this.#toNs = toNs
    this.#times[NOW] = fromNs
    this.#times[LATEST_END] = Number.NEGATIVE_INFINITY
    this.#largest = new LargestGapKeeper(options.largestGaps ?? 20)
    this.#gapsFromNs = options.gapsFromNs ?? Number.POSITIVE_INFINITY
    this.#gaps = gaps
  }

  takeRun(source: ActivitySource, from: number, limit: Float64Array): number {
    const { startNs, durationNs, order, key, classByKey, table, to } = source
    const limitNs = limit[0] as number
    const until = this.#until
    const byMask = this.#byMask
    let now = this.#times[NOW] as number
    let latestEnd = this.#times[LATEST_END] as number
    let live = this.#live
    let position = from
    let isOver = false
    do {
      const row = order === undefined ? position : (order[position] as number)
      const start = startNs[row] as number
      if (start > limitNs && position > from) break
      const end = start + (durationNs[row] as number)
      if (start > now) {
        isOver = start >= this.#toNs
        if (isOver) break
        // One class alone is nearly every interval of real captures: no loop for it.
        if ((live & (live - 1)) !== 0) {
          now = this.#advanceMany(live, now, start)
          live = this.#live
        } else if (live !== 0) {
          const ended = until[31 - Math.clz32(live)] as number
          const next = ended < start ? ended : start
          if (next > now) {
            byMask[live] = (byMask[live] as number) + (next - now)
            now = next
          }
          if (ended <= start) live = 0
        }
        if (now < start) this.#idle(now, start, activityReference(table, row))
        now = start
      }
      const activityClass = classByKey[key === undefined ? 0 : (key[row] as number)] as number
      if (end > (until[activityClass] as number)) {
        until[activityClass] = end
        live |= 1 << activityClass
      }
      if (end >= latestEnd) {
        latestEnd = end
        this.#latest = activityReference(table, row)
      }
      position += 1
    } while (position < to)
    this.#times[NOW] = now
    this.#times[LATEST_END] = latestEnd
    this.#live = live
    return isOver ? -1 : position
  }

  /**
   * Rows that end before their class is over change nothing, whenever their turn comes: they are stepped over in their own source, and
   * only the others are put in order, by a look at the next start of every source.
   */
  takeFew(sources: readonly ActivitySource[]): void {
    const count = sources.length
    const positions = Uint32Array.from(sources, (source) => source.from)
    const starts = Float64Array.from(sources, (source) =>
      source.from < source.to ? startAt(source, source.from) : Number.POSITIVE_INFINITY,
    )
    const until = this.#until
    for (;;) {
      let first = 0
      let start = starts[0] as number
      for (let index = 1; index < count; index += 1) {
        const other = starts[index] as number
        if (other < start) {
          start = other
          first = index
        }
      }
      if (start === Number.POSITIVE_INFINITY) return
      const { startNs, durationNs, order, key, classByKey, table, to } = sources[first] as ActivitySource
      let position = positions[first] as number
      let row = order === undefined ? position : (order[position] as number)
      let activityClass = classByKey[key === undefined ? 0 : (key[row] as number)] as number
      if (!this.#take(start, start + (durationNs[row] as number), activityClass, activityReference(table, row))) return
      let next = Number.POSITIVE_INFINITY
      for (position += 1; position < to; position += 1) {
        row = order === undefined ? position : (order[position] as number)
        activityClass = classByKey[key === undefined ? 0 : (key[row] as number)] as number
        next = startNs[row] as number
        if (next + (durationNs[row] as number) >= (until[activityClass] as number)) break
      }
      positions[first] = position
      starts[first] = position < to ? next : Number.POSITIVE_INFINITY
    }
  }

  /**
   * Accounts up to this row's start and lets it run; false where it starts behind the window. What `takeRun` does for every row, which
   * keeps its state in locals: a fifth faster where rows follow one another, useless where sources take turns (measured).
   */
  #take(start: number, end: number, activityClass: number, reference: number): boolean {
    const until = this.#until
    const times = this.#times
    let now = times[NOW] as number
    if (start > now) {
      if (start >= this.#toNs) return false
      const live = this.#live
      // One class alone is nearly every interval of real captures: no loop for it.
      if ((live & (live - 1)) !== 0) now = this.#advanceMany(live, now, start)
      else if (live !== 0) {
        const ended = until[31 - Math.clz32(live)] as number
        const next = ended < start ? ended : start
        if (next > now) {
          this.#byMask[live] = (this.#byMask[live] as number) + (next - now)
          now = next
        }
        if (ended <= start) this.#live = 0
      }
      if (now < start) this.#idle(now, start, reference)
      times[NOW] = start
    }
    if (end > (until[activityClass] as number)) {
      until[activityClass] = end
      this.#live |= 1 << activityClass
    }
    if (end >= (times[LATEST_END] as number)) {
      times[LATEST_END] = end
      this.#latest = reference
    }
    return true
  }

  /** Accounts [from, to) where several classes may be active: they drop out one after another. Returns where the last one ended. */
  #advanceMany(classes: number, from: number, to: number): number {
    const until = this.#until
    let now = from
    let live = classes
    while (live !== 0 && now < to) {
      let next = to
      let active = 0
      for (let rest = live; rest !== 0; rest &= rest - 1) {
        const index = 31 - Math.clz32(rest & -rest)
        const end = until[index] as number
        if (end > now) {
          active |= 1 << index
          if (end < next) next = end
        }
      }
      live = active
      if (active === 0) break
      this.#byMask[active] = (this.#byMask[active] as number) + (next - now)
      now = next
    }
    this.#live = live
    return now
  }

  #idle(from: number, to: number, after: number): void {
    const length = to - from
    this.#byMask[0] = (this.#byMask[0] as number) + length
    const bin = gapBinOf(length)
    this.#counts[bin] = (this.#counts[bin] as number) + 1
    this.#totals[bin] = (this.#totals[bin] as number) + length
    if (length > this.#largest.floorNs || length >= this.#gapsFromNs) {
      if (length > this.#largest.floorNs) this.#largest.offer(from, to, this.#latest, after)
      if (length >= this.#gapsFromNs) this.#gaps?.add(from, to, this.#latest, after)
    }
  }

  finish(): DeviceSweep {
    const now = this.#advanceMany(this.#live, this.#times[NOW] as number, this.#toNs)
    if (now < this.#toNs) this.#idle(now, this.#toNs, noActivity)
    const byTimeClassNs = new Float64Array(timeClassCount)
    for (let mask = 0; mask < this.#byMask.length; mask += 1) {
      const timeClass = timeClassByMask[mask] as number
      byTimeClassNs[timeClass] = (byTimeClassNs[timeClass] as number) + (this.#byMask[mask] as number)
    }
    const idleNs = this.#byMask[0] as number
    const gaps = this.#gaps?.finish()
    return {
      fromNs: this.#fromNs,
      toNs: this.#toNs,
      byMaskNs: this.#byMask,
      byTimeClassNs,
      busyNs: Math.max(0, this.#toNs - this.#fromNs) - idleNs,
      idleNs,
      gapCount: this.#counts.reduce((total, count) => total + count, 0),
      gapCounts: this.#counts,
      gapTotalsNs: this.#totals,
      largest: this.#largest.finish(),
      ...(gaps === undefined ? {} : { gaps }),
    }
  }
}
