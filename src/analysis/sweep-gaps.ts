/** Idle gaps as columns, and the largest few. `as number` on typed-array reads: rows stay below `length`. */
import { trimmed } from '#base/columns.ts'

/** Idle gaps in order of time. Neighbours are activity references (see `tableOfActivity`), `noActivity` at the edge of a window. */
export interface IdleGaps {
  readonly length: number
  readonly startNs: Float64Array
  readonly endNs: Float64Array
  /** The activity that ended last before the gap. */
  readonly before: Uint32Array
  /** The activity that ended the gap by starting. */
  readonly after: Uint32Array
}

export type LargestGaps = IdleGaps

export class GapColumns {
  readonly #startNs: Float64Array
  readonly #endNs: Float64Array
  readonly #before: Uint32Array
  readonly #after: Uint32Array
  #length = 0

  /** @param capacity Gaps that can come at most: untouched capacity costs no resident memory, growing would cost copies. */
  constructor(capacity: number) {
    this.#startNs = new Float64Array(capacity)
    this.#endNs = new Float64Array(capacity)
    this.#before = new Uint32Array(capacity)
    this.#after = new Uint32Array(capacity)
  }

  add(startNs: number, endNs: number, before: number, after: number): void {
    const row = this.#length
    this.#startNs[row] = startNs
    this.#endNs[row] = endNs
    this.#before[row] = before
    this.#after[row] = after
    this.#length = row + 1
  }

  finish(): IdleGaps {
    const length = this.#length
    return {
      length,
      startNs: trimmed(this.#startNs, length),
      endNs: trimmed(this.#endNs, length),
      before: trimmed(this.#before, length),
      after: trimmed(this.#after, length),
    }
  }
}

/** Keeps the `capacity` longest gaps of those offered in order of time; the earlier wins among equals. */
export class LargestGapKeeper {
  /** A gap must be longer than this to be kept. */
  floorNs: number
  readonly #capacity: number
  #kept: { startNs: number; endNs: number; before: number; after: number }[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
    this.floorNs = capacity === 0 ? Number.POSITIVE_INFINITY : 0
  }

  offer(startNs: number, endNs: number, before: number, after: number): void {
    this.#kept.push({ startNs, endNs, before, after })
    // Cut only when twice as many are held: amortised, and offers get rare as the floor rises.
    if (this.#kept.length >= this.#capacity * 2) this.#cut()
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.endNs - b.startNs - (a.endNs - a.startNs) || a.startNs - b.startNs)
    this.#kept.length = Math.min(this.#kept.length, this.#capacity)
    const last = this.#kept[this.#capacity - 1]
    if (last !== undefined) this.floorNs = last.endNs - last.startNs
  }

  finish(): LargestGaps {
    this.#cut()
    return {
      length: this.#kept.length,
      startNs: Float64Array.from(this.#kept, (gap) => gap.startNs),
      endNs: Float64Array.from(this.#kept, (gap) => gap.endNs),
      before: Uint32Array.from(this.#kept, (gap) => gap.before),
      after: Uint32Array.from(this.#kept, (gap) => gap.after),
    }
  }
}
