/** The WebAssembly decoder against the careful reader: the same columns, tuples and losses, whatever stands in the rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSqlite } from '#readers/nsys/sqlite/open-sqlite.ts'
import type { ColumnBatch, ColumnRequest } from '#readers/nsys/table-source.ts'
import { seededRandom } from '../../../../../tests/fuzz/mutate.ts'
import { sqlEngine } from '../../../../../tests/support/sqlite-oracle.ts'
import { openMachine } from './machine.ts'
import { runsOf } from './tuple-memo.ts'

const COLUMNS = 37 // three vectors of serial types, the last one not full
const seed = Number(process.env['SEXTANT_SEED'] ?? 20261128)
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-machine-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Value = number | bigint | string | null

/** An integer of any width, now and then something else. */
function randomValue(random: () => number): Value {
  const kind = random()
  if (kind < 0.2) return null
  if (kind < 0.3) return Math.floor(random() * 2)
  if (kind < 0.32) return random() * 1e6 - 5e5
  if (kind < 0.33) return `${Math.floor(random() * 1000)}`
  if (kind < 0.34) return 'no number'
  const bits = BigInt(Math.floor(random() * 63) + 1)
  const value = BigInt(Math.floor(random() * 2 ** 52)) * 4093n
  return BigInt.asIntN(64, (random() < 0.5 ? -1n : 1n) * BigInt.asUintN(Number(bits), value))
}

async function written(name: string, rows: readonly (readonly Value[])[]): Promise<string> {
  const sql = await sqlEngine()
  const db = new sql.Database()
  const names = Array.from({ length: COLUMNS }, (_, index) => `c${index}`)
  db.run(`CREATE TABLE t(${names.join(', ')})`)
  const statement = db.prepare(`INSERT INTO t VALUES (${names.map(() => '?').join(', ')})`)
  // sql.js binds no 64-bit integers: their digits go through a cast.
  const wide = db.prepare(
    `INSERT INTO t VALUES (${names.map((_, index) => `CASE typeof(?${index + 1}) WHEN 'blob' THEN CAST(CAST(?${index + 1} AS TEXT) AS INTEGER) ELSE ?${index + 1} END`).join(', ')})`,
  )
  for (const row of rows) {
    if (row.some((value) => typeof value === 'bigint'))
      wide.run(row.map((value) => (typeof value === 'bigint' ? Buffer.from(String(value)) : value)))
    else statement.run(row.map((value) => (typeof value === 'bigint' ? Number(value) : value)))
  }
  const path = join(folder, `${name}.sqlite`)
  writeFileSync(path, db.export())
  db.close()
  return path
}

const requests: readonly ColumnRequest[] = [
  ...[0, 3, 15, 16, 17, 31, 32, 36].map((at): ColumnRequest => ({ name: `c${at}`, type: 'number' })),
  ...[1, 18, 35].map((at): ColumnRequest => ({ name: `c${at}`, type: 'id64' })),
  // Neighbours, of which three may be longer together than what the program compares at once.
  ...[5, 6, 7, 33].map((at): ColumnRequest => ({ name: `c${at}`, type: 'number' })),
  { name: 'c20', type: 'id64' },
]
const tuples = [[11, 12, 14, 13], [15, 11], [9]]

/** Every value that the scan delivers, as text, and its losses. */
async function delivered(path: string, codeGeneration: boolean | 'script'): Promise<unknown> {
  const source = openSqlite(path, { codeGeneration, batchRows: 700 })
  const rows: string[] = []
  try {
    const { losses } = await source.scan(
      't',
      requests,
      (batch) => {
        for (let row = 0; row < batch.rows; row++) {
          const values = requests.flatMap(({ type }, index): unknown[] => {
            if (tuples.some((parts) => parts.includes(index))) return []
            if (type === 'number') return [batch.number(index)[row]]
            const { hi, lo, isNull } = batch.id64(index)
            return [hi[row], lo[row], isNull[row]]
          })
          const seen = tuples.flatMap((parts, index) => {
            const { indices, tuples: known } = batch.tuple(index)
            const tuple = indices[row] ?? -1
            return parts.flatMap((at, part) => [
              known.at(tuple, part),
              ...(requests[at]?.type === 'id64' ? [known.lowAt(tuple, part)] : []),
            ])
          })
          rows.push([...values, '|', ...seen].join(' '))
        }
      },
      { tuples },
    )
    return { rows, losses }
  } finally {
    source.close()
  }
}

