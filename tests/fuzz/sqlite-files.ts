/** Small random SQLite files of every shape that a writer can give them, made by sql.js. */
import type { Database, SqlJsStatic } from 'sql.js'
import type { Random } from './mutate.ts'

export interface RandomFile {
  readonly bytes: Uint8Array
  readonly what: string
}

/** Names as a person might spell them; every way of quoting occurs. */
const columnNames = [
  'start',
  '"end"',
  'deviceId',
  '[stream Id]',
  '`corr``elation`',
  '"a ""quoted"" name"',
  "'single'",
  'naïve',
  '日本',
  '"with,comma"',
  '"(bracket"',
  'default_value',
  '"-- no comment"',
]
const types = [
  'INTEGER',
  'INT',
  'BIGINT',
  'TEXT',
  'REAL',
  'BLOB',
  '',
  'VARCHAR(20)',
  'DECIMAL(10, 2)',
  'UNSIGNED BIG INT',
  '/* a comment, (here */ INTEGER',
  'TEXT -- ends here,\n',
]
const constraints = [
  '',
  '',
  '',
  ' NOT NULL DEFAULT 7',
  " DEFAULT 'it''s'",
  ' CHECK (1 > 0 OR (2, 3) = (2, 3))',
  ' COLLATE NOCASE',
  ' CONSTRAINT named DEFAULT (-5)',
  ' REFERENCES other(id) ON DELETE SET NULL',
]
const addedDefaults = [
  '',
  ' DEFAULT 5',
  ' DEFAULT -7',
  " DEFAULT 'text'",
  ' DEFAULT NULL',
  ' DEFAULT 1.5',
  ' DEFAULT +2',
  ' DEFAULT (3)',
  ' DEFAULT 9007199254740993',
  ' DEFAULT true',
  ' DEFAULT 0x1F',
  ` DEFAULT '12'`,
  ' DEFAULT word',
  ' NOT NULL DEFAULT 9',
  ` DEFAULT " 4 "`,
]

const integerWidths = [
  0n,
  1n,
  2n,
  127n,
  128n,
  32767n,
  32768n,
  8388607n,
  8388608n,
  2147483647n,
  2147483648n,
  140737488355327n,
  140737488355328n,
  9007199254740993n,
  9223372036854775807n,
]

function integer(random: Random): string {
  const value = random.pick(integerWidths) - BigInt(random.below(3))
  return String(random.below(3) === 0 ? -value - BigInt(random.below(2)) : value)
}

function text(random: Random): string {
  const letters = ['a', 'Z', '<', ' ', 'é', '日', '🚀', "''", '::', '\n']
  const length = random.pick([0, 1, 5, 40, 57, 58, 70, 200, random.below(300), random.below(4000), random.below(9000)])
  let result = ''
  for (let i = 0; i < length; i++) result += random.below(4) === 0 ? random.pick(letters) : 'k'
  return `'${result}'`
}

function blob(random: Random): string {
  let result = ''
  const length = random.pick([0, 1, 8, 60, random.below(3000)])
  for (let i = 0; i < length; i++) result += random.below(256).toString(16).padStart(2, '0')
  return `x'${result}'`
}

function value(random: Random): string {
  const kind = random.below(10)
  if (kind < 5) return integer(random)
  if (kind === 5) return 'NULL'
  if (kind === 6) return random.pick(['1.5', '-2.25e300', '3.0', '1e-310', '-0.0', '123456789.125', '9e999'])
  if (kind === 7) return random.below(4) === 0 ? blob(random) : '0'
  // Bytes that are not UTF-8 occur in real exports.
  if (kind === 8 && random.below(4) === 0) return `CAST(${blob(random)} AS TEXT)`
  return text(random)
}

function unique(random: Random, count: number): string[] {
  const left = [...columnNames]
  const names: string[] = []
  while (names.length < count) names.push(left.splice(random.below(left.length), 1)[0] ?? `c${names.length}`)
  return names
}

interface Table {
  readonly name: string
  readonly insertable: string[]
  added: number
}

