/**
 * The bytes around a value that repeats line by line: `"inter_chunk_latency": {"value": ` before it, `, "unit": "ms"}` behind it. Where they
 * come again, nothing but the value has to be read: its name and unit are known.
 */
import { BytePattern } from '#readers/json/byte-pattern.ts'
import type { LineCursor } from '#readers/json/line-cursor.ts'

export interface MetricShape<T> {
  /** From the quote of its name to its value. */
  readonly head: BytePattern
  /** From behind its value to behind the brace that closes it. */
  readonly tail: BytePattern
  readonly of: T
}

/** Metrics of a line; those behind them are read the long way. */
const MOST_SHAPES = 256
/** Where metrics come in ever new orders, learning them costs more than reading them. */
const MOST_LEARNED = 4096
/** Longer heads and tails hold something that is not always the same. */
const MOST_BYTES = 1024

export class MetricShapes<T> {
  readonly #shapes: MetricShape<T>[] = []
  #learned = 0

  /** The shape of metric number `place` of a line, with the cursor at its value; undefined, with the cursor as it was, where another comes. */
  at(place: number, cursor: LineCursor): MetricShape<T> | undefined {
    const shape = this.#shapes[place]
    return shape !== undefined && cursor.passes(shape.head) ? shape : undefined
  }

  /** Remembers metric number `place`: it began at `from`, its only value went from `valueFrom` to `valueTo`, and it ended at `to`. */
  learn(place: number, bytes: Uint8Array, from: number, valueFrom: number, valueTo: number, to: number, of: T): void {
    if (this.#learned++ >= MOST_LEARNED || place >= MOST_SHAPES || valueFrom - from > MOST_BYTES || to - valueTo > MOST_BYTES) return
    this.#shapes[place] = {
      head: new BytePattern(bytes.subarray(from, valueFrom)),
      tail: new BytePattern(bytes.subarray(valueTo, to)),
      of,
    }
  }
}
