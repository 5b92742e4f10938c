/** What a report of an evidence bundle is made of: the field’s artifacts in it, else its captures themselves, and what was said about them. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type * as z from 'zod'
import type { ReportSubject } from '#analysis/report/report-subject.ts'
import { SextantError } from '#base/errors.ts'
import { type AtlasRow, type RooflineSweep, rooflineSweepSchema } from '#formats/campaign.ts'
import { type DcgmCorrelation, dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import { type InferencePerfbench, inferencePerfbenchSchema } from '#formats/inference-perfbench.ts'
import { type KernelsJson, kernelsJsonSchema } from '#formats/kernels-json.ts'
import { type NcuKernelsJson, ncuKernelsJsonSchema } from '#formats/ncu-kernels-json.ts'
import type { SourceReference } from '#formats/source.ts'
import type { CampaignCell } from '#model/campaign.ts'
import type { AskContext } from '#pipeline/ask.ts'
import { provenanceOf } from '#pipeline/campaign/provenance-block.ts'
import { loadShippedCeilings } from '#pipeline/ceilings.ts'
import { bundleOf } from '#pipeline/synthesis/bundle-identity.ts'
import { readTextFile } from '#store/campaign/cell-artifacts.ts'
import { type RawCaptures, rawCaptures } from './raw-captures.ts'
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

interface Prepared {
  readonly kernels?: KernelsJson
  readonly ncu?: NcuKernelsJson
  readonly dcgm?: DcgmCorrelation
  readonly roofline?: RooflineSweep
  readonly bench?: InferencePerfbench
}

const present = <K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, T>)

/** The field's artifacts, where somebody has put them. */
const preparedIn = (extras: Extras): Prepared => ({
  ...present('kernels', firstOf(extras, 'kernels.json', kernelsJsonSchema)),
  ...present('ncu', firstOf(extras, 'ncu_kernels.json', ncuKernelsJsonSchema)),
  ...present('dcgm', firstOf(extras, 'dcgm_correlation.json', dcgmCorrelationSchema)),
  ...present('roofline', firstOf(extras, 'roofline_sweep.json', rooflineSweepSchema)),
  ...present('bench', firstOf(extras, 'inference_perfbench_v1.json', inferencePerfbenchSchema)),
})

function cellOf(id: string, { bench, ...artifacts }: Prepared): CampaignCell {
  const rows = pointsOf(id, bench)
  return {
    id,
    arm: id,
    kind: 'bench',
    status: Object.keys(artifacts).length > 0 || rows.length > 0 ? 'partial' : 'planned',
    imports: [],
    rows,
    points: rows,
    capturedSources: [],
    unreadable: [],
    ...artifacts,
  }
}

/** The run is one cell; a second capture of kernels or counters is a cell by its place, so that nothing is drawn over another. */
function cellsOf(id: string, prepared: Prepared, raw: RawCaptures): CampaignCell[] {
  const [kernels, ...otherKernels] = [...raw.kernels].sort((a, b) => Number(a.from === 'samples') - Number(b.from === 'samples'))
  const [counters, ...otherCounters] = raw.counters
  const own = cellOf(id, {
    ...present('kernels', kernels?.artifact),
    ...present('ncu', counters?.artifact),
    ...present('dcgm', raw.dcgm),
    ...present('bench', raw.bench),
    ...prepared,
  })
  return [
    own,
    ...otherKernels.map(({ place, artifact }) => cellOf(place, { kernels: artifact })),
    ...otherCounters.map(({ place, artifact }) => cellOf(place, { ncu: artifact })),
  ]
}

function provenanceIn(folder: string, extras: Extras): Pick<ReportSubject, 'provenance'> {
  const source = readTextFile(join(folder, 'SOURCE.md'), 'SOURCE.md')
  const found = source.state === 'read' ? provenanceOf(source.text) : { state: 'absent' as const }
  if (found.state === 'unreadable') extras.notes.push(`SOURCE.md: ${found.reason}`)
  return found.state === 'read' ? { provenance: found.provenance } : {}
}

const distinct = (sources: readonly SourceReference[]): SourceReference[] =>
  [...new Map(sources.map((each) => [each.path, each])).values()].sort((a, b) => (a.path < b.path ? -1 : 1))

/** A report of nothing would look like a result. */
function requireEvidence(sources: readonly SourceReference[], notes: readonly string[], shown: string): void {
  if (sources.length > 0) return
  const [note] = notes
  throw new SextantError(
    'missing_data',
    `${shown} holds nothing that a report can show: no capture, artifact, synthesis or finding${note === undefined ? '' : ` (${note})`}`,
    'Add what was captured: sextant evidence add BUNDLE FILES…, or name the folder that holds it.',
    { path: shown },
  )
}

/** @param shown the bundle as the caller named it. Throws `file_not_found` where it is no folder, `missing_data` where it holds nothing to show. */
export async function readBundleSubject(context: AskContext, folder: string, shown: string): Promise<ReportSubject> {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new SextantError(
      'file_not_found',
      `${shown} is no folder`,
      'Give the folder of an evidence bundle: sextant evidence init makes one.',
    )
  const { family, run_id: id } = bundleOf(folder, shown)
  const extras = new Extras(folder)
  const prepared = preparedIn(extras)
  const kept = decodeBudgets(extras, [])
  const raw = await rawCaptures(context, folder, {
    kernels: prepared.kernels !== undefined,
    counters: prepared.ncu !== undefined,
    dcgm: prepared.dcgm !== undefined,
    bench: prepared.bench !== undefined,
    budgets: kept.length > 0,
  })
  const { configRoot } = context
  const synthesis = newestSynthesis(extras)
  const provenance = provenanceIn(folder, extras)
  const [ledger, findings] = [ledgerIn(extras), findingsIn(extras)]
  const sources = distinct([...extras.sources, ...raw.sources])
  const notes = [...extras.notes, ...raw.notes]
  requireEvidence(sources, notes, shown)
  return {
    id,
    kind: 'bundle',
    title: `${family}: ${id}`,
    ...(synthesis === undefined ? {} : { synthesis, focus: synthesis.focus }),
    standing: 'draft',
    cells: cellsOf(id, prepared, raw),
    ...provenance,
    tpm: [],
    ledger,
    findings,
    budgets: [...kept, ...raw.budgets],
    peaks: peaksOf(configRoot),
    categoryCeilings: loadShippedCeilings(configRoot).ceilings.categories,
    sources,
    notes,
  }
}
