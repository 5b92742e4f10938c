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

  finish(length: number): Uint16Array | Uint32Array {
    return trimmed<Uint16Array | Uint32Array>(this.#values, length)
  }
}
