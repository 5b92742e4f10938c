/** SQL over a lake, in DuckDB without the network. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { LakeQuery } from '#formats/lake/lake-answers.ts'
import { type LakeType, lakeTables } from '#formats/lake/tables.ts'
import { openDuckDb } from '#store/lake/duckdb.ts'
import type { OpenedLake } from '#store/lake/open-lake.ts'
import { quotedName, quotedText } from '#store/lake/parquet.ts'
import { type StagedLake, stageLake } from '#store/lake/stage.ts'

/** Questions with a name, so that nobody needs to know the tables for them. */
export const namedQueries = {
  campaigns:
    'SELECT campaign_id, title, focus, sol_rigor, dcgm_grounded, verdict_tier, recommended_cell, next_lever FROM campaign_v1 ORDER BY campaign_id',
  champions:
    'SELECT campaign_id, cell_id, champion_tier, focus, focus_c, focus_metric, pct_win_vs_baseline, sol_rigor FROM champion_v1 WHERE is_recommended ORDER BY campaign_id',
  best: "SELECT model, hardware, campaign_id, cell_id, concurrency, output_tps_per_gpu, tpot_median_ms FROM (SELECT *, row_number() OVER (PARTITION BY model, hardware ORDER BY output_tps_per_gpu DESC NULLS LAST, campaign_id, cell_id, concurrency) AS place FROM atlas_v1 WHERE status = 'full' AND output_tps_per_gpu IS NOT NULL) WHERE place = 1 ORDER BY model, hardware",
  levers:
    "SELECT campaign_id, lever, title, status, trial, outcome_measured, outcome_why FROM ledger_v1 WHERE status NOT IN ('DRAFT', 'staged') ORDER BY campaign_id, rank",
  cost: 'SELECT campaign_id, model, hardware, operating_point, concurrency, usd_per_1m_output_tokens, tokens_per_watt FROM cost_v1 ORDER BY usd_per_1m_output_tokens NULLS LAST, campaign_id, operating_point',
} as const
export type NamedQuery = keyof typeof namedQueries

const sqlTypes: Readonly<Record<LakeType, string>> = { str: 'VARCHAR', i64: 'BIGINT', f64: 'DOUBLE', bool: 'BOOLEAN', ts: 'TIMESTAMPTZ' }

/** Columns that the first file lacks are not lost (trap H11): files are united by name, and an empty one gives every column. */
function viewOf(name: string, files: readonly string[]): string {
  const table = lakeTables.find((each) => each.name === name)
  const empty =
    table?.columns.map(({ name: column, type }) => `CAST(NULL AS ${sqlTypes[type]}) AS ${quotedName(column)}`).join(', ') ?? 'NULL'
  const nothing = `SELECT ${empty} WHERE false`
  if (files.length === 0) return `CREATE VIEW ${quotedName(name)} AS ${nothing}`
  const list = files.map(quotedText).join(', ')
  return `CREATE VIEW ${quotedName(name)} AS ${nothing} UNION ALL BY NAME SELECT * FROM read_parquet([${list}], union_by_name = true)`
}

/** Our own text of an error: DuckDB's names the staged files. */
const problemOf = (error: unknown, folder: string): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(folder, 'lake').split('\n').slice(0, 3).join(' ')

export interface QueryOptions {
  readonly lake: OpenedLake
  readonly sql: string
  /** 0: all. */
  readonly limit: number
}

async function answer(staged: StagedLake, folder: string, sql: string) {
  const database = await openDuckDb([folder])
  try {
    for (const { name } of lakeTables) await database.run(viewOf(name, staged.files.get(name) ?? []))
    return await database.all(sql)
  } catch (error) {
    throw new SextantError(
      'query_refused',
      `DuckDB: ${problemOf(error, folder)}`,
      `Tables: ${lakeTables.map(({ name }) => name).join(', ')}; columns: DESCRIBE atlas_v1.`,
      {},
    )
  } finally {
    database.close()
  }
}

export async function queryLake({ lake, sql, limit }: QueryOptions): Promise<Omit<LakeQuery, 'schema'>> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-query-'))
  try {
    const staged = await stageLake(lake.store, folder)
    if (staged.commits.length === 0)
      throw new SextantError(
        'missing_data',
        `no campaign is published in ${lake.shown}`,
        'Publish one: sextant lake publish CAMPAIGN --lake LAKE.',
        {},
      )
    const { columns, rows } = await answer(staged, folder, sql)
    const shown = limit === 0 ? rows : rows.slice(0, limit)
    return {
      sources: [...staged.sources],
      lake: lake.shown,
      campaigns: staged.commits.map(({ campaign }) => campaign).sort(),
      sql,
      columns: [...columns],
      rows: shown.map((row) => row.map((value) => JSON.parse(JSON.stringify(value ?? null)))),
      omitted: rows.length - shown.length,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
