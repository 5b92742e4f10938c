/** Tables listed by sqlite_schema (page 1): https://www.sqlite.org/schematab.html */
import { type CreateTable, isCreateTable, parseCreateTable } from '#readers/nsys/sqlite/create-table.ts'
import type { Pager } from '#readers/nsys/sqlite/pager.ts'
import type { WantedColumn } from '#readers/nsys/sqlite/row-writer.ts'
import { type ScanOptions, scanTree } from '#readers/nsys/sqlite/scan.ts'

export interface SqliteTable extends CreateTable {
  readonly root: number
}

/** nsys writes at most some 200 tables of a few kilobytes each; this only bounds the memory of a hostile file. */
const MAX_SCHEMA_ROWS = 100_000
const MAX_SQL_BYTES = 1024 ** 2

const SCHEMA = 'sqlite_schema'
const NAME = 1
const ROOT = 3
const SQL = 4

function schemaColumn(position: number, type: 'text' | 'number'): WantedColumn {
  return { type, position, fallback: { value: undefined } }
}

/** One row of sqlite_schema; undefined where it is no table of ours (index, view, trigger, virtual table). */
function tableOf(pager: Pager, name: string | undefined, root: number, sql: string | undefined): SqliteTable | undefined {
  // Not decided by the type column: SQLite itself goes by the text.
  if (sql === undefined || !isCreateTable(sql)) return undefined
  const parsed = parseCreateTable(sql)
  if (parsed === undefined || parsed.name !== name) throw pager.damage(name ?? SCHEMA, 1, 'its CREATE TABLE text cannot be read')
  if (!Number.isInteger(root)) throw pager.damage(parsed.name, 1, 'its root page is not a page number')
  return { ...parsed, root }
}

/** Views have no rows of their own: what their name promises cannot be read without the SQL engine. */
export function readViewNames(pager: Pager, codeGeneration: ScanOptions['codeGeneration']): Set<string> {
  const views = new Set<string>()
  const wanted = [schemaColumn(0, 'text'), schemaColumn(NAME, 'text')]
  for (const batch of scanTree(pager, SCHEMA, 1, wanted, { maxTextBytes: MAX_SQL_BYTES, batchRows: 1024, codeGeneration })) {
    for (let row = 0; row < batch.rows; row++) {
      const name = batch.text(1)[row]
      if (batch.text(0)[row] === 'view' && name !== undefined) views.add(name)
    }
  }
  return views
}

/** Every table with rows of its own, in the order of the file. A root beyond the file is left for the scan to report. */
export function readSchema(pager: Pager, codeGeneration: ScanOptions['codeGeneration']): Map<string, SqliteTable> {
  const tables = new Map<string, SqliteTable>()
  const wanted = [schemaColumn(NAME, 'text'), schemaColumn(ROOT, 'number'), schemaColumn(SQL, 'text')]
  const options = { maxTextBytes: MAX_SQL_BYTES, batchRows: 1024, codeGeneration }
  for (const batch of scanTree(pager, SCHEMA, 1, wanted, options)) {
    if (batch.firstRow + batch.rows > MAX_SCHEMA_ROWS) throw pager.damage(SCHEMA, 1, `more than ${MAX_SCHEMA_ROWS} entries`)
    for (let row = 0; row < batch.rows; row++) {
      const table = tableOf(pager, batch.text(0)[row], batch.number(1)[row] ?? Number.NaN, batch.text(2)[row])
      if (table === undefined) continue
      if (tables.has(table.name)) throw pager.damage(table.name, 1, 'the table is listed twice')
      tables.set(table.name, table)
    }
    if (batch.counts.some((count) => count > 0)) throw pager.damage(SCHEMA, 1, 'an entry is not readable')
  }
  return tables
}
