/**
 * A table as one Parquet file: zstd, columns in the table's order, INT64 microseconds UTC, version and documentation in the key-value metadata.
 * Written by DuckDB, which is loaded only here and for queries (124 ms).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LakeRow, LakeTable, LakeType } from '#formats/lake/tables.ts'
import { openDuckDb } from './duckdb.ts'

const sqlTypes: Readonly<Record<LakeType, string>> = { str: 'VARCHAR', i64: 'BIGINT', f64: 'DOUBLE', bool: 'BOOLEAN', ts: 'TIMESTAMPTZ' }

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Values go as JSON through one parameter: no value is ever part of a statement. */
function jsonRows(table: LakeTable, rows: readonly LakeRow[]): string {
  return JSON.stringify(
    rows.map((row) =>
      table.columns.map(({ name, type }) => {
        const value = row[name]
        if (value === undefined || value === null) return null
        if (type === 'str') return String(value)
        if (type === 'bool') return value === true ? 'true' : 'false'
        // Text of full digits: a JSON number would be read as a double on the way to an integer.
        return String(value)
      }),
    ),
  )
}

function columnOf({ name, type }: LakeTable['columns'][number], index: number): string {
  const text = `r->>${index}`
  if (type === 'ts') return `make_timestamptz(CAST(${text} AS BIGINT)) AS ${quotedName(name)}`
  return `CAST(${text} AS ${sqlTypes[type]}) AS ${quotedName(name)}`
}

function metadataOf(table: LakeTable, more: Readonly<Record<string, string>>): string {
  const docs = Object.fromEntries(table.columns.map(({ name, type, doc }) => [name, doc === undefined ? type : `${type}: ${doc}`]))
  const all: Record<string, string> = {
    schema: table.name,
    schema_version: String(table.version),
    key: table.key.join(','),
    columns: JSON.stringify(docs),
    ...more,
  }
  return Object.entries(all)
    .map(([key, value]) => `${key}: ${quotedText(value)}`)
    .join(', ')
}

export interface ParquetTable {
  readonly table: LakeTable
  readonly rows: readonly LakeRow[]
}

/** @returns the bytes of each table's file, in order. The same rows give the same bytes. */
export async function parquetFiles(tables: readonly ParquetTable[], metadata: Readonly<Record<string, string>>): Promise<Uint8Array[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-lake-'))
  const database = await openDuckDb([folder])
  try {
    const files: Uint8Array[] = []
    for (const { table, rows } of tables) {
      const path = join(folder, `${table.name}.parquet`)
      await database.run('CREATE OR REPLACE TEMP TABLE input AS SELECT unnest(CAST($1 AS JSON[])) AS r', [jsonRows(table, rows)])
      const columns = table.columns.map(columnOf).join(', ')
      await database.run(
        `COPY (SELECT ${columns} FROM input) TO ${quotedText(path)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${metadataOf(table, metadata)}})`,
      )
      files.push(readFileSync(path))
    }
    return files
  } finally {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