function createTable(db: Database, random: Random, name: string): Table {
  const columns = unique(random, 1 + random.below(columnNames.length - 1))
  // Every writable column takes NULL; NOT NULL with a default gets a value.
  const parts = columns.map((column) => `${column} ${random.pick(types)}${random.pick(constraints)}`)
  const insertable = columns.filter((_, i) => !(parts[i] ?? '').includes('NOT NULL'))
  if (random.below(2) === 0)
    parts.splice(
      random.below(parts.length),
      0,
      `id ${random.pick(['INTEGER PRIMARY KEY', 'integer not null primary key autoincrement', '"INTEGER" PRIMARY KEY', 'INT PRIMARY KEY', 'INTEGER PRIMARY KEY DESC'])}`,
    )
  else if (random.below(3) === 0) parts.push('id INTEGER', `PRIMARY KEY (${random.pick(['id', 'ID', '"id" ASC'])})`)
  if (random.below(4) === 0)
    parts.splice(random.below(parts.length), 0, `gen ANY GENERATED ALWAYS AS (1 + 1)${random.pick(['', ' VIRTUAL'])}`)
  if (random.below(4) === 0) parts.splice(random.below(parts.length), 0, `kept AS (length('abc')) STORED`)
  // Table constraints must follow the columns.
  parts.sort((left, right) => Number(left.startsWith('PRIMARY KEY')) - Number(right.startsWith('PRIMARY KEY')))
  db.run(`CREATE TABLE ${name} (\n  ${parts.join(',\n  ')}\n)`)
  return { name, insertable, added: 0 }
}

/** Some random statements are refused (rowids used up, a comment that swallows a bracket): the file is as valid without them. */
function attempt(db: Database, statement: string): void {
  try {
    db.run(statement)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Error') throw error
  }
}

function insertRows(db: Database, random: Random, table: Table, count: number): void {
  for (let i = 0; i < count; i++) {
    if (table.insertable.length === 0) attempt(db, `INSERT INTO ${table.name} DEFAULT VALUES`)
    else
      attempt(
        db,
        `INSERT OR IGNORE INTO ${table.name} (${table.insertable.join(', ')}) VALUES (${table.insertable.map(() => value(random)).join(', ')})`,
      )
  }
  if (random.below(8) === 0)
    attempt(
      db,
      `INSERT OR IGNORE INTO ${table.name} (rowid) VALUES (${random.pick(['-5', '9223372036854775807', '4611686018427387904', '300'])})`,
    )
}

function change(db: Database, random: Random, table: Table): void {
  const kind = random.below(6)
  if (kind === 0) attempt(db, `DELETE FROM ${table.name} WHERE rowid % ${2 + random.below(4)} = 0`)
  else if (kind < 4) {
    const column = `added${table.added++}`
    attempt(db, `ALTER TABLE ${table.name} ADD COLUMN ${column} ${random.pick(types)}${random.pick(addedDefaults)}`)
    table.insertable.push(column)
  } else if (kind === 4) attempt(db, 'VACUUM')
  insertRows(db, random, table, random.below(30))
}

/** One file of one to four tables, with an index, a view and a table WITHOUT ROWID beside them at times. */
export function randomDatabase(sql: SqlJsStatic, random: Random, rows = 150): RandomFile {
  const db = new sql.Database()
  const pageSize = random.pick([512, 512, 1024, 4096, 4096, 8192, 65536])
  const vacuum = random.below(3)
  db.run(`PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${vacuum}`)
  const names = ['plain', '"quoted ""table"""', '[CUPTI KERNEL]', '`back`'].slice(0, 1 + random.below(4))
  if (random.below(2) === 0) db.run('CREATE TABLE keyed (a TEXT PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO keyed VALUES (1, 2)')
  const tables = names.map((name) => createTable(db, random, name))
  for (const table of tables) {
    insertRows(db, random, table, random.pick([0, 1, random.below(rows), rows]))
    for (let i = random.below(3); i > 0; i--) change(db, random, table)
  }
  const first = tables[0]
  if (first?.insertable[0] !== undefined && random.below(3) === 0) db.run(`CREATE INDEX byfirst ON ${first.name} (${first.insertable[0]})`)
  if (first !== undefined && random.below(4) === 0) db.run(`CREATE VIEW seen AS SELECT * FROM ${first.name}`)
  const bytes = db.export()
  db.close()
  return { bytes, what: `page size ${pageSize}, auto_vacuum ${vacuum}, ${tables.length} tables, ${bytes.length} bytes` }
}
