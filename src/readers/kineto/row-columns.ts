/** Growing columns shared by every table of the trace. Starts are relative to a provisional zero until `finish`. */
import { DurationColumn, grown, type NumberColumn, trimmed } from '#base/columns.ts'

const FIRST_CAPACITY = 1024

/** A typed column that grows by itself. */
export class Column<T extends NumberColumn> {
  #values: T

  constructor(empty: T) {
    this.#values = empty
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) this.#values = grown(this.#values, row + 1)
    this.#values[row] = value
  }

  finish(length: number): T {
    if (length > this.#values.length) this.#values = grown(this.#values, length)
    return trimmed(this.#values, length)
  }
}

export class RowColumns {
  length = 0
  #start = new Float64Array(FIRST_CAPACITY)
  readonly #duration = new DurationColumn(FIRST_CAPACITY)
  /** Lane or thread. */
  readonly #place = new Column(new Uint32Array(FIRST_CAPACITY))
  readonly #correlation = new Column(new Uint32Array(0))

  /** Returns the row. */
  add(startNs: number, durationNs: number, place: number): number {
    const row = this.length++
    if (row >= this.#start.length) this.#start = grown(this.#start, row + 1)
    this.#start[row] = startNs
    this.#duration.set(row, durationNs)
    this.#place.set(row, place)
    return row
  }

  correlate(row: number, correlation: number): void {
    this.#correlation.set(row, correlation)
  }

  startNs(shiftNs: number): Float64Array {
    const start = trimmed(this.#start, this.length)
    for (let row = 0; row < start.length; row++) start[row] = (start[row] as number) + shiftNs
    return start
  }

  durationNs(): Uint32Array | Float64Array {
    return this.#duration.finish(this.length)
  }

  place(): Uint32Array {
    return this.#place.finish(this.length)
  }

  correlation(): Uint32Array {
    return this.#correlation.finish(this.length)
  }
}

/** Distinct values in order of first use: file-wide ids into dense table ids. */
export class DenseIds {
  readonly order: number[] = []
  #dense = new Int32Array(256).fill(-1)

  of(id: number): number {
    if (id >= this.#dense.length) {
      const larger = new Int32Array(Math.max(this.#dense.length * 2, id + 1)).fill(-1)
      larger.set(this.#dense)
      this.#dense = larger
    }
    let dense = this.#dense[id] as number
    if (dense < 0) {
      dense = this.order.push(id) - 1
      this.#dense[id] = dense
    }
    return dense
  }
}
