/** Rows by column name, string ids and global ids: what every table of an export is written with. */
import type { Plan, RankPlan } from '#sim/plan.ts'
import { type Column, type SchemaVersion, type TableSchema, tableSchema } from './schema.ts'
import type { SqliteFileWriter, TableWriter } from './sqlite-file.ts'
import type { SqlValue } from './sqlite-record.ts'

/** Session start: 2025-12-31T13:55:12Z. */
export const sessionStartNs = 1_767_189_312_000_000_000n
/** Virtual machine id of the target, in the high bits of every global id. */
export const globalVid = 2 ** 48

export type Row = Readonly<Record<string, SqlValue>>

/** A writer of rows by column name: columns that a row does not give are NULL, or 0 and '' where NULL is forbidden. */
export class NamedTable {
  readonly #writer: TableWriter
  readonly #schema: TableSchema
  readonly #values: SqlValue[]
  /** What a column holds where a row does not give it. */
  readonly #absent: readonly SqlValue[]
  /** Name of the column that is the rowid. */
  readonly #key: string | undefined

  /** `defaults` hold for every row: objects of few properties are what rows are made of quickly. */
  constructor(file: SqliteFileWriter, schema: TableSchema, defaults: Row = {}) {
    this.#writer = file.table(schema.name, schema.sql)
    this.#schema = schema
    this.#values = schema.columns.map(() => null)
    this.#absent = schema.columns.map(({ name, notNull, isText }) => defaults[name] ?? (notNull ? (isText ? '' : 0) : null))
    this.#key = schema.columns.find(({ isPrimaryKey }) => isPrimaryKey)?.name
  }

  add(row: Row): void {
    const { columns } = this.#schema
    for (let index = 0; index < columns.length; index++) {
      const { name } = columns[index] as Column
      this.#values[index] = name === this.#key ? null : (row[name] ?? this.#absent[index] ?? null)
    }
    if (this.#key === undefined) this.#writer.add(this.#values)
    else this.#writer.add(this.#values, row[this.#key] as number)
  }
}

export class Strings {
  readonly #ids = new Map<string, number>()

  id(text: string): number {
    let id = this.#ids.get(text)
    if (id === undefined) {
      id = this.#ids.size + 1
      this.#ids.set(text, id)
    }
    return id
  }

  rows(): Row[] {
    return [...this.#ids].map(([value, id]) => ({ id, value }))
  }
}

export interface NsysOptions {
  readonly schema: SchemaVersion
  /** UTC nanoseconds that time 0 stands for. */
  readonly startNs: bigint
}

export interface Export {
  readonly plan: Plan
  readonly ranks: readonly RankPlan[]
  readonly version: SchemaVersion
  readonly startNs: bigint
  readonly file: SqliteFileWriter
  readonly strings: Strings
}

export function globalPid(rank: RankPlan): number {
  return globalVid + rank.pid * 2 ** 24
}

export function globalTid(rank: RankPlan): number {
  return globalPid(rank) + rank.tid
}

/** Writes a table if this version has it and there are rows. */
export function table(out: Export, name: string, rows: Iterable<Row>, defaults: Row = {}): void {
  const schema = tableSchema(name, out.version)
  if (schema === undefined) return
  let writer: NamedTable | undefined
  for (const row of rows) {
    writer ??= new NamedTable(out.file, schema, defaults)
    writer.add(row)
  }
}
