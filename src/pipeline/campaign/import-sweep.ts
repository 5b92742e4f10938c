/** A roofline sweep bundle into the cells `<arm>-decode` and `<arm>-prefill`. */
import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { rowFacts } from '#analysis/campaign/row-facts.ts'
import { pointWarning, sweepPoint, sweepRow } from '#analysis/campaign/sweep-lines.ts'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import type { AtlasRow, RooflineSweep } from '#formats/campaign.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'
import { keepRaw } from '#store/campaign/cell-writer.ts'
import { type CellTarget, type ImportedCell, importInto } from './import-run.ts'

const phases = ['decode', 'prefill'] as const
type Phase = (typeof phases)[number]

interface SweepFile {
  readonly path: string
  readonly phase: Phase
}

/** @param given a folder with decode_sweep.jsonl and prefill_sweep.jsonl, or one such file. */
function sweepFiles(given: string, path: string): SweepFile[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const candidates = isFolder ? phases.map((phase) => ({ phase, path: join(path, `${phase}_sweep.jsonl`) })) : []
  const phase = phases.find((each) => basename(path).includes(each))
  const files = isFolder ? candidates.filter((each) => existsSync(each.path)) : phase === undefined ? [] : [{ phase, path }]
  if (files.length > 0) return files
  throw new SextantError(
    'missing_data',
    `${given} holds no roofline sweep`,
    'Give the folder with decode_sweep.jsonl (a line per concurrency) and prefill_sweep.jsonl (a line per ISL), or one of these files.',
  )
}

function pointsOf({ path, phase }: SweepFile) {
  const name = basename(path)
  const read = readTextFile(path, name)
  if (read.state !== 'read') throw new SextantError('file_not_found', `there is no ${name}`, 'Check the path.')
  const lines = read.text.split('\n').map((line, index) => ({ line: line.trim(), where: `${name} line ${index + 1}` }))
  const points = lines
    .filter(({ line }) => line !== '')
    .map(({ line, where }) => {
      let value: unknown
      try {
        value = JSON.parse(line)
      } catch (error) {
        throw new SextantError('corrupt_file', `${where} is no JSON`, 'Write the sweep again, or take the line out.', {}, error)
      }
      return sweepPoint(value, phase, where)
    })
  if (points.length === 0) throw new SextantError('empty_file', `${name} has no line`, 'Write the sweep again.')
  return { points, sha256: createHash('sha256').update(read.text).digest('hex') }
}

export interface SweepImport {
  readonly cells: readonly ImportedCell[]
  readonly notes: readonly string[]
  readonly sources: readonly { path: string; sha256: string }[]
}

/** @param arm the cell of config.yaml that was swept. */
export async function importSweep(arm: CellTarget, given: string, path: string, dryRun: boolean): Promise<SweepImport> {
  const { facts, gpus } = rowFacts(arm.config, [], basename(path))
  const cells: ImportedCell[] = []
  const notes: string[] = []
  const sources: { path: string; sha256: string }[] = []
  // Both files are read before either cell is touched.
  const read = sweepFiles(given, path).map((file) => ({ file, ...pointsOf(file) }))
  for (const { file, points, sha256 } of read) {
    const id = `${arm.cell}-${file.phase}`
    const name = basename(file.path)
    const warnings = points.flatMap((point) => pointWarning(point) ?? [])
    const about: Partial<AtlasRow> & { cell_id: string } = {
      campaign_id: arm.campaignId,
      cell_id: id,
      ...facts,
      ...(gpus === undefined ? {} : { n_gpus: gpus }),
    }
    const sweep: RooflineSweep = {
      schema: 'roofline_sweep_points_v1',
      cell_id: id,
      phase: file.phase,
      hw_key: facts.hardware ?? null,
      n_gpus: gpus ?? null,
      model: facts.model ?? null,
      quant: facts.quant ?? null,
      kv_dtype: facts.kv_cache_dtype ?? null,
      tensor_parallel: facts.tensor_parallel ?? null,
      points,
      source: { path: `raw/${name}`, sha256 },
    }
    const imported = await importInto({ ...arm, cell: id }, dryRun, async (cell) => {
      if (!dryRun) keepRaw(cell, file.path, name, name)
      return {
        rows: points.flatMap(
          (point, index) => sweepRow(point, { ...about, raw_sha256: sha256, raw_path: `raw/${name}`, trial: `p${index + 1}` }) ?? [],
        ),
        records: [{ kind: 'roofline-sweep', source: `raw/${name}`, sha256, rows: points.length, notes: warnings }],
        files: { 'roofline_sweep.json': jsonText(sweep) },
      }
    })
    cells.push(imported)
    notes.push(...warnings.map((warning) => `${id} ${warning}`))
    if (gpus === undefined) notes.push(`${id}: tensor_parallel of ${arm.cell} is not said in config.yaml: nothing can be given per GPU`)
    sources.push({ path: name, sha256 })
  }
  return { cells, notes, sources }
}
