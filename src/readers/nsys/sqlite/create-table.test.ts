import { expect, test } from 'vitest'
import { parseCreateTable } from '#readers/nsys/sqlite/create-table.ts'

function columns(sql: string): string {
  return (parseCreateTable(sql)?.columns ?? []).map(({ name, position }) => `${name}=${position ?? 'rowid'}`).join(' ')
}

test('the comments that nsys writes into its statements are no columns', () => {
  const sql = `CREATE TABLE StringIds (
    -- Consolidation of repetitive string values, (once).

    id                          INTEGER   NOT NULL   PRIMARY KEY,      -- ID, reference value.
    value                       TEXT      NOT NULL                     -- String (value
)`
  expect(columns(sql)).toBe('id=rowid value=1')
})

test('every way of quoting a name', () => {
  expect(columns(`CREATE TABLE "t""1" ("a,""b" INT, [c )d] INT, \`e\`\`\` INT, 'f''' INT, naïve INT)`)).toBe(
    `a,"b=0 c )d=1 e\`=2 f'=3 naïve=4`,
  )
  expect(parseCreateTable('CREATE TABLE "t""1"(a)')?.name).toBe('t"1')
})

test('only INTEGER PRIMARY KEY is the rowid: not INT, not DESC, not a key of two columns, not WITHOUT ROWID', () => {
  expect(columns('CREATE TABLE t(a integer primary key autoincrement, b)')).toBe('a=rowid b=1')
  expect(columns('CREATE TABLE t(b, a INTEGER CONSTRAINT k NOT NULL PRIMARY KEY ASC)')).toBe('b=0 a=rowid')
  expect(columns('CREATE TABLE t(a INTEGER, b, PRIMARY KEY("A"))')).toBe('a=rowid b=1')
  expect(columns('CREATE TABLE t(a INT PRIMARY KEY, b)')).toBe('a=0 b=1')
  expect(columns('CREATE TABLE t(a INTEGER PRIMARY KEY DESC, b)')).toBe('a=0 b=1')
  expect(columns('CREATE TABLE t(a INTEGER, b INTEGER, PRIMARY KEY(a, b))')).toBe('a=0 b=1')
  const keyed = parseCreateTable('CREATE TABLE t(a INTEGER PRIMARY KEY, b) STRICT, WITHOUT ROWID')
  expect([keyed?.withoutRowid, keyed?.columns[0]?.position]).toEqual([true, 0])
})

test('virtual generated columns take no place in the record, stored ones do', () => {
  expect(columns('CREATE TABLE t(a, b GENERATED ALWAYS AS (a + 1), c INT AS (a) STORED, d AS (a, b) VIRTUAL, e)')).toBe('a=0 c=1 e=2')
})

test('constant defaults, after the affinity of their column', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['INT', undefined],
    ['INT DEFAULT 5', 5n],
    ['INT DEFAULT -5 NOT NULL', -5n],
    ['INT DEFAULT (+ 5)', 5n],
    ["INT DEFAULT '5'", 5n],
    ['TEXT DEFAULT 5', '5'],
    ['TEXT DEFAULT 1.50', '1.5'],
    ["TEXT DEFAULT 'it''s'", "it's"],
    ['REAL DEFAULT 1e3', 1000],
    ['DEFAULT NULL', undefined],
    ['DEFAULT true', 1n],
    ['DEFAULT 0x10', 16n],
    ['DEFAULT word', 'word'],
  ]
  for (const [declaration, value] of cases) {
    expect(parseCreateTable(`CREATE TABLE t(a ${declaration}, b)`)?.columns[0]?.fallback, declaration).toEqual({ value })
  }
  for (const declaration of ['DEFAULT (1 + 2)', 'DEFAULT CURRENT_TIMESTAMP', "DEFAULT x'00'", 'DEFAULT (abs(-1))']) {
    expect(parseCreateTable(`CREATE TABLE t(a ${declaration}, b)`)?.columns[0]?.fallback, declaration).toBe('unknown')
  }
})

test('text that is no CREATE TABLE is not guessed at', () => {
  for (const sql of [
    'CREATE TABLE t',
    'CREATE TABLE t(',
    "CREATE TABLE t(a 'open)",
    'CREATE TABLE t()',
    'CREATE TABLE t(a,)',
    'CREATE TABLE t(a \0)',
  ]) {
    expect(parseCreateTable(sql), sql).toBeUndefined()
  }
})
