/** Kernels of a sampling profiler: shares with their intervals, no counts and no times. */
import type { FamilyRules } from '#analysis/families.ts'
import { deviceNamesOf, familyFields, groupKeyOf } from '#analysis/kernel-rows.ts'
import type { KernelGrouping } from '#analysis/kernel-statistics.ts'
import { gpuTotal, shareFields, summarizeShares } from '#analysis/share-summary.ts'
import { SextantError } from '#base/errors.ts'
import type { KernelRow, KernelSummary } from '#formats/kernel-summary.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { ingestLagHint, type SampledFrame, type SampleShares } from '#model/shares.ts'

export interface SampledKernelOptions {
  readonly by?: KernelGrouping
  readonly deviceOrdinal?: number
  readonly byRange?: boolean
}

/** Everything but `sources`. Throws `missing_data` where no kernel was sampled, and for what samples cannot say. */
export function summarizeSampledKernels(
  capture: Capture,
  losses: readonly Loss[],
  families: FamilyRules,
  options: SampledKernelOptions = {},
): Omit<KernelSummary, 'sources'> {
  const { shares, capabilities } = capture
  if (shares === undefined || shares.gpuFrames.length === 0) {
    const why = capabilities['kernel-shares']?.reason ?? 'the capture holds no sampled kernel'
    throw new SextantError('missing_data', `no kernel was sampled: ${why}`, ingestLagHint)
  }
  if (options.byRange === true) throw refused('samples are not put to ranges')
  if (options.deviceOrdinal !== undefined) throw refused('samples of kernels are not told apart by device')
  const by = options.by ?? 'name'
  const rows = rowsOf(shares, by, families)
  const { listed } = gpuTotal(shares)
  const unknown = sumOf(rows.filter(({ family }) => family === 'unknown'))
  return {
    schema: 'kernel-summary/1',
    by,
    source: 'samples',
    kernels: rows,
    families: familiesOf(shares, families),
    unknownFamilyRatio: listed === 0 ? 0 : unknown / listed,
    samples: summarizeShares(shares),
    ...deviceNamesOf(capture),
    losses: [...losses],
  }
}

function refused(what: string): SextantError {
  return new SextantError('missing_data', what, 'Ask a timeline: capture the same window with nsys.')
}

type SampledRow = KernelRow & { readonly samples: number }

const sumOf = (rows: readonly { readonly samples: number }[]): number => rows.reduce((total, { samples }) => total + samples, 0)

const descending = (a: SampledRow, b: SampledRow): number => b.samples - a.samples || (a.name < b.name ? -1 : 1)

function rowsOf(shares: SampleShares, by: KernelGrouping, families: FamilyRules): SampledRow[] {
  const { total } = gpuTotal(shares)
  const groups = new Map<string, SampledFrame[]>()
  for (const frame of shares.gpuFrames) {
    const key = groupKeyOf(frame.name, by, families)
    const held = groups.get(key)
    if (held === undefined) groups.set(key, [frame])
    else held.push(frame)
  }
  return [...groups].map(([key, frames]) => rowOf(key, frames, total, shares.unit, by, families)).sort(descending)
}

function rowOf(
  key: string,
  frames: readonly SampledFrame[],
  total: number,
  unit: SampleShares['unit'],
  by: KernelGrouping,
  families: FamilyRules,
): SampledRow {
  // Frames come by descending samples: the first is the heaviest of the group.
  const name = frames[0]?.name ?? key
  const kernel = { name, shortName: shortKernelName(name) }
  const samples = sumOf(frames)
  return {
    ...kernel,
    ...familyFields(kernel, families),
    ...(by === 'name' ? {} : { group: key }),
    ...(frames.length > 1 ? { names: frames.length } : {}),
    samples,
    ...shareFields(samples, total, unit === 'samples'),
  }
}

function familiesOf(shares: SampleShares, families: FamilyRules): KernelSummary['families'] {
  return rowsOf(shares, 'family', families).map(({ family, role, samples, shareRatio, shareLowRatio, shareHighRatio }) => ({
    family,
    ...(role === undefined ? {} : { role }),
    samples,
    shareRatio,
    ...(shareLowRatio === undefined ? {} : { shareLowRatio }),
    ...(shareHighRatio === undefined ? {} : { shareHighRatio }),
  }))
}
