/** What a report of an evidence bundle is made of: the field’s artifacts in it, as one cell, and what was said about them. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type * as z from 'zod'
import type { ReportSubject } from '#analysis/report/report-subject.ts'
import { SextantError } from '#base/errors.ts'
import { type AtlasRow, rooflineSweepSchema } from '#formats/campaign.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import { type InferencePerfbench, inferencePerfbenchSchema } from '#formats/inference-perfbench.ts'
import { kernelsJsonSchema } from '#formats/kernels-json.ts'
import { ncuKernelsJsonSchema } from '#formats/ncu-kernels-json.ts'
import type { CampaignCell } from '#model/campaign.ts'
import { provenanceOf } from '#pipeline/campaign/provenance-block.ts'
import { loadShippedCeilings } from '#pipeline/ceilings.ts'
import { bundleOf } from '#pipeline/synthesis/bundle-identity.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'
import { decodeBudgets, Extras, findingsIn, ledgerIn, newestSynthesis, peaksOf } from './report-extras.ts'

/** Where the field puts what its tools export (facts/formats.md section 5). */
const places = ['', 'profiles/', 'ncu-profiles/', 'zymtrace/', 'raw/']

function firstOf<T>(extras: Extras, name: string, schema: z.ZodType<T>): T | undefined {
  for (const place of places) {
    const found = extras.json(`${place}${name}`, schema)
    if (found !== undefined) return found
  }
  return undefined
}

/** A point per concurrency. Per GPU is not said: the file names no number of GPUs. */
function pointsOf(id: string, bench: InferencePerfbench | undefined): AtlasRow[] {
  return Object.entries(bench?.metrics ?? {})
    .map(([concurrency, cell]): AtlasRow => {
      const figures = {
        ttft_median_ms: cell.ttft_p50_ms,
        itl_avg_ms: cell.itl_p50_ms,
        output_tps_per_user: cell.tps_per_user,
        requests: cell.requests,
        errors: cell.errors,
        deployment_output_tps: cell.throughput_toks_per_s,
      }
      const said = Object.entries(figures).filter(([, value]) => typeof value === 'number')
      return {
        cell_id: id,
        concurrency: Number(concurrency),
        ...Object.fromEntries(said),
        ...(cell.runs === undefined ? {} : { trials: cell.runs.length }),
      }
    })
    .filter((row) => Object.keys(row).length > 2)
    .sort((a, b) => a.concurrency - b.concurrency)
}

function cellOf(id: string, extras: Extras): CampaignCell {
  const kernels = firstOf(extras, 'kernels.json', kernelsJsonSchema)
  const ncu = firstOf(extras, 'ncu_kernels.json', ncuKernelsJsonSchema)
  const dcgm = firstOf(extras, 'dcgm_correlation.json', dcgmCorrelationSchema)
  const roofline = firstOf(extras, 'roofline_sweep.json', rooflineSweepSchema)
  const rows = pointsOf(id, firstOf(extras, 'inference_perfbench_v1.json', inferencePerfbenchSchema))
  return {
    id,
    arm: id,
    kind: 'bench',
    status: [kernels, ncu, dcgm, roofline].some((each) => each !== undefined) || rows.length > 0 ? 'partial' : 'planned',
    imports: [],
    rows,
    points: rows,
    capturedSources: [],
    unreadable: [],
    ...(kernels === undefined ? {} : { kernels }),
    ...(ncu === undefined ? {} : { ncu }),
    ...(dcgm === undefined ? {} : { dcgm }),
    ...(roofline === undefined ? {} : { roofline }),
  }
}

function provenanceIn(folder: string, extras: Extras): Pick<ReportSubject, 'provenance'> {
  const source = readTextFile(join(folder, 'SOURCE.md'), 'SOURCE.md')
  const found = source.state === 'read' ? provenanceOf(source.text) : { state: 'absent' as const }
  if (found.state === 'unreadable') extras.notes.push(`SOURCE.md: ${found.reason}`)
  return found.state === 'read' ? { provenance: found.provenance } : {}
}

/** @param shown the bundle as the caller named it. Throws `file_not_found` where it is no folder. */
export function readBundleSubject(folder: string, shown: string, configRoot: string): ReportSubject {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new SextantError(
      'file_not_found',
      `${shown} is no folder`,
      'Give the folder of an evidence bundle: sextant evidence init makes one.',
    )
  const { family, run_id: id } = bundleOf(folder, shown)
  const extras = new Extras(folder)
  const cell = cellOf(id, extras)
  const synthesis = newestSynthesis(extras)
  return {
    id,
    kind: 'bundle',
    title: `${family}: ${id}`,
    ...(synthesis === undefined ? {} : { synthesis, focus: synthesis.focus }),
    standing: 'draft',
    cells: [cell],
    ...provenanceIn(folder, extras),
    tpm: [],
    ledger: ledgerIn(extras),
    findings: findingsIn(extras),
    budgets: decodeBudgets(extras, []),
    peaks: peaksOf(configRoot),
    categoryCeilings: loadShippedCeilings(configRoot).ceilings.categories,
    sources: [...extras.sources].sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes: [...extras.notes],
  }
}
