/**
 * Sets of disjoint half-open intervals [start, end), sorted, as typed columns. Exact for integers below 2^53.
 *
 * `as number` on typed-array reads: the loops keep every index within the arrays they read.
 */
import { grown, trimmed } from '#base/columns.ts'

/** Disjoint, sorted, non-empty intervals; neighbours do not touch. */
export interface IntervalSet {
  readonly starts: Float64Array
  readonly ends: Float64Array
}

export const emptyIntervals: IntervalSet = { starts: new Float64Array(0), ends: new Float64Array(0) }

/** Collects intervals that arrive by ascending start and merges those that overlap or touch. */
export class IntervalUnion {
  #starts = new Float64Array(64)
  #ends = new Float64Array(64)
  #length = 0

  /** `start` must not be below the previous start; empty intervals (end <= start) are ignored. */
  add(start: number, end: number): void {
    if (!(end > start)) return
    const last = this.#length - 1
    if (last >= 0 && start <= (this.#ends[last] as number)) {
      if (start < (this.#starts[last] as number)) throw new Error(`intervals out of order: ${start} after ${this.#starts[last]}`)
      if (end > (this.#ends[last] as number)) this.#ends[last] = end
      return
    }
    this.#starts = grown(this.#starts, this.#length + 1)
    this.#ends = grown(this.#ends, this.#length + 1)
    this.#starts[this.#length] = start
    this.#ends[this.#length] = end
    this.#length += 1
  }

  finish(): IntervalSet {
    return { starts: trimmed(this.#starts, this.#length), ends: trimmed(this.#ends, this.#length) }
  }
}

/** The union of intervals in any order. */
export function unionOfIntervals(starts: ArrayLike<number>, ends: ArrayLike<number>): IntervalSet {
  const order = Uint32Array.from({ length: starts.length }, (_, row) => row)
  order.sort((a, b) => (starts[a] as number) - (starts[b] as number))
  const union = new IntervalUnion()
  for (const row of order) union.add(starts[row] as number, ends[row] as number)
  return union.finish()
}

/** The union of sorted disjoint sets: every set is read once. */
export function unionOfSets(sets: readonly IntervalSet[]): IntervalSet {
  let [result] = sets
  for (let index = 1; index < sets.length; index += 1) result = unionOfTwo(result ?? emptyIntervals, sets[index] ?? emptyIntervals)
  return result ?? emptyIntervals
}

function unionOfTwo(a: IntervalSet, b: IntervalSet): IntervalSet {
  const union = new IntervalUnion()
  let i = 0
  let j = 0
  while (i < a.starts.length || j < b.starts.length) {
    const takeA = j >= b.starts.length || (i < a.starts.length && (a.starts[i] as number) <= (b.starts[j] as number))
    if (takeA) {
      union.add(a.starts[i] as number, a.ends[i] as number)
      i += 1
    } else {
      union.add(b.starts[j] as number, b.ends[j] as number)
      j += 1
    }
  }
  return union.finish()
}

/** Sum of the lengths. */
export function totalLength(set: IntervalSet): number {
  let total = 0
  for (let i = 0; i < set.starts.length; i += 1) total += (set.ends[i] as number) - (set.starts[i] as number)
  return total
}

/** Length of what both sets cover. */
export function intersectionLength(a: IntervalSet, b: IntervalSet): number {
  let total = 0
  let i = 0
  let j = 0
  while (i < a.starts.length && j < b.starts.length) {
    const start = Math.max(a.starts[i] as number, b.starts[j] as number)
    const aEnd = a.ends[i] as number
    const bEnd = b.ends[j] as number
    const end = Math.min(aEnd, bEnd)
    if (end > start) total += end - start
    if (aEnd <= bEnd) i += 1
    else j += 1
  }
  return total
}

/** What `set` leaves open in [from, to). */
export function gapsWithin(set: IntervalSet, from: number, to: number): IntervalSet {
  const gaps = new IntervalUnion()
  let open = from
  for (let i = 0; i < set.starts.length && open < to; i += 1) {
    const end = set.ends[i] as number
    if (end <= open) continue
    gaps.add(open, Math.min(set.starts[i] as number, to))
    open = end
  }
  gaps.add(open, to)
  return gaps.finish()
}
