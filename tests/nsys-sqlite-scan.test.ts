/** Every table of every real SQLite export: rows and checksums equal C SQLite's; SEXTANT_SLOW=1 compares every value. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Database } from 'sql.js'
import { expect, test } from 'vitest'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import type { ColumnBatch, TableSource } from '#readers/nsys/table-source.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'
import { askOracle, compareWithOracle, expectedNumber, sqlEngine } from './support/sqlite-oracle.ts'

const MODULUS = 1000003
const PRIME = BigInt(MODULUS)
const TWO_32_REST = 4294967296 % MODULUS

/** One column's checksum: NULLs, sum of integers modulo a prime, bytes of texts. */
interface Sums {
  nulls: number
  integers: number
  textUnits: number
}

function oracleSums(db: Database, table: string, columns: readonly string[]): { rows: number; sums: string[] } {
  const parts = columns.map((name) => {
    const c = `t."${name}"`
    return `sum(typeof(${c}) <> 'integer'), total(CASE typeof(${c}) WHEN 'integer' THEN (${c} % ${MODULUS} + ${MODULUS}) % ${MODULUS} END), total(CASE WHEN typeof(${c}) NOT IN ('text', 'blob') THEN length(${c}) END)`
  })
  const row = db.exec(`SELECT count(*), ${parts.join(', ')} FROM "${table}" AS t NOT INDEXED`)[0]?.values[0] ?? []
  const sums = columns.map((name, i) => {
    const texts = oracleTexts(db, table, name)
    const nulls = Number(row[i * 3 + 1] ?? 0) - texts.numbers.length
    const integers = texts.numbers.reduce((sum, value) => sum + Number(((value % PRIME) + PRIME) % PRIME), Number(row[i * 3 + 2]))
    return `${nulls} ${integers} ${Number(row[i * 3 + 3]) + texts.units}`
  })
  return { rows: Number(row[0]), sums }
}

/** Decoded by Node: SQLite's own length() stops at a NUL, and real texts hold some. Texts that are integers are numbers, too. */
function oracleTexts(db: Database, table: string, column: string): { units: number; numbers: bigint[] } {
  const cells =
    db.exec(
      `SELECT hex(t."${column}"), typeof(t."${column}") FROM "${table}" AS t NOT INDEXED WHERE typeof(t."${column}") IN ('text', 'blob')`,
    )[0]?.values ?? []
  const numbers = cells.flatMap(([hex, type]) => {
    const value = type === 'text' ? expectedNumber(Buffer.from(String(hex), 'hex').toString('latin1'), 'id64') : 'null'
    return /^-?\d+$/.test(value) ? [BigInt(value)] : []
  })
  return { units: cells.reduce((sum, [hex]) => sum + Buffer.from(String(hex), 'hex').toString('utf8').length, 0), numbers }
}

function addIds(batch: ColumnBatch, sums: readonly Sums[]): void {
  for (const [index, sum] of sums.entries()) {
    const { hi, lo, isNull } = batch.id64(index)
    for (let row = 0; row < batch.rows; row++) {
      if (isNull[row] === 1) sum.nulls++
      else {
        const rest = (((hi[row] ?? 0) % MODULUS) * TWO_32_REST + (lo[row] ?? 0)) % MODULUS
        sum.integers += rest < 0 ? rest + MODULUS : rest
      }
    }
  }
}

function addTexts(batch: ColumnBatch, sums: readonly Sums[]): void {
  for (const [index, sum] of sums.entries()) {
    const texts = batch.text(index)
    for (let row = 0; row < batch.rows; row++) sum.textUnits += texts[row]?.length ?? 0
  }
}

async function scannerSums(source: TableSource, table: string, columns: readonly string[]): Promise<{ rows: number; sums: string[] }> {
  const sums = columns.map(() => ({ nulls: 0, integers: 0, textUnits: 0 }))
  const { rows } = await source.scan(
    table,
    columns.map((name) => ({ name, type: 'id64' })),
    (batch) => addIds(batch, sums),
  )
  await source.scan(
    table,
    columns.map((name) => ({ name, type: 'text' })),
    (batch) => addTexts(batch, sums),
  )
  return { rows, sums: sums.map((sum) => `${sum.nulls} ${sum.integers} ${sum.textUnits}`) }
}

const files = listShared('nsys-sqlite')
if (files.length === 0) test.skip(`real SQLite exports: ${sharedDataAbsent}`, () => {})

for (const file of files) {
  test(`every table of ${basename(file)}`, async () => {
    const bytes = readFileSync(file)
    const sql = await sqlEngine()
    const db = new sql.Database(bytes)
    const source = openSqlite(file)
    try {
      const listed = db
        .exec("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")[0]
        ?.values.map(([name]) => String(name))
      expect([...source.tables.keys()].sort()).toEqual([...(listed ?? [])].sort())
      for (const [name, info] of source.tables) {
        // Reals are compared value by value in the slow run; their text differs in form.
        const integral = info.columns.filter(
          (column) => db.exec(`SELECT 1 FROM "${name}" WHERE typeof("${column}") = 'real' LIMIT 1`).length === 0,
        )
        if (integral.length === 0) continue
        const expected = oracleSums(db, name, integral)
        expect(await scannerSums(source, name, integral), name).toEqual(expected)
        expect(info.rowCountHint).toBeGreaterThanOrEqual(expected.rows)
      }
      if (process.env['SEXTANT_SLOW'] === '1') {
        const found = await compareWithOracle(source, askOracle(sql, bytes) ?? new Map())
        expect([found.differences, found.errors, found.refusedByOracle]).toEqual([[], [], 0])
      }
    } finally {
      source.close()
      db.close()
    }
  })
}
