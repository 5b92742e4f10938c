/** Every table by three readers that know nothing of each other: DuckDB (through `lake query`), hyparquet, and pyarrow where a Python has it. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decompress } from 'fzstd'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LakePublish } from '../../src/formats/lake/lake-answers.ts'
import { type LakeColumn, lakeTables } from '../../src/formats/lake/tables.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { type LakeCampaign, lakeCampaign } from '../support/lake-campaign.ts'

const root = mkdtempSync(join(tmpdir(), 'sextant-lake-readers-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let campaign: LakeCampaign
let published: LakePublish

/** A campaign in which every table has rows: with a champion, a quality and a trial besides what the example holds. */
beforeAll(async () => {
  campaign = lakeCampaign(root)
  cpSync(join(checkoutRoot, 'examples/trial-two-engines'), join(root, 'trial'), { recursive: true })
  const quality = [{ metric_kind: 'accuracy', metric_name: 'gsm8k', metric_value: 0.914 }]
  writeFileSync(join(root, 'campaign/cells/tp8/quality.json'), JSON.stringify(quality))
  for (const args of [
    ['champion-select', 'campaign'],
    ['campaign', 'import-trial', './trial', '--campaign', 'campaign', '--cell-a', 'not-yet-run', '--cell-b', 'tp8-w4'],
  ]) {
    const { status, answer } = await campaign.run(args)
    expect(status, JSON.stringify(answer.error)).toBeLessThan(2)
  }
  const { answer } = await campaign.publish()
  expect(answer.error).toBeUndefined()
  published = answer
}, 120_000)

interface Sum {
  readonly count: number
  readonly sum: number
}

const pathOf = (table: string): string => join(root, 'lake', published.commit.tables.find((each) => each.table === table)?.key ?? '')

/** Sums of text are of its bytes, of times of its microseconds: every value counts. */
const sqlSum = ({ name, type }: LakeColumn): string => {
  const column = `"${name}"`
  const value = type === 'str' ? `strlen(${column})` : type === 'ts' ? `epoch_us(${column})` : type === 'bool' ? `${column}::INT` : column
  return `count(${column}), CAST(coalesce(sum(${value}), 0) AS DOUBLE)`
}

async function byDuckDb(table: string, columns: readonly LakeColumn[]): Promise<Map<string, Sum>> {
  const { answer } = await campaign.query(`SELECT ${columns.map(sqlSum).join(', ')} FROM ${table}`)
  const row = (answer.rows?.[0] ?? []).map(Number)
  return new Map(columns.map(({ name }, index) => [name, { count: row[2 * index] ?? Number.NaN, sum: row[2 * index + 1] ?? Number.NaN }]))
}

function worth(value: unknown): number {
  if (value instanceof Date) return value.getTime() * 1000
  if (typeof value === 'string') return Buffer.byteLength(value)
  return Number(value)
}

async function byHyparquet(table: string, columns: readonly LakeColumn[]): Promise<Map<string, Sum>> {
  const bytes = readFileSync(pathOf(table))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer // a Buffer of its own memory
  const rows = await parquetReadObjects({ file, compressors: { ZSTD: (input: Uint8Array) => decompress(input) } })
  return new Map(
    columns.map(({ name }) => {
      const values = rows.flatMap((row) => (row[name] === null || row[name] === undefined ? [] : [worth(row[name])]))
      return [name, { count: values.length, sum: values.reduce((a, b) => a + b, 0) }]
    }),
  )
}

/** Sums of the same numbers in another order differ in their last bits. */
function expectEqualSums(table: string, one: ReadonlyMap<string, Sum>, other: ReadonlyMap<string, Sum>): number {
  for (const [name, { count, sum }] of one) {
    const there = other.get(name)
    expect([name, there?.count], table).toEqual([name, count])
    expect(Math.abs((there?.sum ?? Number.NaN) - sum) <= 1e-12 * Math.abs(sum), `${table}.${name}: ${sum} and ${there?.sum}`).toBe(true)
  }
  expect(other.size).toBe(one.size)
  return one.size
}

test('DuckDB and hyparquet read equal counts and sums of every column of every table, and every table has rows', async () => {
  let compared = 0
  for (const { name, columns } of lakeTables) {
    expect(published.commit.tables.find(({ table }) => table === name)?.rows, name).toBeGreaterThan(0)
    compared += expectEqualSums(name, await byDuckDb(name, columns), await byHyparquet(name, columns))
  }
  process.stdout.write(`figure: ${compared} columns of ${lakeTables.length} tables: DuckDB and hyparquet agree\n`)
  expect(compared).toBe(lakeTables.reduce((sum, { columns }) => sum + columns.length, 0))
})

