/** Publishes a campaign: tables, commit, copies; its id and place written back into SOURCE.md and summary.md. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { campaignRigor } from '#analysis/campaign/rigor.ts'
import { lakeRows } from '#analysis/lake/campaign-table.ts'
import { lakeGaps } from '#analysis/lake/gaps.ts'
import { microseconds, type Rows } from '#analysis/lake/lake-input.ts'
import { SextantError } from '#base/errors.ts'
import { inMarkdown } from '#base/markdown.ts'
import type { LakeCommit, LakeGap, LakePublish } from '#formats/lake/lake-answers.ts'
import { lakeTables } from '#formats/lake/tables.ts'
import { writeWhole } from '#platform/files.ts'
import { fieldKey, objectKey, publishCommit, readCommit, sha256Of, standingCommit } from '#store/lake/commits.ts'
import type { OpenedLake } from '#store/lake/open-lake.ts'
import { parquetFiles } from '#store/lake/parquet.ts'
import { writeSection } from '#store/marked-section.ts'
import { lakeFiles } from './lake-files.ts'

export interface PublishOptions {
  readonly folder: string
  readonly configRoot: string
  readonly lake: OpenedLake
  readonly ifExists: 'fail' | 'skip' | 'overwrite'
  readonly strict: boolean
  readonly dryRun: boolean
  readonly capturedAt?: string
  readonly nowUtc: string
}

/** Of every value in the tables' own order, but the time of publishing. */
function contentOf(rows: Rows): string {
  const hash = createHash('sha256')
  for (const { name, version, columns } of lakeTables) {
    hash.update(`${name} ${version}\n`)
    for (const row of rows.get(name) ?? []) hash.update(`${JSON.stringify(columns.map((column) => row[column.name] ?? null))}\n`)
  }
  return hash.digest('hex')
}

interface Built {
  readonly commit: LakeCommit
  readonly files: readonly Uint8Array[]
}

async function build(rows: Rows, about: Omit<LakeCommit, 'schema' | 'tables'>): Promise<Built> {
  const published = microseconds(about.published_at_utc)
  const tables = lakeTables.map((table) => ({
    table,
    rows: (rows.get(table.name) ?? []).map((row) => (table.name === 'atlas_v1' ? row : { ...row, published_at_utc: published })),
  }))
  // Published without a clock of its own: the same content at the same time gives the same bytes.
  const files = await parquetFiles(tables, { producer: 'sextant', campaign: about.campaign, gaps: JSON.stringify(about.gaps) })
  return {
    files,
    commit: {
      schema: 'lake-commit/1',
      ...about,
      tables: tables.map(({ table, rows: own }, index) => {
        const bytes = files[index] ?? new Uint8Array()
        const sha256 = sha256Of(bytes)
        return {
          table: table.name,
          rows: own.length,
          bytes: bytes.length,
          sha256,
          object: objectKey(table.name, sha256),
          key: fieldKey(table.name, about.dt, about.campaign),
        }
      }),
    },
  }
}

function refuseStrict(gaps: readonly LakeGap[]): void {
  if (gaps.length === 0) return
  throw new SextantError(
    'missing_data',
    `strict: ${gaps.length} gaps: ${gaps.map(({ gap, why }) => `${gap} (${why})`).join('; ')}`,
    'Close them, or publish without --strict: they are then recorded with the campaign.',
    { gaps: gaps.map(({ gap }) => gap) },
  )
}

function writeCache(folder: string, { commit, files }: Built): string[] {
  const written: string[] = []
  for (const [index, { table, sha256 }] of commit.tables.entries()) {
    const path = join(folder, 'lake-cache', `${table}.parquet`)
    const bytes = files[index] ?? new Uint8Array()
    if (existsSync(path) && sha256Of(readFileSync(path)) === sha256) continue
    writeWhole(path, bytes)
    written.push(`lake-cache/${table}.parquet`)
  }
  return written
}

async function writeBack(folder: string, shown: string, commit: LakeCommit): Promise<string[]> {
  const body = [
    `- Campaign: ${inMarkdown(commit.campaign)}`,
    `- Lake: ${inMarkdown(shown)}`,
    `- Published (UTC): ${commit.published_at_utc}, rigor ${commit.sol_rigor}`,
    ...commit.tables.map(({ table, rows, key }) => `- ${inMarkdown(table)}: ${rows} rows, ${inMarkdown(`${shown}/${key}`)}`),
    ...(commit.gaps.length === 0
      ? []
      : ['', 'Gaps that were published with it:', '', ...commit.gaps.map(({ gap, why }) => `- ${inMarkdown(gap)}: ${inMarkdown(why)}`)]),
  ].join('\n')
  return Promise.all(['SOURCE.md', 'summary.md'].map((name) => writeSection(join(folder, name), { id: 'lake', heading: 'Lake', body })))
}

const nextOf = (gaps: readonly LakeGap[]): LakePublish['next'] => {
  const [gap] = gaps
  return gap === undefined
    ? { lever: 'ask the lake', expectedUnlock: 'how this campaign stands among the others', gate: 'sextant lake query --named champions' }
    : { lever: `close the gap ${gap.gap}`, expectedUnlock: 'a row that others can build on', gate: gap.why }
}

export async function publishCampaign(options: PublishOptions): Promise<Omit<LakePublish, 'schema'>> {
  const { folder, configRoot, lake, ifExists, strict, dryRun, capturedAt, nowUtc } = options
  const { input, sources } = await lakeFiles(folder, configRoot, capturedAt)
  const gaps = lakeGaps(input)
  if (strict) refuseStrict(gaps)
  const rows = lakeRows(input)
  const content = contentOf(rows)
  const id = input.campaign.id
  // A damaged commit is an error that only an overwrite mends.
  const before = await (ifExists === 'overwrite' ? standingCommit : readCommit)(lake.store, id)
  const isSame = before?.content === content
  const about = {
    campaign: id,
    dt: input.capturedAtUtc.slice(0, 10),
    content,
    // Equal content keeps its time: publishing again changes no byte.
    published_at_utc: isSame ? before.published_at_utc : nowUtc,
    sol_rigor: campaignRigor(input.campaign).sol_rigor,
    gaps: isSame ? before.gaps : gaps,
  }
  const answer = { sources: [...sources], campaign: id, lake: lake.shown, dryRun, gaps, next: nextOf(gaps) }
  if (before !== undefined && !isSame && ifExists === 'skip')
    return { ...answer, outcome: 'skipped', commit: before, written: [], local: [] }
  if (before !== undefined && !isSame && ifExists === 'fail' && !dryRun)
    throw new SextantError(
      'usage',
      `${lake.shown} holds ${id} with other content, published at ${before.published_at_utc}`,
      'Replace it with --if-exists overwrite, or leave it with --if-exists skip.',
      { campaign: id },
    )
  const built = await build(rows, about)
  if (dryRun) return { ...answer, outcome: 'rehearsed', commit: built.commit, written: [], local: [] }
  const written = await publishCommit(lake.store, built, before)
  const local = [...writeCache(folder, built), ...(await writeBack(folder, lake.shown, built.commit))]
  const outcome = before === undefined ? 'published' : isSame ? 'unchanged' : 'replaced'
  return { ...answer, outcome, commit: built.commit, written, local }
}
