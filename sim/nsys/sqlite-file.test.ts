import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import initSqlJs, { type Database } from 'sql.js'
import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { SqliteFileWriter } from './sqlite-file.ts'
import type { SqlValue } from './sqlite-record.ts'

async function inDatabase<T>(write: (writer: SqliteFileWriter) => void, ask: (database: Database) => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  try {
    const path = join(folder, 'file.sqlite')
    const writer = new SqliteFileWriter(path)
    write(writer)
    writer.finish()
    const sqlJs = await initSqlJs()
    const database = new sqlJs.Database(readFileSync(path))
    try {
      return ask(database)
    } finally {
      database.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function randomValue(random: Random): SqlValue {
  const kind = random.integer(0, 6)
  if (kind === 0) return null
  if (kind === 1) return random.integer(-3, 3)
  if (kind === 2) return Math.floor((random.uniform() - 0.5) * 2 ** random.integer(1, 53))
  if (kind === 3) return random.uniform() * 1000 + 0.25
  if (kind === 4) return 'ß€x'.repeat(random.integer(0, random.integer(0, 20) === 0 ? 4000 : 10))
  if (kind === 5) return new Uint8Array(random.integer(0, random.integer(0, 20) === 0 ? 9000 : 30)).fill(7)
  return 'a'.repeat(random.integer(4000, 4100))
}

test('sql.js reads random rows back, overflow chains and several interior levels included', async () => {
  const random = new Random(11)
  const rows = Array.from({ length: 700 }, () => Array.from({ length: 4 }, () => randomValue(random)))
  const narrow = 200_000
  const answer = await inDatabase(
    (writer) => {
      const table = writer.table('T', 'CREATE TABLE T (a, b, c, d)')
      for (const row of rows) table.add(row)
      const many = writer.table('MANY', 'CREATE TABLE MANY (id INTEGER PRIMARY KEY, v INTEGER)')
      for (let index = 0; index < narrow; index++) many.add([null, index * 3], index * 2 + 5)
      writer.table('EMPTY', 'CREATE TABLE EMPTY (x TEXT)')
    },
    (database) => ({
      integrity: database.exec('PRAGMA integrity_check')[0]?.values,
      rows: database.exec('SELECT a, b, c, d FROM T')[0]?.values,
      many: database.exec('SELECT count(*), sum(v), min(id), max(id), sum(v = (id - 5) / 2 * 3) FROM MANY')[0]?.values,
      seek: database.exec('SELECT v FROM MANY WHERE id = 100005')[0]?.values,
      empty: database.exec('SELECT count(*) FROM EMPTY')[0]?.values,
    }),
  )
  expect(answer.integrity).toEqual([['ok']])
  expect(answer.rows).toEqual(rows)
  expect(answer.many).toEqual([[narrow, (3 * narrow * (narrow - 1)) / 2, 5, (narrow - 1) * 2 + 5, narrow]])
  expect(answer.seek).toEqual([[150_000]])
  expect(answer.empty).toEqual([[0]])
})

test('a schema of any length: none, one leaf, several', async () => {
  for (const count of [0, 1, 12, 400]) {
    const names = Array.from({ length: count }, (_, index) => `TABLE_${index}`)
    const answer = await inDatabase(
      (writer) => {
        for (const name of names)
          writer.table(name, `CREATE TABLE ${name} (${'a_long_column_name INTEGER, '.repeat(1)}b TEXT)`).add([1, name])
      },
      (database) => ({
        integrity: database.exec('PRAGMA integrity_check')[0]?.values,
        names: database.exec('SELECT name FROM sqlite_master')[0]?.values.flat() ?? [],
      }),
    )
    expect(answer).toEqual({ integrity: [['ok']], names })
  }
})

test('rowids must ascend', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const table = new SqliteFileWriter(join(folder, 'x')).table('T', 'CREATE TABLE T (a)')
  table.add([1], 5)
  expect(() => table.add([1], 5)).toThrow('rowid 5 after 5')
  rmSync(folder, { recursive: true })
})