const pythons = [process.env['SEXTANT_BENCH_PEERS'], 'python3'].filter((each) => each !== undefined && each !== '')
const python = pythons.find((each) => spawnSync(each ?? '', ['-c', 'import pyarrow']).status === 0)
const why = python === undefined ? ' (absent: no Python with pyarrow; SEXTANT_BENCH_PEERS names one)' : ''
test.skipIf(python === undefined)(`pyarrow reads the same counts and sums${why}`, async () => {
  const run = spawnSync(python ?? '', [join(checkoutRoot, 'tests/support/read-lake.py'), ...lakeTables.map(({ name }) => pathOf(name))], {
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  const tables: { rows: number; columns: Record<string, Sum> }[] = JSON.parse(run.stdout)
  let compared = 0
  for (const [index, { name, columns }] of lakeTables.entries()) {
    const read = tables[index]
    expect(Object.keys(read?.columns ?? {}), name).toEqual(columns.map((column) => column.name))
    compared += expectEqualSums(name, await byHyparquet(name, columns), new Map(Object.entries(read?.columns ?? {})))
  }
  process.stdout.write(`figure: ${compared} columns: pyarrow agrees\n`)
})

test('a row is found by the key that its table names', async () => {
  for (const { name, key } of lakeTables) {
    const { answer } = await campaign.query(`SELECT count(*), count(DISTINCT (${key.join(', ')})) FROM ${name}`)
    const [rows, keys] = answer.rows?.[0] ?? []
    expect(keys, `${name} by ${key.join(', ')}`).toBe(rows)
  }
})

test('ledger_v1, verdict_v1, budget_v1 and roofline_v1 say what the files of the campaign say', async () => {
  const own = (place: string) => JSON.parse(readFileSync(join(root, 'campaign', place), 'utf8'))
  const { ledger, focus } = own('findings/synthesis-20261101T100000Z.json')
  const levers = await campaign.query('SELECT rank, lever, status, effect_metric, effect_low, effect_high, focus FROM ledger_v1')
  expect(levers.answer.rows).toEqual(
    ledger.flatMap(({ rank, lever, status, effects }: { rank: number; lever: string; status: string; effects: never[] }) =>
      effects.map(({ metric, change }: { metric: string; change: { low: number; high: number } }) => [
        ...[rank, lever, status, metric, change.low, change.high, focus],
      ]),
    ),
  )
  const budget = own('cells/tp8-mtp/decode_budget.json').devices[0]
  const parts = await campaign.query(
    "SELECT round(sum(part_ms), 6), any_value(round(step_ms, 6)), round(sum(share_ratio), 9), count(*) FROM budget_v1 WHERE cell_id = 'tp8-mtp'",
  )
  const step = Number((budget.cadenceNs.meanNs / 1e6).toFixed(6))
  expect(parts.answer.rows).toEqual([[step, step, 1, Object.keys(budget.parts).length]])
  const verdict = own(`trials/${readTrials()[0]}`)
  const verdicts = await campaign.query('SELECT verdict, standing, improvement_ratio, pairs_counted FROM verdict_v1')
  expect(verdicts.answer.rows).toEqual([[verdict.verdict, verdict.standing, verdict.improvementRatio ?? null, verdict.pairs.counted]])
  const peaks = await campaign.query(
    'SELECT DISTINCT compute_peak_pflops_per_gpu, hbm_peak_tbps_per_gpu, round(ridge_ai, 3) FROM roofline_v1',
  )
  // b200_hgx of configs/sol-ceilings.yaml: FP8 dense and HBM3e.
  const [[flops, bytes, ridge] = []] = peaks.answer.rows
  expect([peaks.answer.rows.length, flops]).toEqual([1, 4.5])
  expect(Number(ridge)).toBeCloseTo(4.5e15 / (Number(bytes) * 1e12), 2)
  const unknown = await campaign.query(
    'SELECT count(arithmetic_intensity), count(achieved_tflops_per_gpu), count(hbm_delivered_pct) FROM roofline_v1',
  )
  expect(unknown.answer.rows).toEqual([[0, 0, 0]])
})

function readTrials(): string[] {
  return published.sources
    .map(({ path }) => path)
    .filter((path) => path.startsWith('trials/'))
    .map((path) => path.slice('trials/'.length))
}

test('trap H2: what was not measured is null in every reader, never 0', async () => {
  const { answer } = await campaign.query(
    "SELECT count(*), count(tpot_median_ms), count(itl_avg_ms) FROM atlas_v1 WHERE cell_id = 'tp8-old-client'",
  )
  expect(answer.rows).toEqual([[4, 0, 0]])
  const champions = await campaign.query("SELECT slo_verdict, tpot_median_ms FROM champion_v1 WHERE cell_id = 'tp8-old-client'")
  expect(champions.answer.rows).toEqual([['NO-DATA', null]])
})

test('trap H11: a glob over files of which the first lacks columns loses them without union_by_name; the views of lake query do not', async () => {
  // An older file, published before the table had all its columns, sorts first.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const database = await (await DuckDBInstance.create(':memory:')).connect()
  const atlas = pathOf('atlas_v1')
  const older = join(root, 'glob/0.parquet')
  mkdirSync(join(root, 'glob'))
  cpSync(atlas, join(root, 'glob/1.parquet'))
  await database.run(`COPY (SELECT campaign_id, cell_id FROM read_parquet('${atlas}') LIMIT 3) TO '${older}' (FORMAT parquet)`)
  const columns = async (options: string) =>
    (await database.runAndReadAll(`SELECT * FROM read_parquet('${join(root, 'glob')}/*.parquet'${options})`)).columnNames().length
  const full = lakeTables.find(({ name }) => name === 'atlas_v1')?.columns.length
  expect([await columns(''), await columns(', union_by_name = true')]).toEqual([2, full])
  const { answer } = await campaign.query('SELECT * FROM atlas_v1')
  expect(answer.columns.length).toBe(full)
  database.closeSync()
})
