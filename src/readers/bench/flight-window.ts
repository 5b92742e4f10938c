/** While the load was at its height: from starts and ends of single requests, in bounded memory per request (two doubles). */
import { grown } from '#base/columns.ts'

/** In flight, of the most that ever were: below it the run ramps up or drains. */
const HEIGHT_RATIO = 0.9

export class FlightWindow {
  #starts = new Float64Array(256)
  #ends = new Float64Array(256)
  #length = 0

  /** Any unit and origin, the same for all. */
  add(start: number, end: number): void {
    if (!(end > start)) return
    this.#starts = grown(this.#starts, this.#length + 1)
    this.#ends = grown(this.#ends, this.#length + 1)
    this.#starts[this.#length] = start
    this.#ends[this.#length] = end
    this.#length += 1
  }

  /**
   * From the first time that 90 % of the most requests in flight were in flight to the last. Undefined for a run that never had two at
   * once (it has no ramp), or that was at its height only for an instant.
   */
  steady(): { readonly start: number; readonly end: number } | undefined {
    const starts = this.#starts.slice(0, this.#length).sort()
    const ends = this.#ends.slice(0, this.#length).sort()
    const most = this.#sweep(starts, ends, () => undefined)
    if (most < 2) return undefined
    let start = Number.NaN
    let end = Number.NaN
    this.#sweep(starts, ends, (time, before, after) => {
      const needed = HEIGHT_RATIO * most
      if (Number.isNaN(start) && after >= needed) start = time
      if (before >= needed && after < needed) end = time
    })
    return end > start ? { start, end } : undefined
  }

  /** Visits every change of the number in flight, ends before starts of the same instant: a slot that is refilled is not two. */
  #sweep(starts: Float64Array, ends: Float64Array, visit: (time: number, before: number, after: number) => void): number {
    let most = 0
    let inFlight = 0
    let nextEnd = 0
    for (let at = 0; at < starts.length || nextEnd < ends.length; ) {
      const start = starts[at] ?? Number.POSITIVE_INFINITY
      const end = ends[nextEnd] ?? Number.POSITIVE_INFINITY
      const before = inFlight
      inFlight += end <= start ? -1 : 1
      if (end <= start) nextEnd += 1
      else at += 1
      visit(Math.min(start, end), before, inFlight)
      if (inFlight > most) most = inFlight
    }
    return most
  }
}
