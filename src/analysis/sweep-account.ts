/**
 * The account of one device, kept while its rows pass by in order of start.
 *
 * `as number` on typed-array reads: masks stay below 128, positions within a source's [from, to).
 */
import { gapBinEdgesNs, gapBinOf } from '#analysis/idle-histogram.ts'
import { type GapColumns, type IdleGaps, LargestGapKeeper, type LargestGaps } from '#analysis/sweep-gaps.ts'
import { type ActivitySource, activityClasses, activityReference, noActivity } from '#analysis/sweep-input.ts'
import type { RunConsumer } from '#analysis/sweep-merge.ts'
import { NextRows } from '#analysis/sweep-next-rows.ts'
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

/** Places in `SweepAccount.#times`. */
const NOW = 0
const LATEST_END = 1
/** Start of the activity that ended last. */
const LATEST_START = 2

export class SweepAccount implements RunConsumer {
  readonly #fromNs: number
  readonly #toNs: number
  readonly #byMask = new Float64Array(1 << activityClasses.length)
  /** Latest end per class: the class is active before it. */
  readonly #until = new Float64Array(activityClasses.length).fill(Number.NEGATIVE_INFINITY)
  /** Classes that may be active: a superset, cleaned as time passes. */
  #live = 0
  /** Where the account stands, and the activity that ended last. In an array: fields of doubles would be boxed anew for every row. */
  readonly #times = new Float64Array(3)
  /** The activity that ended last, for the gap's neighbour. */
  #latest = noActivity
  /** Its source, where sources are few. */
  #latestSource = 0
  #latestRow = 0
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
   * Takes the row that starts first, and then, source by source and in no order among them, every row that starts before its own class is
   * over: such a row can only make the class last longer, without a break, whenever its turn comes. Only what is left is put in order, by
   * a look at the next start of every source.
   */
  takeFew(sources: readonly ActivitySource[]): void {
    const count = sources.length
    const next = new NextRows(sources)
    const { starts, classes, positions } = next
    const until = this.#until
    const times = this.#times
    for (;;) {
      const first = next.earliest()
      if (starts[first] === Number.POSITIVE_INFINITY) return
      if (!this.#reach(sources[first] as ActivitySource, first, next)) return
      // Until no source is left that has such a row: each that made a class last longer may have made some for the others.
      let index = first
      let isFirst = true
      let latestEnd = times[LATEST_END] as number
      let live = this.#live
      for (let unchanged = 0; unchanged < count; unchanged += 1) {
        let start = starts[index] as number
        // No class is over later than the activity that ended last: one look for most rows that find the device idle.
        if (isFirst || start <= latestEnd) {
          let activityClass = classes[index] as number
          let over = until[activityClass] as number
          if (isFirst || start <= over) {
            isFirst = false
            const { startNs, durationNs, order, key, classByKey, to } = sources[index] as ActivitySource
            let position = positions[index] as number
            do {
              const row = order === undefined ? position : (order[position] as number)
              const end = start + (durationNs[row] as number)
              if (end >= over) {
                if (end > over) {
                  until[activityClass] = end
                  live |= 1 << activityClass
                  unchanged = 0
                }
                if (end > latestEnd || (end === latestEnd && this.#isLater(start, index))) {
                  latestEnd = end
                  times[LATEST_START] = start
                  this.#latestSource = index
                  this.#latestRow = row
                }
              }
              position += 1
              if (position === to) {
                start = Number.POSITIVE_INFINITY
                break
              }
              const following = order === undefined ? position : (order[position] as number)
              start = startNs[following] as number
              activityClass = classByKey[key === undefined ? 0 : (key[following] as number)] as number
              over = until[activityClass] as number
            } while (start <= over)
            positions[index] = position
            starts[index] = start
            classes[index] = activityClass
          }
        }
        index = index + 1 === count ? 0 : index + 1
      }
      times[LATEST_END] = latestEnd
      this.#live = live
      this.#latest = activityReference((sources[this.#latestSource] as ActivitySource).table, this.#latestRow)
    }
  }

  /** Whether a row stands behind the activity that ended last in the order of the merge: of equal ends, the later is kept. */
  #isLater(start: number, index: number): boolean {
    const latestStart = this.#times[LATEST_START] as number
    return start > latestStart || (start === latestStart && index >= this.#latestSource)
  }

  /**
   * Accounts up to the start of a source's next row; false where that lies behind the window. What `takeRun` does in its loop. (The start
   * is no argument: a double would be boxed anew for every row.)
   */
  #reach({ order, table }: ActivitySource, index: number, next: NextRows): boolean {
    const times = this.#times
    const start = next.starts[index] as number
    let now = times[NOW] as number
    if (start <= now) return true
    if (start >= this.#toNs) return false
    const live = this.#live
    // One class alone is nearly every interval of real captures: no loop for it.
    if ((live & (live - 1)) !== 0) now = this.#advanceMany(live, now, start)
    else if (live !== 0) {
      const ended = this.#until[31 - Math.clz32(live)] as number
      const upTo = ended < start ? ended : start
      if (upTo > now) {
        this.#byMask[live] = (this.#byMask[live] as number) + (upTo - now)
        now = upTo
      }
      if (ended <= start) this.#live = 0
    }
    if (now < start) {
      const position = next.positions[index] as number
      this.#idle(now, start, activityReference(table, order === undefined ? position : (order[position] as number)))
    }
    times[NOW] = start
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
