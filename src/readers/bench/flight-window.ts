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
    const starts = inOrder(this.#starts.slice(0, this.#length))
    const ends = inOrder(this.#ends.slice(0, this.#length))
    const most = sweep(starts, ends, Number.POSITIVE_INFINITY).most
    if (most < 2) return undefined
    const { start, end } = sweep(starts, ends, HEIGHT_RATIO * most)
    return end > start ? { start, end } : undefined
  }
}

/** Requests are mostly written in the order of one of the two: looking costs nothing beside sorting. */
function inOrder(times: Float64Array): Float64Array {
  for (let at = 1; at < times.length; at++) if (!((times[at - 1] as number) <= (times[at] as number))) return times.sort()
  return times
}

/**
 * Every change of the number in flight, ends before starts of the same instant: a slot that is refilled is not two. `most` is the largest
 * number, `start` when it first reached `needed`, `end` when it last fell below; NaN where it never did.
 */
function sweep(
  starts: Float64Array,
  ends: Float64Array,
  needed: number,
): { readonly most: number; readonly start: number; readonly end: number } {
  let [most, inFlight, start, end] = [0, 0, Number.NaN, Number.NaN]
  const { length } = ends
  for (let at = 0, nextEnd = 0; nextEnd < length; ) {
    // A request ends after it began: ends are the last to run out.
    const ending = ends[nextEnd] as number
    if (at < length && (starts[at] as number) < ending) {
      inFlight += 1
      if (inFlight > most) most = inFlight
      if (inFlight >= needed && Number.isNaN(start)) start = starts[at] as number
      at += 1
    } else {
      if (inFlight >= needed && inFlight - 1 < needed) end = ending
      inFlight -= 1
      nextEnd += 1
    }
  }
  return { most, start, end }
}
