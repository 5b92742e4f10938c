/** Feature detection: which of the wanted tables and columns this export has. NVIDIA says of the schema that it can and will change. */
import type { ColumnBatch, ColumnRequest, ColumnType, Id64Column, TableInfo, TableSource } from './table-source.ts'

/** Some exports are reported to suffix tables (https://github.com/GindaChen/nsys-ai/issues/294). The base name wins. */
const VERSION_SUFFIXES = ['_V3', '_V2'] as const

export function tableNamed(source: TableSource, base: string): TableInfo | undefined {
  const exact = source.tables.get(base)
  if (exact !== undefined) return exact
  for (const suffix of VERSION_SUFFIXES) {
    const suffixed = source.tables.get(base + suffix)
    if (suffixed !== undefined) return suffixed
  }
  return undefined
}

/** Collects the columns that exist; the answers are positions for `ColumnBatch`, -1 where the table has no such column. */
export class ColumnPlan {
  readonly requests: ColumnRequest[] = []
  readonly #info: TableInfo

  constructor(info: TableInfo) {
    this.#info = info
  }

  has(name: string): boolean {
    return this.#info.columns.includes(name)
  }

  add(name: string, type: ColumnType): number {
    if (!this.has(name)) return -1
    return this.requests.push({ name, type }) - 1
  }
}

export function numbersAt(batch: ColumnBatch, position: number): Float64Array | undefined {
  return position < 0 ? undefined : batch.number(position)
}

export function idsAt(batch: ColumnBatch, position: number): Id64Column | undefined {
  return position < 0 ? undefined : batch.id64(position)
}

export interface SmallTable {
  readonly rows: number
  /** Empty array where the column is absent. */
  numbers(name: string): readonly number[]
  texts(name: string): readonly (string | undefined)[]
  ids(name: string): readonly (bigint | undefined)[]
}

const EMPTY: SmallTable = { rows: 0, numbers: () => [], texts: () => [], ids: () => [] }

function collect(batch: ColumnBatch, position: number, type: ColumnType, into: (number | bigint | string | undefined)[]): void {
  if (type === 'text') for (const value of batch.text(position).slice(0, batch.rows)) into.push(value)
  else if (type === 'number') for (const value of batch.number(position).subarray(0, batch.rows)) into.push(value)
  else {
    const column = batch.id64(position)
    for (let row = 0; row < batch.rows; row++) {
      into.push(column.isNull[row] === 1 ? undefined : (BigInt(column.hi[row] ?? 0) << 32n) | BigInt(column.lo[row] ?? 0))
    }
  }
}

/** Reads a small table (targets, metadata, names) whole; an absent table has no rows, an absent column no values. */
export async function readSmallTable(source: TableSource, base: string, wanted: Readonly<Record<string, ColumnType>>): Promise<SmallTable> {
  const info = tableNamed(source, base)
  if (info === undefined) return EMPTY
  const plan = new ColumnPlan(info)
  const columns = new Map<string, { type: ColumnType; position: number; values: (number | bigint | string | undefined)[] }>()
  for (const [name, type] of Object.entries(wanted)) {
    const position = plan.add(name, type)
    if (position >= 0) columns.set(name, { type, position, values: [] })
  }
  if (columns.size === 0) return EMPTY
  const { rows } = await source.scan(info.name, plan.requests, (batch) => {
    for (const column of columns.values()) collect(batch, column.position, column.type, column.values)
  })
  // `collect` fills each column with its own type only.
  const of = <T>(name: string): readonly T[] => (columns.get(name)?.values ?? []) as T[]
  return {
    rows,
    numbers: (name) => of<number>(name),
    texts: (name) => of<string | undefined>(name),
    ids: (name) => of<bigint | undefined>(name),
  }
}
