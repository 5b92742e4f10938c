/** Pages, columns and the program that turns one into the other, in one WebAssembly memory. */
import type { Column, PlacedColumns, WantedColumn, WantedColumns } from '#readers/nsys/sqlite/row-writer.ts'
import type { ColumnBatch, ColumnRequest } from '#readers/nsys/table-source.ts'
import { MISSING, partColumns, type TupleColumn, TupleSet } from '#readers/nsys/tuple-columns.ts'
import { startProgram } from '#readers/wasm/program.ts'
import { constantTables, pageProgram, type Target, type TupleTarget } from './page-program.ts'
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
  readonly pages: number
  readonly targets: readonly Target[]
  readonly isPart: readonly boolean[]
  readonly tuples: readonly TupleTarget[]
  readonly bytes: number
}

function planOf({ wanted, tuples }: WantedColumns, rows: number, windowBytes: number): Plan {
  const layout = new Layout()
  const tables = layout.take(constantTables.byteLength)
  const isPart = wanted.map((_, index) => tuples.some((parts) => parts.includes(index)))
  const targets = wanted.map((column, index) => placed(layout, column, isPart[index] === true ? 1 : rows))
  const tupleTargets = tuples.map((positions): TupleTarget => {
    const parts = positions.map((at) => targets[at] as Target) // positions are of `wanted`
    return { parts, indices: layout.take(rows * 4), memo: memoPlace(parts.length, (bytes) => layout.take(bytes)) }
  })
  const pages = layout.take(windowBytes + SLACK_BYTES)
  return { tables, pages, targets, isPart, tuples: tupleTargets, bytes: layout.bytes }
}

/** Undefined where a wanted column is text or the rowid, or the runtime has no WebAssembly or no address space left for it. */
export function openMachine(columns: WantedColumns, rows: number, windowBytes: number, maxLocal: number): Machine | undefined {
  const { wanted, tuples } = columns
  const isPlain = wanted.every(({ type, position }) => type !== 'text' && position !== undefined && position <= MAX_POSITION)
  if (!isPlain || wanted.length === 0 || tuples.some((parts) => parts.length > MOST_PARTS)) return undefined
  const plan = planOf(columns, rows, windowBytes)
  const program = (memory: ArrayBuffer): Uint8Array => {
    new BigInt64Array(memory, plan.tables, constantTables.length).set(constantTables)
    const targets = plan.targets.filter((_, index) => plan.isPart[index] !== true)
    return pageProgram({ pages: plan.pages, tables: plan.tables, maxLocal, targets, tuples: plan.tuples })
  }
  const started = startProgram(plan.bytes, program)
  if (started === undefined) return undefined
  const { memory, run } = started
  const learners = tuples.map((positions, index) => new Learner(memory, wanted, positions, plan.tuples[index] as TupleTarget, rows))
  return {
    pages: Buffer.from(memory, plan.pages, windowBytes),
    placed: {
      columns: plan.targets.map((target, index) => columnAt(memory, target, plan.isPart[index] === true ? 1 : rows)),
      tuples: learners,
    },
    run: run as Run, // the program exports one function, of this type
    learn(batch, row) {
      for (const learner of learners) learner.learn(batch, row)
    },
  }
}

class Learner implements TupleColumn {
  readonly indices: Uint32Array
  readonly tuples: TupleSet
  readonly #requests: readonly ColumnRequest[]
  readonly #positions: readonly number[]
  readonly #memo: TupleMemo
  /** Tuples in the memo. */
  readonly #known = new Set<number>()

  constructor(buffer: ArrayBuffer, wanted: readonly WantedColumn[], positions: readonly number[], target: TupleTarget, rows: number) {
    this.indices = new Uint32Array(buffer, target.indices, rows)
    this.#requests = wanted.map(({ type }) => ({ name: '', type }))
    this.#positions = positions
    this.tuples = new TupleSet(positions.map((at) => this.#requests[at] as ColumnRequest)) // positions are of `wanted`
    this.#memo = new TupleMemo(buffer, target.memo)
  }

  /** Parts have one row. */
  learn(batch: ColumnBatch, row: number): void {
    const index = this.tuples.intern(partColumns(batch, this.#requests, this.#positions), 0)
    this.indices[row] = index
    if (this.#known.has(index)) return
    const parts = this.#positions.map((_, part) => this.#integerAt(index, part))
    if (parts.includes('none')) return
    this.#known.delete(this.#memo.add(parts as (bigint | undefined)[], index)) // 'none' was just excluded
    this.#known.add(index)
  }

  /** 'none' for a fraction or an integer that a double does not hold: the program never asks for those. */
  #integerAt(index: number, part: number): bigint | undefined | 'none' {
    const value = this.tuples.at(index, part)
    if (value === MISSING) return undefined
    if (this.#requests[this.#positions[part] as number]?.type === 'id64') {
      return (BigInt(value) << 32n) | BigInt(this.tuples.lowAt(index, part))
    }
    return Number.isSafeInteger(value) ? BigInt(value) : 'none'
  }
}
