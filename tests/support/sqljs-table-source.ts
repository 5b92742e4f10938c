/** A TableSource over sql.js: slow, independent of our own scanner, and therefore its oracle. Also for exports built in memory. */
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js'
import type { ColumnBatch, ColumnRequest, Id64Column, ScanResult, TableInfo, TableSource } from '#readers/nsys/table-source.ts'
import { TupleRows } from '#readers/nsys/tuple-columns.ts'

let loaded: Promise<SqlJsStatic> | undefined

export function loadSqlJs(): Promise<SqlJsStatic> {
  loaded ??= initSqlJs()
  return loaded
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `batchRows` small in tests, so that batch borders are crossed. */
export function sqljsTableSource(database: Database, batchRows = 97): TableSource {
  const tables = new Map<string, TableInfo>()
  for (const name of column(database, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    const columns = column(database, `SELECT name FROM pragma_table_info(${quoted(String(name))})`).map(String)
    const [rows] = column(database, `SELECT count(*) FROM ${quoted(String(name))}`)
    tables.set(String(name), { name: String(name), columns, rowCountHint: Number(rows) })
  }
  return {
    container: 'sqlite',
    tables,
    scan: (table, columns, onBatch, { tuples = [] } = {}) =>
      scan(
        database,
        table,
        columns,
        onBatch,
        batchRows,
        tuples.map((positions) => new TupleRows(columns, positions)),
      ),
    close: () => database.close(),
  }
}

function column(database: Database, sql: string): unknown[] {
  return (database.exec(sql)[0]?.values ?? []).map((row) => row[0])
}

/** Integers come as text, so that none is rounded: sql.js would make doubles of them. */
async function scan(
  database: Database,
  table: string,
  columns: readonly ColumnRequest[],
  onBatch: (batch: ColumnBatch) => void,
  batchRows: number,
  tuples: readonly TupleRows[],
): Promise<ScanResult> {
  const list = columns.map(
    ({ name }) =>
      `CASE typeof(${quoted(name)}) WHEN 'integer' THEN CAST(${quoted(name)} AS TEXT) ELSE ${quoted(name)} END, typeof(${quoted(name)})`,
  )
  const statement = database.prepare(`SELECT ${list.join(', ') || '1'} FROM ${quoted(table)}`)
  let total = 0
  try {
    let rows: unknown[][] = []
    const flush = (): void => {
      if (rows.length > 0) onBatch(batchOf(rows, total - rows.length, tuples))
      rows = []
    }
    while (statement.step()) {
      rows.push(statement.get())
      total++
      if (rows.length === batchRows) flush()
    }
    flush()
  } finally {
    statement.free()
  }
  return { rows: total, losses: [] }
}

function batchOf(rows: unknown[][], firstRow: number, tuples: readonly TupleRows[]): ColumnBatch {
  const batch: ColumnBatch = {
    rows: rows.length,
    firstRow,
    number: (index) =>
      Float64Array.from(rows, (row) =>
        row[index * 2 + 1] === 'integer' || row[index * 2 + 1] === 'real' ? Number(row[index * 2]) : Number.NaN,
      ),
    id64: (index) => id64(rows, index),
    text: (index) => rows.map((row) => (row[index * 2] === null || row[index * 2] === undefined ? undefined : String(row[index * 2]))),
    tuple: (index) => {
      const rowsOf = tuples[index]
      if (rowsOf === undefined) throw new Error(`no tuple ${index} in this scan`)
      return rowsOf.of(batch)
    },
  }
  return batch
}

function id64(rows: unknown[][], index: number): Id64Column {
  const values = rows.map((row) => (row[index * 2 + 1] === 'integer' ? BigInt(String(row[index * 2])) : undefined))
  return {
    hi: Int32Array.from(values, (value) => Number(BigInt.asIntN(32, (value ?? 0n) >> 32n))),
    lo: Uint32Array.from(values, (value) => Number(BigInt.asUintN(32, value ?? 0n))),
    isNull: Uint8Array.from(values, (value) => (value === undefined ? 1 : 0)),
  }
}
