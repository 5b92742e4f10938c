/** Reads a campaign's folder (facts/formats.md section 8) whole. */
import { createHash } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import * as z from 'zod'
import { aggregateRows, withoutNulls } from '#analysis/campaign/aggregate.ts'
import { SextantError } from '#base/errors.ts'
import {
  type CampaignConfig,
  campaignVerdictSchema,
  cellImportsSchema,
  cellQualitySchema,
  cellStatusSchema,
  normalizedSchema,
  rooflineSweepSchema,
} from '#formats/campaign.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import { kernelsJsonSchema } from '#formats/kernels-json.ts'
import { ncuKernelsJsonSchema } from '#formats/ncu-kernels-json.ts'
import { provenanceSchema } from '#formats/provenance.ts'
import type { SourceReference } from '#formats/source.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { type ReadArtifact, readJsonFile, readTextFile } from '#store/campaign/cell-artifacts.ts'
import { cellIds } from '#store/cell-files.ts'
import { parseCampaignConfig } from './config-file.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const capturedSourcesSchema = z.looseObject({ captured_sources: z.array(z.string()) })

/** Collects what is read of one folder, with hashes, and what could not be. */
class Folder {
  readonly sources: SourceReference[] = []
  readonly unreadable: { path: string; reason: string }[] = []
  readonly path: string
  readonly prefix: string

  constructor(path: string, prefix: string) {
    this.path = path
    this.prefix = prefix
  }

  json<T>(name: string, schema: z.ZodType<T>): T | undefined {
    return this.#kept(name, readJsonFile(join(this.path, name), this.prefix + name, schema))
  }

  text(name: string): string | undefined {
    return this.#kept(name, readTextFile(join(this.path, name), this.prefix + name))
  }

  #kept<T>(name: string, read: ReadArtifact<T>): T | undefined {
    if (read.state === 'unreadable') this.unreadable.push({ path: this.prefix + name, reason: read.reason })
    if (read.state !== 'read') return undefined
    this.sources.push({ path: this.prefix + name, sha256: sha256(read.text) })
    return read.value
  }
}

const present = <K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, T>)

function armOf(id: string, config: CampaignConfig): string {
  if (config.cells.some((cell) => cell.id === id)) return id
  return /^(.+)-(?:decode|prefill)$/.exec(id)?.[1] ?? id
}

function statusOf(folder: Folder): CampaignCell['status'] | undefined {
  const word = folder.text('status.txt')?.trim()
  if (word === undefined) return undefined
  const parsed = cellStatusSchema.safeParse(word)
  if (parsed.success) return parsed.data
  folder.unreadable.push({ path: `${folder.prefix}status.txt`, reason: 'says none of full, partial, failed, evicted' })
  return undefined
}

function loadCell(campaign: string, id: string, config: CampaignConfig): { cell: CampaignCell; sources: readonly SourceReference[] } {
  const folder = new Folder(join(campaign, 'cells', id), `cells/${id}/`)
  const arm = armOf(id, config)
  const imports = folder.json('import.json', cellImportsSchema)
  const rows = (folder.json('normalized.json', normalizedSchema) ?? []).map(withoutNulls)
  const roofline = folder.json('roofline_sweep.json', rooflineSweepSchema)
  const kind = roofline !== undefined || arm !== id ? 'roofline' : 'bench'
  const points = kind === 'roofline' ? [] : aggregateRows(id, rows)
  const cell: CampaignCell = {
    id,
    arm,
    kind,
    // A row is evidence that something ran; nothing at all is still planned.
    status: statusOf(folder) ?? (rows.length > 0 ? 'partial' : 'planned'),
    imports: imports?.imports ?? [],
    rows,
    points,
    capturedSources: folder.json('capture_sources.json', capturedSourcesSchema)?.captured_sources ?? [],
    ...present('problem', imports?.problem),
    ...present(
      'config',
      config.cells.find((each) => each.id === arm),
    ),
    ...present('kernels', folder.json('kernels.json', kernelsJsonSchema)),
    ...present('ncu', folder.json('ncu_kernels.json', ncuKernelsJsonSchema)),
    ...present('dcgm', folder.json('dcgm_correlation.json', dcgmCorrelationSchema)),
    ...present('roofline', roofline),
    ...present('quality', folder.json('quality.json', cellQualitySchema)),
    unreadable: folder.unreadable,
  }
  return { cell, sources: folder.sources }
}

const planned = (config: CampaignConfig, index: number): CampaignCell => {
  const cell = config.cells[index]
  if (cell === undefined) throw new Error('a cell that is not there')
  const empty = { imports: [], rows: [], points: [], capturedSources: [], unreadable: [] }
  return { id: cell.id, arm: cell.id, kind: 'bench', config: cell, status: 'planned', ...empty }
}

/**
 * @param path folder of the campaign. Throws `missing_data` without config.yaml, `corrupt_file` for a damaged one, `ambiguous` for rows that
 * cannot be told apart; every other damaged file is named in its cell's `unreadable`.
 */
export function loadCampaign(path: string): Campaign {
  const top = new Folder(path, '')
  const text = top.text('config.yaml')
  const id = basename(resolve(path))
  if (text === undefined)
    throw new SextantError('missing_data', `the campaign ${id} has no config.yaml`, 'Begin it with: sextant campaign init --config FILE.', {
      campaign: id,
    })
  const { config, notes } = parseCampaignConfig(text, 'config.yaml')
  const verdict = top.json('verdict.json', campaignVerdictSchema)
  const provenance = top.json('provenance.json', provenanceSchema)
  const loaded = cellIds(path).map((cell) => loadCell(path, cell, config))
  const missing = config.cells.flatMap((cell, index) =>
    loaded.some(({ cell: { id: has } }) => has === cell.id) ? [] : [planned(config, index)],
  )
  return {
    id: provenance?.identity.run_id ?? id,
    config,
    ...present('provenance', provenance),
    ...present('verdict', verdict),
    cells: [...loaded.map(({ cell }) => cell), ...missing].sort((a, b) => (a.id < b.id ? -1 : 1)),
    sources: [...top.sources, ...loaded.flatMap(({ sources }) => sources)].sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes: [...notes, ...top.unreadable.map(({ path: name, reason }) => `${name} ${reason}: not used`)],
  }
}
