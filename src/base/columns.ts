/** Growable typed columns: what a streaming reader fills without an object per row. */

export type NumberColumn = Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array

type ColumnConstructor<T extends NumberColumn> = new (length: number) => T

/** Returns `column` or a copy with room for `needed` rows (capacity doubles, so that appending is amortised linear). */
export function grown<T extends NumberColumn>(column: T, needed: number): T {
  if (needed <= column.length) return column
  const make = column.constructor as ColumnConstructor<T>
  const next = new make(Math.max(needed, column.length * 2, 1024))
  next.set(column)
  return next
}

/** The first `length` rows: a view, so that untouched capacity never becomes resident memory. */
export function trimmed<T extends NumberColumn>(column: T, length: number): T {
  return column.length === length ? column : (column.subarray(0, length) as T)
}

/** 2^32: the first duration (4.295 s) that a Uint32 column cannot hold. */
const UINT32_LIMIT = 4294967296

/**
 * Durations in integer nanoseconds, four bytes a row until one of 2^32 ns or more arrives, then eight.
 * Negative or non-finite input must be clamped and counted by the caller before.
 */
export class DurationColumn {
  #values: Uint32Array | Float64Array

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity)
  }

  set(row: number, durationNs: number): void {
    if (durationNs >= UINT32_LIMIT && this.#values instanceof Uint32Array) this.#values = Float64Array.from(this.#values)
    if (row >= this.#values.length) this.#values = grown<Uint32Array | Float64Array>(this.#values, row + 1)
    this.#values[row] = durationNs
  }

  /**
   * Rows from `first` on: from `starts` to `ends`, `count` of each. Returns the latest end; NaN, and nothing of it is to be used, where a
   * row has no time, ends before it starts, or needs eight bytes.
   */
  setBetween(first: number, starts: Float64Array, ends: Float64Array, count: number): number {
    this.#values = grown<Uint32Array | Float64Array>(this.#values, first + count)
    const values = this.#values
    if (!(values instanceof Uint32Array)) return Number.NaN
    let latest = Number.NEGATIVE_INFINITY
    for (let index = 0; index < count; index++) {
      // In bounds: both hold at least `count` values, and the column was grown.
      const end = ends[index] as number
      const durationNs = end - (starts[index] as number)
      // NaN fails both comparisons.
      if (!(durationNs >= 0 && durationNs < UINT32_LIMIT)) return Number.NaN
      values[first + index] = durationNs
      if (end > latest) latest = end
    }
    return latest
  }

  finish(length: number): Uint32Array | Float64Array {
    return trimmed<Uint32Array | Float64Array>(this.#values, length)
  }
}