test(`random rows are the same with every decoder (seed ${seed})`, async () => {
  const source = seededRandom(seed)
  const random = (): number => source.next() / 2 ** 32
  // Few distinct tuples, as names and lanes are; then more than the memo holds.
  const pool = Array.from({ length: 40 }, () => Array.from({ length: COLUMNS }, () => randomValue(random)))
  const few = Array.from({ length: 800 }, (_, index) => {
    const row = pool[Math.floor(random() * pool.length)] ?? []
    return row.map((value, at) => (at === 0 ? index : at === 16 ? randomValue(random) : value))
  })
  const many = Array.from({ length: 9000 }, (_, index) => Array.from({ length: COLUMNS }, (_, at) => (at * 7 + (index % 8700)) * (at + 1)))
  const short = Array.from({ length: 3 }, () => Array.from({ length: COLUMNS }, () => null))
  const path = await written('random', [...few, ...many, ...few, ...short])
  const expected = (await delivered(path, false)) as { rows: string[] }
  expect(expected.rows.length).toBe(10_603)
  expect(await delivered(path, 'script')).toEqual(expected)
  expect(await delivered(path, true)).toEqual(expected)
})

test('the program itself reads plain rows, and stops at the first that is not', async () => {
  const plain = [0, 1, 2, -3, 200, -40_000, 8_000_000, -2_000_000_000, 2 ** 40, null, 0.5]
  const rows = Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, at) => (at < 36 ? (plain[(at + row) % plain.length] ?? null) : row)),
  )
  const path = await written('plain', [...rows, Array.from({ length: COLUMNS }, () => 'text')])
  const bytes = (await readFile(path)).subarray(4096, 8192) // page 2: the only leaf of a table of few rows
  const wanted = [4, 30, 36].map((position) => ({ type: 'number' as const, position, fallback: 'unknown' as const }))
  const machine = openMachine({ wanted, tuples: [] }, 100, 65536, 4061)
  if (machine === undefined) throw new Error('no machine')
  bytes.copy(machine.pages)
  const cells = bytes.readUInt16BE(3)
  expect(cells).toBe(13)
  expect(machine.run(0, 4096, 8, 8 + cells * 2, cells, 0)).toBe(12)
  const column = machine.placed.columns[2]
  expect(column?.type === 'number' ? [...column.values.subarray(0, 12)] : []).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('a tuple that was learned is known from then on, and every other is asked for', async () => {
  const places = [5, 6, 7, 20]
  const rows = Array.from({ length: 30 }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, at) => (row % 3 === 2 && at === 6 ? null : at + (row % 3) * 300)),
  )
  const bytes = (await readFile(await written('known', rows))).subarray(4096, 8192)
  const wanted = places.map((position) => ({ type: 'number' as const, position, fallback: 'unknown' as const }))
  const machine = openMachine({ wanted, tuples: [[0, 1, 2, 3]] }, 100, 65536, 4061)
  if (machine === undefined) throw new Error('no machine')
  bytes.copy(machine.pages)
  const parts = machine.placed.columns.map((column) => (column.type === 'number' ? column.values : new Float64Array(1)))
  const batch = { rows: 1, firstRow: 0, number: (index: number) => parts[index] ?? new Float64Array(1) } as unknown as ColumnBatch
  const reached: number[] = []
  for (let row = 0; row < 30; ) {
    row = machine.run(0, 4096, 8 + row * 2, 8 + 60, 30 - row, row)
    reached.push(row)
    // What the careful reader does.
    for (const [index, place] of places.entries()) parts[index]?.fill(rows[row]?.[place] ?? Number.NaN)
    if (row < 30) machine.learn(batch, row)
    if (row < 30) row++
  }
  expect(reached).toEqual([0, 1, 2, 30])
  expect([...(machine.placed.tuples[0]?.indices.subarray(0, 30) ?? [])]).toEqual(rows.map((_, row) => row % 3))
})

test('neighbours are one run of at most four columns, whatever their order', () => {
  expect(runsOf([7, 2, 3, 5, 2])).toEqual([
    { first: 2, columns: 2 },
    { first: 5, columns: 1 },
    { first: 7, columns: 1 },
  ])
  expect(runsOf([10, 11, 12, 13, 14])).toEqual([
    { first: 10, columns: 4 },
    { first: 14, columns: 1 },
  ])
})
