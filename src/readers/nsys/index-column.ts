/** A growable column of small indices: two bytes a row until one of 65,536 or more arrives. */
import { grown, trimmed } from '#base/columns.ts'

export class IndexColumn {
  #values: Uint16Array | Uint32Array

  constructor(capacity: number) {
    this.#values = new Uint16Array(capacity)
  }

  set(row: number, index: number): void {
    if (index > 65535 && this.#values instanceof Uint16Array) this.#values = Uint32Array.from(this.#values)
    if (row >= this.#values.length) this.#values = grown<Uint16Array | Uint32Array>(this.#values, row + 1)
    this.#values[row] = index
  }

  at(row: number): number {
    return this.#values[row] as number // callers ask for rows that they set
  }

  /** `count` rows from `first` on. */
  setAll(first: number, index: number, count: number): void {
    for (let row = first; row < first + count; row++) this.set(row, index)
  }

  /** Rows from `first` on: `map[indices[row]]` of the batch rows in `rows[0, count)`, or of the first `count` rows. */
  setMapped(first: number, indices: Uint32Array, map: Int32Array, rows: Int32Array | undefined, count: number): void {
    if (this.#values instanceof Uint16Array && map.some((value) => value > 65535)) this.#values = Uint32Array.from(this.#values)
    this.#values = grown<Uint16Array | Uint32Array>(this.#values, first + count)
    const values = this.#values
    // Within the batch.
    if (rows === undefined) for (let index = 0; index < count; index++) values[first + index] = map[indices[index] as number] as number
    else for (let index = 0; index < count; index++) values[first + index] = map[indices[rows[index] as number] as number] as number
  }

  finish(length: number): Uint16Array | Uint32Array {
    return trimmed<Uint16Array | Uint32Array>(this.#values, length)
  }
}
