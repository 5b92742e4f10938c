/** A variant A/B: the runs of a trial as rows of two cells, one per arm. */
import { join } from 'node:path'
import { recordedRow } from '#analysis/campaign/recorded-run.ts'
import { isSextantError, SextantError } from '#base/errors.ts'
import { type TrialRun, trialJudgementSchema } from '#formats/trial.ts'
import { writeWhole } from '#platform/files.ts'
import { hashPath } from '#platform/hashing.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'
import { type ImportRecord, inCampaign } from '#store/campaign/cell-writer.ts'
import { readTrial, requireArtifacts, runName } from '#store/trials/trial-folder.ts'
import { bringBench } from './import-bench.ts'
import { type CellTarget, type ImportedCell, importInto } from './import-run.ts'

export interface VariantImport {
  readonly cells: readonly ImportedCell[]
  readonly notes: readonly string[]
  readonly sources: readonly { path: string; sha256: string }[]
}

/** The result itself where it can be read again; else the figures that its record keeps, with their definitions. */
async function runRows(target: CellTarget, cell: string, folder: string, run: TrialRun, dryRun: boolean, concurrency: number) {
  const trial = runName(run)
  const node = run.facts['node'] === undefined ? {} : { node: run.facts['node'] }
  try {
    return await bringBench(target, cell, { paths: [join(folder, run.artifact.path)], trial, kind: 'variant', dryRun, ...node })
  } catch (error) {
    if (!isSextantError(error) || !['unknown_format', 'missing_data'].includes(error.code)) throw error
    const source = run.artifact.path
    const { row, notes } = recordedRow(run, {
      campaign: target.campaignId,
      cell: target.cell,
      trial,
      source,
      concurrency,
      ...(target.config === undefined ? {} : { config: target.config }),
    })
    const record: ImportRecord = { kind: 'variant', source, sha256: run.artifact.sha256, trial, rows: 1, notes: [...notes] }
    return { rows: [{ ...row, ...node }], records: [record], notes: [...notes] }
  }
}

/** Pairs of A against A measure the floor; only A against B are results of the arms. */
async function rowsOf(
  target: CellTarget,
  folder: string,
  runs: readonly TrialRun[],
  label: string,
  concurrency: number,
  dryRun: boolean,
): Promise<{ imported: ImportedCell; notes: string[] }> {
  const notes: string[] = []
  const imported = await importInto(target, dryRun, async (cell) => {
    const all = []
    for (const run of runs) {
      const made = await runRows(target, cell, folder, run, dryRun, concurrency)
      notes.push(...made.notes)
      // What the trial's own rules exclude counts nowhere.
      const rows = made.rows.map((row) => ({
        ...row,
        variant_key: row.variant_key ?? label,
        ...(run.invalid.length === 0 ? {} : { invalid: [...new Set([...(row.invalid ?? []), ...run.invalid])] }),
      }))
      all.push({ rows, records: made.records })
    }
    return { rows: all.flatMap(({ rows }) => rows), records: all.flatMap(({ records }) => records) }
  })
  return { imported, notes }
}

/** What the trial proved goes with its runs: `trials/<trial>.json` of the campaign, from which the lake and the report take it. */
async function keepVerdict(campaign: string, trial: string, { path }: { path: string }): Promise<void> {
  const verdict = readJsonFile(join(path, 'verdict.json'), 'verdict.json', trialJudgementSchema)
  if (verdict.state === 'absent') return
  if (verdict.state === 'unreadable')
    throw new SextantError('corrupt_file', `verdict.json of ${trial} ${verdict.reason}`, 'Judge the trial again: sextant trial judge.', {
      trial,
    })
  await inCampaign(campaign, () => writeWhole(join(campaign, 'trials', `${trial}.json`), verdict.text))
}

export async function importTrial(
  a: CellTarget,
  b: CellTarget,
  trial: { path: string; shown: string },
  dryRun: boolean,
): Promise<VariantImport> {
  const { plan, runs } = readTrial(trial.path, trial.shown)
  requireArtifacts(trial.path, trial.shown, runs)
  const paired = runs.filter(({ kind }) => kind === 'ab')
  if (paired.length === 0)
    throw new SextantError(
      'missing_data',
      `${trial.shown} has no run of A against B yet`,
      'Run it (sextant trial run), or record its results.',
    )
  const cells: ImportedCell[] = []
  const notes: string[] = []
  for (const [target, arm] of [
    [a, 'A'],
    [b, 'B'],
  ] as const) {
    const made = await rowsOf(
      target,
      trial.path,
      paired.filter((run) => run.arm === arm),
      plan.arms[arm].label,
      plan.concurrency,
      dryRun,
    )
    cells.push(made.imported)
    notes.push(...made.notes)
  }
  if (!dryRun) await keepVerdict(a.campaign, plan.trial, trial)
  const sources = await Promise.all(
    paired.map(async ({ artifact }) => ({ path: artifact.path, sha256: await hashPath(join(trial.path, artifact.path)) })),
  )
  return { cells, notes: [...new Set(notes)], sources }
}
