import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'sql.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { SextantError } from '#base/errors.ts'
import { openSqlite, type SqliteOptions } from '#readers/nsys/sqlite/open-sqlite.ts'
import type { ColumnRequest } from '#readers/nsys/table-source.ts'
import { sqlEngine } from '../../../../tests/support/sqlite-oracle.ts'

let folder = ''
let fileNumber = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function saved(bytes: Uint8Array): string {
  const path = join(folder, `${fileNumber++}.sqlite`)
  writeFileSync(path, bytes)
  return path
}

async function made(...statements: string[]): Promise<Uint8Array> {
  const sql = await sqlEngine()
  const db: Database = new sql.Database()
  for (const statement of statements) db.run(statement)
  const bytes = db.export()
  db.close()
  return bytes
}

/** Enough rows for two levels of pages. */
async function kernels(): Promise<Uint8Array> {
  return made(
    'PRAGMA page_size = 512',
    'CREATE TABLE k(start INTEGER, name TEXT)',
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO k SELECT i * 1000, 'kernel ' || i FROM n",
    'CREATE TABLE other(a)',
    'INSERT INTO other VALUES (7)',
  )
}

async function errorOf(action: () => unknown): Promise<SextantError> {
  try {
    await action()
  } catch (error) {
    if (error instanceof SextantError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

async function column(path: string, table: string, request: ColumnRequest, options?: SqliteOptions) {
  const source = openSqlite(path, options)
  const values: unknown[] = []
  try {
    const { losses } = await source.scan(table, [request], (batch) => {
      for (let row = 0; row < batch.rows; row++) {
        if (request.type === 'number') values.push(batch.number(0)[row])
        else if (request.type === 'text') values.push(batch.text(0)[row])
        else values.push([batch.id64(0).hi[row], batch.id64(0).lo[row], batch.id64(0).isNull[row]])
      }
    })
    return { values, losses: losses.map(({ code, count }) => `${code} ${count}`) }
  } finally {
    source.close()
  }
}

test('files that are not whole SQLite files are refused by name, with a fix', async () => {
  const whole = await kernels()
  const utf16 = await made("PRAGMA encoding = 'UTF-16le'", 'CREATE TABLE t(a)')
  const newer = whole.slice()
  newer[19] = 3
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) & 255)
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(0), 'empty_file'],
    [noise, 'unknown_format'],
    [whole.slice(0, 60), 'truncated_file'],
    [whole.slice(0, 300), 'truncated_file'],
    [whole.slice(0, whole.length - 512), 'truncated_file'],
    [utf16, 'unsupported_format'],
    [newer, 'newer_format'],
  ]
  for (const [bytes, code] of cases) {
    const error = await errorOf(() => openSqlite(saved(bytes)))
    expect(error.code).toBe(code)
    expect(error.hint).toMatch(/^(Export|Check|Convert)/)
    expect(error.message).not.toContain(folder)
  }
})

test('a cut file says how many pages are missing', async () => {
  const whole = await kernels()
  const error = await errorOf(() => openSqlite(saved(whole.slice(0, whole.length - 5 * 512 - 1))))
  expect(error.details).toMatchObject({ missing: 6, pages: whole.length / 512 })
  expect(error.hint).toContain('nsys export')
})

test('a non-empty -wal or hot -journal beside the file means that its newest rows are elsewhere', async () => {
  const path = saved(await kernels())
  writeFileSync(`${path}-wal`, new Uint8Array(0))
  writeFileSync(`${path}-journal`, new Uint8Array(512))
  openSqlite(path).close()
  writeFileSync(`${path}-wal`, new Uint8Array(32))
  const locked = await errorOf(() => openSqlite(path))
  expect([locked.code, locked.hint]).toEqual(['locked_file', expect.stringContaining('wal_checkpoint')])
  rmSync(`${path}-wal`)
  writeFileSync(`${path}-journal`, Uint8Array.from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 1]))
  expect((await errorOf(() => openSqlite(path))).code).toBe('locked_file')
})

test('damage of a table that nobody reads is nobody’s trouble; read, it names table and page', async () => {
  const bytes = await kernels()
  // Page 2 is the root of k: right-most child and first child point at itself.
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(512 + 8, 2)
  const path = saved(bytes)
  expect((await column(path, 'other', { name: 'a', type: 'number' })).values).toEqual([7])
  const error = await errorOf(() => column(path, 'k', { name: 'start', type: 'number' }))
  expect([error.code, error.details['table'], error.details['page']]).toEqual(['corrupt_file', 'k', 2])
})

