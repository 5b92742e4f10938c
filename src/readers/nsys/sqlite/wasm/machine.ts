/** Pages, columns and the program that turns one into the other, in one WebAssembly memory. */
import type { Column, PlacedColumns, WantedColumn, WantedColumns } from '#readers/nsys/sqlite/row-writer.ts'
import type { ColumnBatch, ColumnRequest } from '#readers/nsys/table-source.ts'
import { partColumns, type TupleColumn, TupleSet } from '#readers/nsys/tuple-columns.ts'
import { startProgram } from '#readers/wasm/program.ts'
import { pageProgram } from './page-program.ts'
import { constantTables, type Target, type TupleTarget } from './program-parts.ts'
import { MOST_PARTS, memoPlace, TupleMemo } from './tuple-memo.ts'

/** Behind the window of pages: vectors of serial types and whole words are read past the last cell. */
const SLACK_BYTES = 256
/** More sixteens than any table of an export has (the widest, kernels, has 31 columns). */
const MAX_POSITION = 127

export type Run = (base: number, end: number, pointers: number, low: number, cells: number, row: number) => number

export interface Machine {
  /** Holds the pages; offsets that `run` takes are offsets in it. */
  readonly pages: Buffer
  readonly placed: PlacedColumns
  readonly run: Run
  /** After the careful reader has read `row`: gives its tuples their indices, and remembers them. */
  learn(batch: ColumnBatch, row: number): void
}

/** Hands out addresses, eight-byte aligned. */
class Layout {
  bytes = 0

  take(bytes: number): number {
    const address = this.bytes
    this.bytes += (bytes + 7) & ~7
    return address
  }
}

function placed(layout: Layout, { type, position = 0 }: WantedColumn, rows: number): Target {
  return type === 'number'
    ? { type, position, values: layout.take(rows * 8) }
    : { type: 'id64', position, hi: layout.take(rows * 4), lo: layout.take(rows * 4), isNull: layout.take(rows) }
}

function columnAt(buffer: ArrayBuffer, target: Target, rows: number): Column {
  if (target.type === 'number') return { type: 'number', values: new Float64Array(buffer, target.values, rows) }
  const hi = new Int32Array(buffer, target.hi, rows)
  const lo = new Uint32Array(buffer, target.lo, rows)
  return { type: 'id64', values: { hi, lo, isNull: new Uint8Array(buffer, target.isNull, rows) } }
}

interface Plan {
  readonly tables: number
  readonly unknownTuple: number
  readonly pages: number
  readonly targets: readonly Target[]
  readonly isPart: readonly boolean[]
  readonly tuples: readonly TupleTarget[]
  readonly bytes: number
}

function planOf({ wanted, tuples }: WantedColumns, rows: number, windowBytes: number): Plan {
  const layout = new Layout()
  const tables = layout.take(constantTables.byteLength)
  const unknownTuple = layout.take(4)
  const isPart = wanted.map((_, index) => tuples.some((parts) => parts.includes(index)))
  const targets = wanted.map((column, index) => placed(layout, column, isPart[index] === true ? 1 : rows))
  const tupleTargets = tuples.map((parts): TupleTarget => {
    const positions = parts.map((at) => (targets[at] as Target).position) // parts are positions in `wanted`
    return { positions, indices: layout.take(rows * 4), memo: memoPlace(positions, (bytes) => layout.take(bytes)) }
  })
  const pages = layout.take(windowBytes + SLACK_BYTES)
  return { tables, unknownTuple, pages, targets, isPart, tuples: tupleTargets, bytes: layout.bytes }
}

/** Undefined where a wanted column is text or the rowid, or the runtime has no WebAssembly or no address space left for it. */
export function openMachine(columns: WantedColumns, rows: number, windowBytes: number, maxLocal: number): Machine | undefined {
  const { wanted, tuples } = columns
  const isPlain = wanted.every(({ type, position }) => type !== 'text' && position !== undefined && position <= MAX_POSITION)
  if (!isPlain || wanted.length === 0 || tuples.some((parts) => parts.length > MOST_PARTS)) return undefined
  const plan = planOf(columns, rows, windowBytes)
  const { pages, tables, unknownTuple } = plan
  const program = (memory: ArrayBuffer): Uint8Array => {
    new BigInt64Array(memory, tables, constantTables.length).set(constantTables)
    const targets = plan.targets.filter((_, index) => plan.isPart[index] !== true)
    return pageProgram({ pages, tables, unknownTuple, maxLocal, targets, tuples: plan.tuples })
  }
  const started = startProgram(plan.bytes, program)
  if (started === undefined) return undefined
  const { memory, run } = started
  const missed = new Int32Array(memory, unknownTuple, 1)
  const learners = tuples.map((positions, index) => new Learner(memory, wanted, positions, plan.tuples[index] as TupleTarget, rows))
  return {
    pages: Buffer.from(memory, pages, windowBytes),
    placed: {
      columns: plan.targets.map((target, index) => columnAt(memory, target, plan.isPart[index] === true ? 1 : rows)),
      tuples: learners,
    },
    run: run as Run, // the program exports one function, of this type
    learn(batch, row) {
      const unknown = (missed[0] as number) - 1 // one word
      for (const [index, learner] of learners.entries()) learner.learn(batch, row, index === unknown)
    },
  }
}

/** Types that a plain row has: integers that a double holds, any integer for an id, NULL. Others count as losses each time they are read. */
const isPlainType = (type: number, wanted: WantedColumn['type']): boolean => type !== 7 && (type !== 6 || wanted === 'id64')

class Learner implements TupleColumn {
  readonly indices: Uint32Array
  readonly tuples: TupleSet
  readonly #wanted: readonly WantedColumn[]
  readonly #requests: readonly ColumnRequest[]
  /** Parts of the tuple, as positions in `wanted`. */
  readonly #parts: readonly number[]
  readonly #memo: TupleMemo

  constructor(buffer: ArrayBuffer, wanted: readonly WantedColumn[], parts: readonly number[], target: TupleTarget, rows: number) {
    this.indices = new Uint32Array(buffer, target.indices, rows)
    this.#wanted = wanted
    this.#requests = wanted.map(({ type }) => ({ name: '', type }))
    this.#parts = parts
    this.tuples = new TupleSet(parts.map((at) => this.#requests[at] as ColumnRequest)) // parts are positions in `wanted`
    this.#memo = new TupleMemo(buffer, target.memo)
  }

  /** Parts have one row. `isAsked`: the program gave the row up because it did not know this tuple. */
  learn(batch: ColumnBatch, row: number, isAsked: boolean): void {
    const index = this.tuples.intern(partColumns(batch, this.#requests, this.#parts), 0)
    this.indices[row] = index
    if (isAsked && this.#parts.every((at) => this.#isPlainPart(at))) this.#memo.add(index)
  }

  #isPlainPart(at: number): boolean {
    const column = this.#wanted[at]
    return column?.position !== undefined && isPlainType(this.#memo.typeAsked(column.position), column.type)
  }
}
