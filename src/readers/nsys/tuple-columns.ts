/** Columns that are only ever looked up together (a row's names, a row's lane): one small index per row instead of a value of each. */
import type { ColumnBatch, ColumnRequest, Id64Column } from './table-source.ts'
import { TupleInterner } from './tuple-interner.ts'

/** Values of one part, by row. */
export type PartColumn = Float64Array | Id64Column

export function partColumns(batch: ColumnBatch, requests: readonly ColumnRequest[], positions: readonly number[]): PartColumn[] {
  return positions.map((position) => (requests[position]?.type === 'id64' ? batch.id64(position) : batch.number(position)))
}

/** What `at` returns for NULL: no number in a column is infinite, and the interner takes no NaN. */
export const MISSING = Number.NEGATIVE_INFINITY

/** What consumers know of each tuple so far: `known` with room for `size`, the new ones -1. */
export function extended(known: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  if (size <= known.length) return known
  const next = new Int32Array(Math.max(size, known.length * 2, 64)).fill(-1)
  next.set(known)
  return next
}

/** The distinct tuples of one scan, numbered in order of appearance. */
export class TupleSet {
  readonly #interner: TupleInterner
  /** Where each part's components begin: a number has one, an id64 two (hi, lo). */
  readonly #offsets: readonly number[]

  constructor(parts: readonly ColumnRequest[]) {
    let width = 0
    this.#offsets = parts.map(({ type }) => {
      const offset = width
      width += type === 'id64' ? 2 : 1
      return offset
    })
    this.#interner = new TupleInterner(width)
  }

  get size(): number {
    return this.#interner.size
  }

  /** A number, or the upper half of an id64; MISSING for NULL. */
  at(tuple: number, part: number): number {
    return this.#interner.at(tuple, this.#offsets[part] as number) // parts are those of the request
  }

  /** The lower half of an id64; 0 for NULL. */
  lowAt(tuple: number, part: number): number {
    return this.#interner.at(tuple, (this.#offsets[part] as number) + 1)
  }

  /** Index of the tuple that stands in `row` of the parts' columns. */
  intern(columns: readonly PartColumn[], row: number): number {
    const { key } = this.#interner
    let at = 0
    for (const column of columns) {
      if ('hi' in column) {
        key[at++] = column.isNull[row] === 1 ? MISSING : (column.hi[row] as number) // in bounds: rows of the batch
        key[at++] = column.lo[row] as number
      } else {
        const value = column[row] as number
        key[at++] = Number.isNaN(value) ? MISSING : value
      }
    }
    return this.#interner.intern()
  }
}

export interface TupleColumn {
  /** At least as long as the batch; reused from batch to batch. */
  readonly indices: Uint32Array
  readonly tuples: TupleSet
}

/** Interns the rows of plain batches, whatever container they came from. Neighbouring rows mostly repeat. */
export class TupleRows {
  readonly tuples: TupleSet
  readonly #positions: readonly number[]
  readonly #requests: readonly ColumnRequest[]
  #indices = new Uint32Array(0)

  constructor(requests: readonly ColumnRequest[], positions: readonly number[]) {
    this.#requests = requests
    this.#positions = positions
    this.tuples = new TupleSet(positions.map((position) => requests[position] as ColumnRequest)) // positions are of the requests
  }

  of(batch: ColumnBatch): TupleColumn {
    if (this.#indices.length < batch.rows) this.#indices = new Uint32Array(batch.rows)
    const columns = partColumns(batch, this.#requests, this.#positions)
    for (let row = 0; row < batch.rows; row++) this.#indices[row] = this.tuples.intern(columns, row)
    return { indices: this.#indices, tuples: this.tuples }
  }
}
