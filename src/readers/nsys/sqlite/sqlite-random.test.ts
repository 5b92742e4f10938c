/** Random valid files made by C SQLite: the scanner agrees on every value, with generated code and without. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import { seededRandom } from '../../../../tests/fuzz/mutate.ts'
import { randomDatabase } from '../../../../tests/fuzz/sqlite-files.ts'
import { askOracle, compareWithOracle, sqlEngine } from '../../../../tests/support/sqlite-oracle.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files = process.env['SEXTANT_SLOW'] === '1' ? 2000 : 40
const seed = Number(process.env['SEXTANT_SEED'] ?? 20261122)

test(`${files} random files equal sql.js on every value (seed ${seed})`, async () => {
  const sql = await sqlEngine()
  const random = seededRandom(seed)
  let values = 0
  for (let i = 0; i < files; i++) {
    const { bytes, what } = randomDatabase(sql, random)
    const path = join(folder, `${i}.sqlite`)
    writeFileSync(path, bytes)
    const oracle = askOracle(sql, bytes)
    expect(oracle, what).toBeDefined()
    for (const codeGeneration of [true, 'script', false] as const) {
      const source = openSqlite(path, { codeGeneration, batchRows: i % 2 === 0 ? 64 : 65536 })
      try {
        const found = await compareWithOracle(source, oracle ?? new Map())
        expect(found.differences, `file ${i}, code generation ${codeGeneration}: ${what}`).toEqual([])
        // The one table WITHOUT ROWID is refused by name; C SQLite reads it.
        expect(found.errors.filter((code) => code !== 'unsupported_format')).toEqual([])
        expect(found.refusedByOracle, what).toBe(0)
        for (const [name, { rows }] of oracle ?? []) expect(source.tables.get(name)?.rowCountHint).toBeGreaterThanOrEqual(rows?.length ?? 0)
        values += found.values
      } finally {
        source.close()
      }
    }
    rmSync(path)
  }
  expect(values).toBeGreaterThan(files * 1000)
})
