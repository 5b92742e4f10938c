/**
 * A line that was read the long way, as the bytes that come again and the places between them whose values change. A line that has the
 * same bytes around its values is read value by value, and nothing else of it is looked at.
 */
import { BytePattern } from './byte-pattern.ts'
import type { LineCursor } from './line-cursor.ts'

/** Values of a line that change; a line with more of them is read the long way. */
const MOST_SLOTS = 64
/** Longer lines hold more than a few numbers. */
const MOST_BYTES = 8192
/** Where lines come in ever new shapes, learning them costs more than reading them. */
const MOST_LEARNED = 1024

export class LineShape {
  /** What each place holds, in the reader's own numbers. */
  readonly kinds: number[] = []
  readonly #patterns: BytePattern[] = []
  readonly #ranges: { kind: number; from: number; to: number }[] = []
  #count = 0
  #learned = 0

  /** Before a line is read the long way: what was noted of the last one is forgotten. */
  forget(): void {
    this.#count = 0
  }

  /** A value that changes from line to line stood at [from, to). */
  note(kind: number, from: number, to: number): void {
    const range = this.#ranges[this.#count++]
    if (range === undefined) this.#ranges.push({ kind, from, to })
    else {
      range.kind = kind
      range.from = from
      range.to = to
    }
  }

  /** The line at [from, to) has the shape that its notes say; `to` is behind its last brace. */
  learn(bytes: Uint8Array, from: number, to: number): void {
    const count = this.#count
    if (count === 0 || count > MOST_SLOTS || to - from > MOST_BYTES || this.#learned++ >= MOST_LEARNED) return
    this.kinds.length = 0
    this.#patterns.length = 0
    let at = from
    for (let index = 0; index < count; index++) {
      const range = this.#ranges[index] as { kind: number; from: number; to: number } // below its count
      this.#patterns.push(new BytePattern(bytes.subarray(at, range.from)))
      this.kinds.push(range.kind)
      at = range.to
    }
    this.#patterns.push(new BytePattern(bytes.subarray(at, to)))
  }

  /** Steps over the bytes before place number `index` of the line, or those behind the last; false, with the cursor as it was, where others come. */
  leadsTo(index: number, cursor: LineCursor): boolean {
    const pattern = this.#patterns[index]
    return pattern !== undefined && cursor.passes(pattern)
  }
}
