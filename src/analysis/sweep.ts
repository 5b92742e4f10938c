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
import { mergeSources, type RunConsumer } from '#analysis/sweep-merge.ts'
import { WindowSplitter, type WindowTimes } from '#analysis/sweep-windows.ts'
import { timeClassByMask, timeClassCount, timeClasses } from '#analysis/time-classes.ts'

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
  const sweep = new Sweep(window.fromNs, window.toNs, options, { gaps })
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

/**
 * Class time between consecutive boundaries (ascending, in ns): window `i` is [boundaries[i], boundaries[i + 1]).
 * One pass whatever the number of windows; rows that reach over a boundary are cut there.
 */
export function sweepWindows(input: SweepInput, device: number, boundaries: Float64Array): WindowTimes {
  const length = Math.max(0, boundaries.length - 1)
  const byTimeClassNs = timeClasses.map(() => new Float64Array(length))
  const byActivityClassNs = activityClasses.map(() => new Float64Array(length))
  if (length > 0) {
    const times = { length, byTimeClassNs, byActivityClassNs }
    const sweep = new Sweep(
      boundaries[0] as number,
      boundaries[length] as number,
      { largestGaps: 0 },
      { splitter: new WindowSplitter(boundaries, times) },
    )
    mergeSources(input.sourcesByDevice[device] ?? [], sweep)
    sweep.finish()
  }
  return { length, byTimeClassNs, byActivityClassNs }
}

/** Where gaps and elementary intervals go besides the totals. */
interface SweepSinks {
  readonly gaps?: GapColumns | undefined
  readonly splitter?: WindowSplitter
}

class Sweep implements RunConsumer {
  readonly #fromNs: number
  readonly #toNs: number
  readonly #byMask = new Float64Array(1 << activityClasses.length)
  /** Latest end per class: the class is active before it. */
  readonly #until = new Float64Array(activityClasses.length).fill(Number.NEGATIVE_INFINITY)
  /** Classes that may be active: a superset, cleaned as time passes. */
  #live = 0
  #now: number
  /** The activity that ended last, for the gap's neighbour. */
  #latestEnd = Number.NEGATIVE_INFINITY
  #latest = noActivity
  readonly #counts = new Float64Array(gapBinEdgesNs.length)
  readonly #totals = new Float64Array(gapBinEdgesNs.length)
  readonly #largest: LargestGapKeeper
  readonly #gaps: GapColumns | undefined
  readonly #gapsFromNs: number
  readonly #splitter: WindowSplitter | undefined

  constructor(fromNs: number, toNs: number, options: SweepOptions, sinks: SweepSinks) {
    this.#fromNs = fromNs
    this.#toNs = toNs
    this.#now = fromNs
    this.#largest = new LargestGapKeeper(options.largestGaps ?? 20)
    this.#gapsFromNs = options.gapsFromNs ?? Number.POSITIVE_INFINITY
    this.#gaps = sinks.gaps
    this.#splitter = sinks.splitter
  }

  takeRun(source: ActivitySource, from: number, limitNs: number): number {
    const { startNs, durationNs, order, key, classByKey, table, to } = source
    const until = this.#until
    let position = from
    do {
      const row = order === undefined ? position : (order[position] as number)
      const start = startNs[row] as number
      if (start > limitNs && position > from) return position
      const end = start + (durationNs[row] as number)
      if (start > this.#now) {
        if (start >= this.#toNs) return -1
        this.#advance(start, table, row)
      }
      const activityClass = classByKey[key === undefined ? 0 : (key[row] as number)] as number
      if (end > (until[activityClass] as number)) {
        until[activityClass] = end
        this.#live |= 1 << activityClass
      }
      if (end >= this.#latestEnd) {
        this.#latestEnd = end
        this.#latest = activityReference(table, row)
      }
      position += 1
    } while (position < to)
    return position
  }

  /** Accounts [now, to): the classes that end before `to` drop out one after another; what stays uncovered is idle. */
  #advance(to: number, nextTable: number, nextRow: number): void {
    const live = this.#live
    // One class alone is nearly every interval of real captures: no loop for it.
    const now = (live & (live - 1)) === 0 ? this.#advanceOne(live, this.#now, to) : this.#advanceMany(live, this.#now, to)
    if (now < to) this.#idle(now, to, nextTable, nextRow)
    this.#now = to
  }

  #advanceOne(live: number, now: number, to: number): number {
    if (live === 0) return now
    const end = this.#until[31 - Math.clz32(live)] as number
    if (end <= to) this.#live = 0
    if (end <= now) return now
    const next = end < to ? end : to
    this.#byMask[live] = (this.#byMask[live] as number) + (next - now)
    if (this.#splitter !== undefined) this.#splitter.add(live, now, next)
    return next
  }

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
      if (this.#splitter !== undefined) this.#splitter.add(active, now, next)
      now = next
    }
    this.#live = live
    return now
  }

  #idle(from: number, to: number, nextTable: number, nextRow: number): void {
    const length = to - from
    this.#byMask[0] = (this.#byMask[0] as number) + length
    if (this.#splitter !== undefined) {
      this.#splitter.add(0, from, to)
      return
    }
    const bin = gapBinOf(length)
    this.#counts[bin] = (this.#counts[bin] as number) + 1
    this.#totals[bin] = (this.#totals[bin] as number) + length
    if (length > this.#largest.floorNs || length >= this.#gapsFromNs) {
      const after = nextTable < 0 ? noActivity : activityReference(nextTable, nextRow)
      if (length > this.#largest.floorNs) this.#largest.offer(from, to, this.#latest, after)
      if (length >= this.#gapsFromNs) this.#gaps?.add(from, to, this.#latest, after)
    }
  }

  finish(): DeviceSweep {
    if (this.#now < this.#toNs) this.#advance(this.#toNs, -1, -1)
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
