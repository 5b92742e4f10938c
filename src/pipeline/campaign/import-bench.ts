/** Benchmark results, and artifacts of profilers, into a cell. */
import { join } from 'node:path'
import { aggregateRows } from '#analysis/campaign/aggregate.ts'
import { benchRows } from '#analysis/campaign/bench-rows.ts'
import { SextantError } from '#base/errors.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { type ImportRecord, keepRaw } from '#store/campaign/cell-writer.ts'
import type { CellTarget } from './import-run.ts'

export interface BenchFiles {
  /** As opened. */
  readonly paths: readonly string[]
  readonly trial?: string
  readonly node?: string
  readonly concurrency?: number
  readonly kind: 'bench' | 'variant'
  readonly dryRun: boolean
}

/** Names inside `raw/`: by trial, so that results of two runs with one name both stay. */
const rawName = (name: string, trial: string | undefined): string => {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '')
  return trial === undefined ? plain : `${trial.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}/${plain}`
}

export async function bringBench(
  target: CellTarget,
  cell: string,
  files: BenchFiles,
): Promise<{ rows: AtlasRow[]; records: ImportRecord[]; notes: string[] }> {
  const rows: AtlasRow[] = []
  const records: ImportRecord[] = []
  const notes: string[] = []
  const names = sourceNames(files.paths)
  for (const [index, path] of files.paths.entries()) {
    const shown = names[index] ?? path
    const opened = await openCapture(path, { needs: [] })
    const result = opened.capture.benchResult
    if (result === undefined)
      throw new SextantError(
        'missing_data',
        `${shown} holds no result of a load generator: it is a capture of kind ${opened.capture.kind}`,
        'Give captures of profilers with --kernels or --ncu, and what DCGM measured with --dcgm.',
        { kind: opened.capture.kind },
      )
    const name = rawName(shown.split('/').at(-1) ?? shown, files.trial)
    const identity = {
      campaign: target.campaignId,
      cell: target.cell,
      source: shown,
      ...(target.config === undefined ? {} : { config: target.config }),
      ...(files.trial === undefined ? {} : { trial: files.trial }),
      ...(files.node === undefined ? {} : { node: files.node }),
      ...(files.concurrency === undefined ? {} : { concurrency: files.concurrency }),
    }
    // Rows before the copy: a file that gives none must leave nothing behind.
    const made = benchRows(result, { ...identity, rawPath: `raw/${name}`, rawSha256: opened.sha256 })
    if (made.rows.length === 0)
      throw new SextantError(
        'missing_data',
        `${shown} has no point with a concurrency: ${made.notes.join('; ')}`,
        'Say it: sextant campaign import --concurrency N.',
      )
    const kept = files.dryRun ? { sha256: opened.sha256, redactions: 0 } : keepRaw(cell, path, shown, name)
    rows.push(...made.rows.map((row) => ({ ...row, raw_sha256: kept.sha256 })))
    notes.push(...made.notes)
    records.push({
      kind: files.kind,
      source: `raw/${name}`,
      sha256: kept.sha256,
      ...(files.trial === undefined ? {} : { trial: files.trial }),
      rows: made.rows.length,
      ...(kept.redactions === 0 ? {} : { redactions: kept.redactions }),
      notes: [...made.notes],
    })
  }
  // Two files of one point without trial names: said before anything is merged.
  aggregateRows(target.cell, rows)
  return { rows, records, notes }
}

export const cellPath = (target: CellTarget): string => join(target.campaign, 'cells', target.cell)