test('a table WITHOUT ROWID is refused only when asked for', async () => {
  const path = saved(await made('CREATE TABLE keyed(a PRIMARY KEY) WITHOUT ROWID', 'CREATE TABLE plain(a)', 'INSERT INTO plain VALUES (1)'))
  expect((await column(path, 'plain', { name: 'a', type: 'number' })).values).toEqual([1])
  expect((await errorOf(() => column(path, 'keyed', { name: 'a', type: 'number' }))).code).toBe('unsupported_format')
})

test('numbers stored as text are numbers, exact as id64', async () => {
  const path = saved(
    await made(
      'CREATE TABLE t(id TEXT)',
      "INSERT INTO t VALUES ('1767189312123456789'), ('-7'), ('2.5'), ('4e2'), ('0x10'), (''), ('12 kernels')",
    ),
  )
  const numbers = await column(path, 't', { name: 'id', type: 'number' })
  expect(numbers.values).toEqual([1767189312123456800, -7, 2.5, 400, Number.NaN, Number.NaN, Number.NaN])
  expect(numbers.losses).toEqual(['rounded-integer 1', 'not-a-number 3'])
  const ids = await column(path, 't', { name: 'id', type: 'id64' })
  expect(ids.values.slice(0, 2)).toEqual([
    [Number(1767189312123456789n >> 32n), Number(1767189312123456789n & 0xffffffffn), 0],
    [-1, 4294967289, 0],
  ])
})

test('ids beyond 2^53 keep every bit as id64; as numbers they are rounded and counted', async () => {
  const path = saved(
    await made(
      'CREATE TABLE t(id)',
      "INSERT INTO t VALUES (-144115188075855872), (281474976710657), (9007199254740993), (NULL), ('x'), (1.5), (3.0)",
    ),
  )
  const ids = await column(path, 't', { name: 'id', type: 'id64' })
  expect(ids.values).toEqual([
    [-33554432, 0, 0],
    [65536, 1, 0],
    [2097152, 1, 0],
    [0, 0, 1],
    [0, 0, 1],
    [0, 0, 1],
    [0, 3, 0],
  ])
  expect(ids.losses).toEqual(['not-a-number 2'])
  const numbers = await column(path, 't', { name: 'id', type: 'number' })
  expect(numbers.values).toEqual([-(2 ** 57), 281474976710657, 9007199254740992, Number.NaN, Number.NaN, 1.5, 3])
  expect(numbers.losses).toEqual(['rounded-integer 1', 'not-a-number 1'])
  expect((await column(path, 't', { name: 'id', type: 'text' })).values).toEqual([
    '-144115188075855872',
    '281474976710657',
    '9007199254740993',
    undefined,
    'x',
    '1.5',
    '3',
  ])
})

test('long texts follow their overflow pages and are cut between characters', async () => {
  const path = saved(
    await made(
      'PRAGMA page_size = 512',
      'CREATE TABLE t(before, a TEXT, after)',
      "INSERT INTO t VALUES (1, replace(hex(zeroblob(5000)), '00', 'é'), 42)",
    ),
  )
  expect((await column(path, 't', { name: 'a', type: 'text' })).values).toEqual(['é'.repeat(5000)])
  expect((await column(path, 't', { name: 'after', type: 'number' })).values).toEqual([42])
  expect(await column(path, 't', { name: 'a', type: 'text' }, { maxTextBytes: 1001 })).toEqual({
    values: ['é'.repeat(500)],
    losses: ['text-cut 1'],
  })
})

test('invalid UTF-8 becomes replacement characters, not an error', async () => {
  const path = saved(await made('CREATE TABLE t(a TEXT)', "INSERT INTO t VALUES (CAST(x'61ff62' AS TEXT)), (CAST(x'efbbbf61' AS TEXT))"))
  expect((await column(path, 't', { name: 'a', type: 'text' })).values).toEqual(['a\ufffdb', '\ufeffa'])
})

test('batches tile the table in order', async () => {
  const source = openSqlite(saved(await kernels()), { batchRows: 64 })
  let next = 0
  const { rows } = await source.scan('k', [{ name: 'start', type: 'number' }], (batch) => {
    expect(batch.firstRow).toBe(next)
    expect(batch.number(0)[0]).toBe((next + 1) * 1000)
    next += batch.rows
  })
  expect([rows, next, source.tables.get('k')?.rowCountHint]).toEqual([500, 500, 500])
  source.close()
})

test('where the runtime forbids generated code, the interpreting reader takes over', async () => {
  const path = saved(await kernels())
  let refused = 0
  function Refusing(): never {
    refused++
    throw new EvalError('Code generation from strings disallowed for this context')
  }
  vi.stubGlobal('Function', Refusing)
  try {
    const { values } = await column(path, 'k', { name: 'start', type: 'number' })
    expect([refused > 0, values.length, values[499]]).toEqual([true, 500, 500_000])
  } finally {
    vi.unstubAllGlobals()
  }
})
