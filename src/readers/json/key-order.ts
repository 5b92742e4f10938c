/**
 * Keys of objects that are written in the same order line by line: the key at a place is first looked for as the bytes in which it stood
 * at that place before, `"duration_s": ` with its quotes, colon and spaces. Any other bytes are read the long way, and remembered.
 */
import { BytePattern } from './byte-pattern.ts'
import type { KeyTable } from './key-table.ts'
import type { LineCursor } from './line-cursor.ts'

/** Keys of an object; those behind them are read the long way. */
const MOST_PLACES = 256
/** Longer keys are not remembered. */
const MOST_BYTES = 256

/** Where keys come in ever new orders, learning them costs more than reading them. */
const MOST_LEARNED = 4096

interface Place {
  /** From behind the comma or brace before the key to the value. */
  readonly pattern: BytePattern
  readonly id: number
  /** The key between its quotes, from where the pattern begins. */
  readonly from: number
  readonly to: number
}

export class KeyOrder {
  readonly #table: KeyTable
  readonly #places: (Place | undefined)[] = []
  #learned = 0

  constructor(table: KeyTable) {
    this.#table = table
  }

  /** Reads `"key":`, the one at `place` (from 0) of its object, as `LineCursor.key` does, and the spaces behind it; returns its number in the table. */
  read(cursor: LineCursor, place: number): number {
    const { at } = cursor
    const known = this.#places[place]
    if (known === undefined || !cursor.passes(known.pattern)) return this.#learn(cursor, place)
    cursor.from = at + known.from
    cursor.to = at + known.to
    return known.id
  }

  #learn(cursor: LineCursor, place: number): number {
    const { at } = cursor
    const id = cursor.key(this.#table)
    const { from, to } = cursor
    cursor.peek()
    if (this.#learned++ < MOST_LEARNED && place < MOST_PLACES && cursor.at - at <= MOST_BYTES)
      this.#places[place] = { pattern: new BytePattern(cursor.bytes.subarray(at, cursor.at)), id, from: from - at, to: to - at }
    return id
  }
}
