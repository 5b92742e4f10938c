/** The frame of every import: reads the campaign, makes the change under its lock, and records why where it fails (trap H18). */
import { join } from 'node:path'
import { aggregateRows } from '#analysis/campaign/aggregate.ts'
import { cellStanding } from '#analysis/campaign/cell-status.ts'
import { isSextantError, type SextantError } from '#base/errors.ts'
import type { AtlasRow, CampaignCellConfig, CellImports, CellStatus } from '#formats/campaign.ts'
import type { CampaignImport } from '#formats/campaign-answers.ts'
import { beginCell, type CellContent, type ImportRecord, inCampaign, readCell, writeCell } from '#store/campaign/cell-writer.ts'
import { knownArms } from './campaign-config.ts'

export interface CellTarget {
  /** Folder of the campaign, as opened. */
  readonly campaign: string
  readonly campaignId: string
  readonly cell: string
  readonly config?: CampaignCellConfig
}

export interface Brought {
  readonly rows: readonly AtlasRow[]
  readonly records: readonly ImportRecord[]
  readonly files?: Readonly<Record<string, string>>
}

export type ImportedCell = CampaignImport['cells'][number]

/** The same result again: not a second row. */
const sameRow = (a: AtlasRow, b: AtlasRow): boolean =>
  a.raw_sha256 !== undefined && a.raw_sha256 === b.raw_sha256 && a.concurrency === b.concurrency && (a.trial ?? '') === (b.trial ?? '')

function merged(before: CellContent, { rows, records }: Brought): { rows: AtlasRow[]; added: AtlasRow[]; imports: CellImports } {
  const added = rows.filter((row) => !before.rows.some((each) => sameRow(each, row)))
  const isNew = (record: ImportRecord) =>
    !before.imports.imports.some((each) => each.kind === record.kind && each.sha256 === record.sha256 && each.trial === record.trial)
  const replaced = (each: ImportRecord) =>
    ['kernels', 'ncu', 'dcgm', 'decode-budget'].includes(each.kind) &&
    records.some((record) => record.kind === each.kind && record.sha256 !== each.sha256)
  return {
    rows: [...before.rows, ...added].sort((a, b) => a.concurrency - b.concurrency || ((a.trial ?? '') < (b.trial ?? '') ? -1 : 1)),
    added,
    imports: {
      schema: 'campaign_cell_imports/1',
      imports: [...before.imports.imports.filter((each) => !replaced(each)), ...records.filter(isNew)],
    },
  }
}

/** Codes that say something about what was brought, not about how it was asked for. */
const ofTheFile: ReadonlySet<SextantError['code']> = new Set([
  'unknown_format',
  'empty_file',
  'truncated_file',
  'corrupt_file',
  'newer_format',
  'unsupported_format',
  'missing_data',
])

/** @param bring makes rows and files; raw files may be copied in it, for they are named by content. */
export async function importInto(target: CellTarget, dryRun: boolean, bring: (cell: string) => Promise<Brought>): Promise<ImportedCell> {
  const path = join(target.campaign, 'cells', target.cell)
  if (dryRun) return standing(target, merged(readCell(path), await bring(path)), [])
  return inCampaign(target.campaign, async () => {
    beginCell(target.campaign, target.cell)
    try {
      const brought = await bring(path)
      const next = merged(readCell(path), brought)
      // Ambiguous rows are refused before they are written.
      if (!/-(?:decode|prefill)$/.test(target.cell)) aggregateRows(target.cell, next.rows)
      const answer = standing(target, next, [])
      const written = writeCell(path, { ...next, status: answer.status, ...(brought.files === undefined ? {} : { files: brought.files }) })
      return { ...answer, written }
    } catch (error) {
      if (isSextantError(error) && ofTheFile.has(error.code)) keepProblem(target, 'import', error.message)
      throw error
    }
  })
}

function standing(target: CellTarget, { rows, added, imports }: ReturnType<typeof merged>, written: string[]): ImportedCell {
  const { status, missing } = cellStanding(target.config, rows)
  const present = rows.length - added.length
  // A sweep chooses its own points: nothing of it can be missing.
  if (imports.imports.some(({ kind }) => kind === 'roofline-sweep'))
    return { cell: target.cell, status: 'full', missing: [], added, present, written }
  return { cell: target.cell, status, missing: [...missing], added, present, written }
}

type Stage = NonNullable<CellImports['problem']>['stage']

/** A cell that failed says at which stage and why; rows that it has stay. */
function keepProblem(
  target: CellTarget,
  stage: Stage,
  reason: string,
  status?: CellStatus,
): { status: CellStatus; written: string[]; missing: number[] } {
  const path = beginCell(target.campaign, target.cell)
  const before = readCell(path)
  const { status: found, missing } = cellStanding(target.config, before.rows)
  const said = status ?? found
  const written = writeCell(path, { rows: before.rows, status: said, imports: { ...before.imports, problem: { stage, reason } } })
  return { status: said, written, missing: [...missing] }
}

/** `--status failed --stage bench --reason …`: nothing was measured, and that is a result of the campaign. */
export async function recordProblem(target: CellTarget, stage: Stage, reason: string, dryRun: boolean): Promise<ImportedCell> {
  const before = readCell(join(target.campaign, 'cells', target.cell))
  const { status: found, missing } = cellStanding(target.config, before.rows)
  const status = stage === 'evicted' ? 'evicted' : found
  const base = { cell: target.cell, status, missing: [...missing], added: [], present: before.rows.length, problem: `${stage}: ${reason}` }
  if (dryRun) return { ...base, written: [] }
  const { written } = await inCampaign(target.campaign, () => keepProblem(target, stage, reason, status))
  return { ...base, written }
}

export const targetOf = (campaign: string, cell: string): CellTarget => ({ campaign, cell, ...knownArms(campaign, cell) })
