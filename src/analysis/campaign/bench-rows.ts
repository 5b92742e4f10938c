/** Rows of a cell from one benchmark result. */
import { runProblems } from '#analysis/trial/metric-value.ts'
import type { AtlasRow, CampaignCellConfig } from '#formats/campaign.ts'
import type { BenchCell, BenchResult } from '#model/bench-result.ts'
import { rowFigures, runCounts } from './bench-figures.ts'
import { rowFacts } from './row-facts.ts'

export interface RunIdentity {
  readonly campaign: string
  readonly cell: string
  readonly config?: CampaignCellConfig
  readonly trial?: string
  readonly node?: string
  /** Of results that do not say theirs. */
  readonly concurrency?: number
  /** As messages name the file. */
  readonly source: string
  readonly rawPath: string
  readonly rawSha256: string
}

export interface BenchRows {
  readonly rows: readonly AtlasRow[]
  readonly notes: readonly string[]
}

function trialOf(cell: BenchCell, given: string | undefined): string | undefined {
  if (cell.trial === undefined) return given
  return given === undefined ? `t${cell.trial}` : `${given}-t${cell.trial}`
}

function rowOf(cell: BenchCell, concurrency: number, result: BenchResult, about: RunIdentity): { row: AtlasRow; notes: readonly string[] } {
  const { facts, gpus, notes } = rowFacts(about.config, [...cell.context, ...result.context], about.source)
  const { figures, definitions } = rowFigures(cell, gpus)
  const invalid = runProblems(cell)
  const trial = trialOf(cell, about.trial)
  const row: AtlasRow = {
    campaign_id: about.campaign,
    cell_id: about.cell,
    ...facts,
    concurrency,
    ...figures,
    bench_backend: result.tool,
    ...(about.config === undefined ? {} : { backend: about.config.backend }),
    raw_path: about.rawPath,
    raw_sha256: about.rawSha256,
    ...(trial === undefined ? {} : { trial }),
    ...(about.node === undefined ? {} : { node: about.node }),
    ...(gpus === undefined ? {} : { n_gpus: gpus }),
    ...runCounts(cell),
    ...(invalid.length === 0 ? {} : { invalid: [...invalid] }),
    ...(Object.keys(definitions).length === 0 ? {} : { definitions }),
  }
  return { row, notes }
}

/** Points without a concurrency (a rate, a stage) are no row of an atlas, and are said. Throws `ambiguous` where GPUs are counted in two ways. */
export function benchRows(result: BenchResult, about: RunIdentity): BenchRows {
  const rows: AtlasRow[] = []
  const notes: string[] = []
  for (const cell of result.cells) {
    const concurrency = cell.concurrency ?? about.concurrency
    if (concurrency === undefined || !Number.isInteger(concurrency) || concurrency < 1) {
      notes.push(`${about.source} ${cell.id}: no concurrency, which is the key of a row`)
      continue
    }
    const made = rowOf(cell, concurrency, result, about)
    rows.push(made.row)
    notes.push(...made.notes)
    if (made.row.n_gpus === undefined) notes.push(`${about.source} ${cell.id}: how many GPUs served is not known: no figure per GPU`)
    const asked = about.config?.concurrencies
    if (asked !== undefined && !asked.includes(concurrency))
      notes.push(`${about.source} ${cell.id}: concurrency ${concurrency} was not asked for`)
  }
  return { rows, notes: [...new Set(notes)] }
}
