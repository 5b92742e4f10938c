/**
 * Class time of many windows from one sweep.
 *
 * `as number` and `as Float64Array` on array reads: windows stay below `length`, classes below their counts.
 */
import { timeClassByMask } from '#analysis/time-classes.ts'

/** Class time of many windows: `columns[timeClass][window]` in ns, and per activity class the time that it was active at all. */
export interface WindowTimes {
  /** Windows: boundaries - 1. */
  readonly length: number
  /** By index of `timeClasses`; the entries of a window sum to its length. */
  readonly byTimeClassNs: readonly Float64Array[]
  /** By index of `activityClasses`: union of that class alone (communication = exposed + hidden + its part of mixtures). */
  readonly byActivityClassNs: readonly Float64Array[]
}

/** Spreads elementary intervals, which come in order, over the windows. */
export class WindowSplitter {
  readonly #boundaries: Float64Array
  readonly #times: WindowTimes
  #window = 0

  constructor(boundaries: Float64Array, times: WindowTimes) {
    this.#boundaries = boundaries
    this.#times = times
  }

  add(mask: number, fromNs: number, toNs: number): void {
    let from = fromNs
    while (from < toNs && this.#window < this.#times.length) {
      const end = this.#boundaries[this.#window + 1] as number
      const to = toNs < end ? toNs : end
      if (to > from) this.#account(mask, to - from)
      if (to > from) from = to
      if (end <= from) this.#window += 1
    }
  }

  #account(mask: number, lengthNs: number): void {
    const window = this.#window
    const column = this.#times.byTimeClassNs[timeClassByMask[mask] as number] as Float64Array
    column[window] = (column[window] as number) + lengthNs
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const active = this.#times.byActivityClassNs[31 - Math.clz32(rest & -rest)] as Float64Array
      active[window] = (active[window] as number) + lengthNs
    }
  }
}
