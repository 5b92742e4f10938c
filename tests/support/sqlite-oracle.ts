/** Everything a SQLite file holds, as C SQLite (sql.js) answers it and as our scanner does, and where the two differ. */
import { createRequire } from 'node:module'
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js'
import { type ErrorCode, isSextantError } from '#base/errors.ts'
import type { Loss } from '#model/capture.ts'
import type { ColumnBatch, ColumnRequest, TableSource } from '#readers/nsys/table-source.ts'

/** One stored value: storage class and exact text (integers in decimal, texts and blobs in hexadecimal); reals as the double. */
export type StoredValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'integer' | 'text' | 'blob'; readonly text: string }
  | { readonly kind: 'real'; readonly value: number }

export interface OracleTable {
  readonly columns: readonly string[]
  /** Row by row, column by column; undefined where C SQLite reports an error. */
  readonly rows: readonly (readonly StoredValue[])[] | undefined
}

let engine: SqlJsStatic | undefined

/** sql.js keeps one instance per module; a damaged file may crash it, and then only a new module helps. */
export async function sqlEngine(fresh = false): Promise<SqlJsStatic> {
  if (engine !== undefined && !fresh) return engine
  if (!fresh) engine = await initSqlJs()
  else {
    const require = createRequire(import.meta.url)
    delete require.cache[require.resolve('sql.js')]
    engine = await (require('sql.js') as typeof initSqlJs)()
  }
  return engine
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function storedValue(kind: unknown, shown: unknown): StoredValue {
  // typeof() looks at the stored type alone and calls a stored NaN a real; its value is NULL.
  if (kind === 'null' || shown === null) return { kind: 'null' }
  if (kind === 'real') return { kind: 'real', value: shown as number }
  return { kind: kind as 'integer' | 'text' | 'blob', text: String(shown) }
}

/** Stored columns only: hidden = 2 are virtual generated ones. */
function storedColumns(db: Database, table: string): string[] {
  const result = db.exec(`SELECT name FROM pragma_table_xinfo(${`'${table.replaceAll("'", "''")}'`}) WHERE hidden <> 2`)[0]
  return (result?.values ?? []).map((row) => String(row[0]))
}

function oracleRows(db: Database, table: string, columns: readonly string[]): StoredValue[][] {
  const shown = columns.map((name) => {
    // Qualified: an unknown "name" alone would be taken for a text.
    const c = `scanned.${quoted(name)}`
    return `typeof(${c}), CASE typeof(${c}) WHEN 'integer' THEN CAST(${c} AS TEXT) WHEN 'real' THEN ${c} ELSE hex(${c}) END`
  })
  // NOT INDEXED: a covering index would answer in place of the table.
  const statement = db.prepare(`SELECT ${shown.join(', ')} FROM ${quoted(table)} AS scanned NOT INDEXED`)
  const rows: StoredValue[][] = []
  try {
    while (statement.step()) {
      const row = statement.get()
      rows.push(columns.map((_, i) => storedValue(row[i * 2], row[i * 2 + 1])))
      if (rows.length > 200_000) throw new Error('endless table')
    }
  } finally {
    statement.free()
  }
  return rows
}

/** Undefined where C SQLite cannot read the schema. A crash of its code is thrown: replace the engine then. */
export function askOracle(sql: SqlJsStatic, bytes: Uint8Array): Map<string, OracleTable> | undefined {
  const db = new sql.Database(bytes)
  try {
    const listed = db.exec("SELECT name FROM sqlite_schema WHERE rootpage > 0 AND upper(sql) LIKE 'CREATE%TABLE%' AND type = 'table'")[0]
    const tables = new Map<string, OracleTable>()
    for (const [cell] of listed?.values ?? []) {
      const name = String(cell)
      try {
        const columns = storedColumns(db, name)
        const isRowidTable = db.exec(`SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = '${name.replaceAll("'", "''")}'`)[0]
        if (isRowidTable?.values[0]?.[0] === 1 || columns.length === 0) continue
        tables.set(name, { columns, rows: oracleRows(db, name, columns) })
      } catch (error) {
        if (isCrash(error)) throw error
        tables.set(name, { columns: [], rows: undefined })
      }
    }
    return tables
  } catch (error) {
    if (isCrash(error)) throw error
    return undefined
  } finally {
    db.close()
  }
}

/** Errors of WebAssembly itself, not of SQLite. */
export function isCrash(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError')
}

/** What a request of this type must give for a stored value, in one comparable text. */
export function expectedText(value: StoredValue, type: ColumnRequest['type']): string {
  if (value.kind === 'null') return 'null'
  if (value.kind === 'real') return expectedReal(value.value, type)
  if (value.kind === 'integer') return type === 'number' ? String(Number(value.text)) : value.text
  if (type === 'text') return Buffer.from(value.text, 'hex').toString('utf8')
  return value.kind === 'text' ? expectedNumber(Buffer.from(value.text, 'hex').toString('latin1'), type) : 'null'
}

/** A text that is a number of at most 32 characters counts as one. */
export function expectedNumber(text: string, type: 'number' | 'id64'): string {
  if (text.length > 32 || !/^-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$/.test(text)) return 'null'
  const isInteger = /^-?[0-9]{1,19}$/.test(text) && BigInt(text) < 2n ** 63n && BigInt(text) >= -(2n ** 63n)
  if (!isInteger) return expectedReal(Number(text), type)
  return type === 'number' ? String(Number(text)) : String(BigInt(text))
}

/** No particular text is expected. */
const anyText = '\u0000any'

function expectedReal(value: number, type: ColumnRequest['type']): string {
  if (type === 'text') return `number ${value}`
  if (type === 'number') return String(value)
  // C SQLite turns an integer stored in a REAL column into a double as it reads; we give the integer as stored.
  if (Math.abs(value) >= 2 ** 53) return anyText
  return Number.isInteger(value) ? String(BigInt(value)) : 'null'
}

/** The same text from a batch; a text that stands for a real is compared as a number. */
export function actualText(batch: ColumnBatch, index: number, row: number, type: ColumnRequest['type'], expected: string): string {
  if (type === 'number') {
    const value = batch.number(index)[row] ?? Number.NaN
    return Number.isNaN(value) ? 'null' : String(value === 0 ? 0 : value)
  }
  if (type === 'id64') {
    const { hi, lo, isNull } = batch.id64(index)
    return isNull[row] === 1 ? 'null' : String((BigInt(hi[row] ?? 0) << 32n) | BigInt(lo[row] ?? 0))
  }
  const text = batch.text(index)[row]
  if (text === undefined) return 'null'
  return expected.startsWith('number ') ? `number ${Number(text)}` : text
}

export interface Comparison {
  readonly values: number
  /** At most a few, for the message. */
  readonly differences: string[]
  readonly losses: Loss[]
  /** Errors of ours, by code. */
  readonly errors: ErrorCode[]
  /** Tables that C SQLite refuses. */
  readonly refusedByOracle: number
}

/** Compares every stored value under each type of request. Anything but a SextantError from the scanner is thrown. */
export async function compareWithOracle(source: TableSource, oracle: ReadonlyMap<string, OracleTable>): Promise<Comparison> {
  const result = { values: 0, differences: [] as string[], losses: [] as Loss[], errors: [] as ErrorCode[], refusedByOracle: 0 }
  for (const name of new Set([...oracle.keys(), ...source.tables.keys()])) {
    const info = source.tables.get(name)
    const expected = oracle.get(name)
    if (expected !== undefined && info === undefined) result.differences.push(`table ${name} is not listed`)
    if (info === undefined) continue
    if (expected !== undefined && expected.rows === undefined) result.refusedByOracle++
    else if (expected !== undefined && expected.columns.join() !== info.columns.join())
      result.differences.push(`${name}: columns ${info.columns} instead of ${expected.columns}`)
    for (const type of ['number', 'id64', 'text'] as const) await compareTable(source, name, type, expected, result)
  }
  return result
}

async function compareTable(
  source: TableSource,
  name: string,
  type: ColumnRequest['type'],
  oracle: OracleTable | undefined,
  result: { values: number; differences: string[]; losses: Loss[]; errors: ErrorCode[] },
): Promise<void> {
  const columns = source.tables.get(name)?.columns ?? []
  const found: string[] = []
  try {
    const { rows, losses } = await source.scan(
      name,
      columns.map((column) => ({ name: column, type })),
      (batch) => compareBatch(batch, type, oracle, found, result),
    )
    result.losses.push(...losses)
    if (oracle?.rows !== undefined && rows !== oracle.rows.length) found.push(`${rows} rows instead of ${oracle.rows.length}`)
    // Rows before an error are not an answer, so differences count only here.
    for (const difference of found) result.differences.push(`${name} as ${type}: ${difference}`)
  } catch (error) {
    if (!isSextantError(error)) throw error
    result.errors.push(error.code)
  }
}

function compareBatch(
  batch: ColumnBatch,
  type: ColumnRequest['type'],
  oracle: OracleTable | undefined,
  found: string[],
  result: { values: number },
): void {
  for (let row = 0; row < batch.rows; row++) {
    const expectedRow = oracle?.rows?.[batch.firstRow + row]
    if (expectedRow === undefined) continue
    for (let i = 0; i < expectedRow.length; i++) {
      const expected = expectedText(expectedRow[i] ?? { kind: 'null' }, type)
      const actual = actualText(batch, i, row, type, expected)
      result.values++
      if (actual !== expected && expected !== anyText && found.length < 5)
        found.push(`row ${batch.firstRow + row}, column ${oracle?.columns[i]}: ${actual} instead of ${expected}`)
    }
  }
}
