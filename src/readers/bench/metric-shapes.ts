/**
 * The bytes around a value that repeats line by line: `"inter_chunk_latency": {"value": ` before it, `, "unit": "ms"}` behind it. Where they
 * come again, nothing but the value has to be read: its name and unit are known.
 */
import type { LineCursor } from '#readers/json/line-cursor.ts'

export interface MetricShape<T> {
  /** From the quote of its name to its value. */
  readonly head: Uint8Array
  /** From behind its value to behind the brace that closes it. */
  readonly tail: Uint8Array
  readonly of: T
}

/** Metrics of a line; those behind them are read the long way. */
const MOST_SHAPES = 256
/** Longer heads and tails hold something that is not always the same. */
const MOST_BYTES = 1024

export class MetricShapes<T> {
  readonly #shapes: MetricShape<T>[] = []

  /** The shape of metric number `place` of a line, with the cursor at its value; undefined, with the cursor as it was, where another comes. */
  at(place: number, cursor: LineCursor): MetricShape<T> | undefined {
    const shape = this.#shapes[place]
    return shape !== undefined && cursor.passes(shape.head) ? shape : undefined
  }

  /** Remembers metric number `place`: it began at `from`, its only value went from `valueFrom` to `valueTo`, and it ended at `to`. */
  learn(place: number, bytes: Uint8Array, from: number, valueFrom: number, valueTo: number, to: number, of: T): void {
    if (place >= MOST_SHAPES || valueFrom - from > MOST_BYTES || to - valueTo > MOST_BYTES) return
    this.#shapes[place] = { head: bytes.slice(from, valueFrom), tail: bytes.slice(valueTo, to), of }
  }
}
