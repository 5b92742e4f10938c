/** Feature detection: which of the wanted tables and columns this export has. NVIDIA says of the schema that it can and will change. */
import { SextantError } from '#base/errors.ts'
import type { ColumnBatch, ColumnRequest, ColumnType, Id64Column, TableInfo, TableSource } from './table-source.ts'

/** Some exports are reported to suffix tables (https://github.com/GindaChen/nsys-ai/issues/294). The base name wins. */
const VERSION_SUFFIXES = ['_V3', '_V2'] as const

/** Throws where the name is a view: its rows exist, and leaving them out would be a wrong answer. */
export function tableNamed(source: TableSource, base: string): TableInfo | undefined {
  const exact = source.tables.get(base)
  if (exact !== undefined) return exact
  for (const suffix of VERSION_SUFFIXES) {
    const suffixed = source.tables.get(base + suffix)
    if (suffixed !== undefined) return suffixed
  }
  if (source.views?.has(base) === true) {
    throw new SextantError(
      'unsupported_format',
      `${base} is a view in this file, not a table`,
      `Store its rows: CREATE TABLE rows AS SELECT * FROM ${base}; DROP VIEW ${base}; ALTER TABLE rows RENAME TO ${base}; or export the report again.`,
      { table: base },
    )
  }
  // SQLite's names are equal whatever their case, and tools that rewrite files use that freedom.
  const lower = base.toLowerCase()
  for (const [name, info] of source.tables) if (name.length === base.length && name.toLowerCase() === lower) return info
  return undefined
}

/** The column as this table spells it. */
export function columnNamed(info: TableInfo, name: string): string | undefined {
  if (info.columns.includes(name)) return name
  const lower = name.toLowerCase()
  return info.columns.find((column) => column.length === name.length && column.toLowerCase() === lower)
}

/** Collects the columns that exist; the answers are positions for `ColumnBatch`, -1 where the table has no such column. */
export class ColumnPlan {
  readonly requests: ColumnRequest[] = []
  readonly #info: TableInfo

  constructor(info: TableInfo) {
    this.#info = info
  }

  /** Columns wanted together, by position in `requests`. */
  readonly tuples: number[][] = []

  /**
   * Columns that are only looked up together. `index` is for `ColumnBatch.tuple`, -1 where the table has none of them; `parts` says which
   * part of a tuple each column became, -1 for a column that the table lacks.
   */
  addTuple(columns: readonly (readonly [name: string, type: 'number' | 'id64'])[]): { index: number; parts: readonly number[] } {
    const positions: number[] = []
    const parts = columns.map(([name, type]) => {
      const position = this.add(name, type)
      return position < 0 ? -1 : positions.push(position) - 1
    })
    return { index: positions.length === 0 ? -1 : this.tuples.push(positions) - 1, parts }
  }

  has(name: string): boolean {
    return columnNamed(this.#info, name) !== undefined
  }

  add(name: string, type: ColumnType): number {
    const column = columnNamed(this.#info, name)
    return column === undefined ? -1 : this.requests.push({ name: column, type }) - 1
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
