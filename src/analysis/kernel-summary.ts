/** Statistics per kernel from a timeline, or from a vendor's summary: the pure part of `sextant kernels`. */
import type { FamilyRules } from '#analysis/families.ts'
import { deviceNamesOf, familyFields, groupKeyOf } from '#analysis/kernel-rows.ts'
import { type KernelGroup, type KernelGrouping, kernelStatistics } from '#analysis/kernel-statistics.ts'
import { joinLaunches, type LaunchJoin, type NoLaunchJoin } from '#analysis/launch-join.ts'
import { kernelsByRange } from '#analysis/nvtx.ts'
import { computeRangePaths } from '#analysis/range-paths.ts'
import { summarizeSampledKernels } from '#analysis/sampled-kernels.ts'
import { SextantError } from '#base/errors.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { KernelRow, KernelSummary } from '#formats/kernel-summary.ts'
import type { Capture, Loss, StatisticsRow } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import type { Timeline } from '#model/timeline.ts'

export interface KernelSummaryOptions {
  readonly by?: KernelGrouping
  /** Ordinal of the device in the file; every device with that ordinal. */
  readonly deviceOrdinal?: number
  /** Sum kernels by NVTX or annotation range too. Throws `missing_data` where the capture lacks what that takes. */
  readonly byRange?: boolean
  readonly join?: LaunchJoin | NoLaunchJoin
  /** Said beside the rows: a graph whose kernels are missing must not go unseen (trap C2). */
  readonly coverage?: Coverage
}

/** Everything but `sources`. Throws `missing_data` where the capture holds neither a timeline nor kernel statistics. */
export function summarizeKernels(
  capture: Capture,
  losses: readonly Loss[],
  families: FamilyRules,
  options: KernelSummaryOptions = {},
): Omit<KernelSummary, 'sources'> {
  const by = options.by ?? 'name'
  const { timeline } = capture
  if (timeline === undefined && isSampled(capture)) return summarizeSampledKernels(capture, losses, families, options)
  const rows = timeline === undefined ? rowsOfStatistics(capture, by, families) : rowsOfTimeline(timeline, families, options)
  const totalNs = rows.reduce((total, row) => total + row.totalNs, 0)
  // A name has one family; a short or normalised name may stand for kernels of several.
  const spansFamilies = timeline !== undefined && (by === 'short-name' || by === 'normalized-name')
  const familyRows = familiesOf(rows, totalNs, spansFamilies ? familyGroups(timeline, families, options) : undefined)
  const unknownNs = familyRows.filter(({ family }) => family === 'unknown').reduce((total, row) => total + row.totalNs, 0)
  return {
    schema: 'kernel-summary/1',
    by,
    ...(options.deviceOrdinal === undefined ? {} : { device: options.deviceOrdinal }),
    source: timeline === undefined ? 'statistics' : 'timeline',
    count: rows.reduce((total, row) => total + row.count, 0),
    totalNs,
    kernels: rows,
    families: familyRows,
    unknownFamilyRatio: totalNs > 0 ? unknownNs / totalNs : 0,
    ...(options.byRange === true ? { byRange: rangesOf(timeline, options.join) } : {}),
    ...(options.coverage === undefined ? {} : { coverage: options.coverage }),
    ...deviceNamesOf(capture),
    losses: [...losses],
  }
}

/** A row of a source that knows times. */
type TimedRow = KernelRow & { readonly count: number; readonly totalNs: number }

const isSampled = ({ shares, statistics, capabilities }: Capture): boolean =>
  statistics === undefined && (shares !== undefined || capabilities['kernel-shares'] !== undefined)

function devicesOf(timeline: Timeline, ordinal: number | undefined): number[] | undefined {
  if (ordinal === undefined) return undefined
  const found = timeline.devices.flatMap((device, index) => (device.ordinal === ordinal ? [index] : []))
  if (found.length > 0) return found
  const known = [...new Set(timeline.devices.map((device) => device.ordinal))].join(', ')
  throw new SextantError(
    'missing_data',
    `no device ${ordinal} in the capture`,
    `Choose one of its devices: ${known === '' ? 'none' : known}.`,
  )
}

function groupsOf(timeline: Timeline, families: FamilyRules, options: KernelSummaryOptions, by: KernelGrouping): KernelGroup[] {
  const devices = devicesOf(timeline, options.deviceOrdinal)
  return kernelStatistics(timeline, { by, families, ...(devices === undefined ? {} : { devices }) })
}

const familyGroups = (timeline: Timeline, families: FamilyRules, options: KernelSummaryOptions): KernelGroup[] =>
  groupsOf(timeline, families, options, 'family')

function rowsOfTimeline(timeline: Timeline, families: FamilyRules, options: KernelSummaryOptions): TimedRow[] {
  const by = options.by ?? 'name'
  return groupsOf(timeline, families, options, by).map((group) => {
    const kernel = timeline.kernelNames[group.nameId] ?? { name: group.key, shortName: group.key }
    return {
      name: kernel.name,
      shortName: kernel.shortName,
      ...familyFields(kernel, families),
      ...(by === 'name' ? {} : { group: group.key }),
      ...(group.names > 1 ? { names: group.names } : {}),
      count: group.count,
      totalNs: group.totalNs,
      minNs: group.minNs,
      medianNs: group.medianNs,
      maxNs: group.maxNs,
      standardDeviationNs: group.standardDeviationNs,
      shareRatio: group.shareRatio,
    }
  })
}

/** A vendor's rows merge by sums and extremes; medians and deviations of merged rows cannot be known. */
function rowsOfStatistics(capture: Capture, by: KernelGrouping, families: FamilyRules): TimedRow[] {
  const reports = (capture.statistics ?? []).filter(({ report }) => report === 'kernels')
  const answered = reports.find(({ skipped }) => skipped === undefined)
  if (answered === undefined) {
    const skipped = reports[0]?.skipped
    const why =
      skipped === undefined
        ? 'the capture holds neither a timeline nor kernel statistics'
        : `the tool skipped the kernel report: ${skipped}`
    throw new SextantError('missing_data', why, 'Give a trace, or the output of `nsys stats -r cuda_gpu_kern_sum`.')
  }
  const groups = new Map<string, StatisticsRow[]>()
  for (const row of answered.rows) {
    const key = groupKeyOf(row.name, by, families)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const allNs = answered.rows.reduce((total, row) => total + row.totalNs, 0)
  return [...groups]
    .map(([key, rows]) => statisticsRow(key, rows, by, families, allNs))
    .sort((a, b) => b.totalNs - a.totalNs || (a.name < b.name ? -1 : 1))
}

function statisticsRow(key: string, rows: readonly StatisticsRow[], by: KernelGrouping, families: FamilyRules, allNs: number): TimedRow {
  const [first, ...rest] = rows.toSorted((a, b) => b.totalNs - a.totalNs)
  const name = first?.name ?? key
  const kernel = { name, shortName: shortKernelName(name) }
  const totalNs = rows.reduce((total, row) => total + row.totalNs, 0)
  const given = (field: string, value: number | undefined) => (value === undefined || Number.isNaN(value) ? {} : { [field]: value })
  return {
    ...kernel,
    ...familyFields(kernel, families),
    ...(by === 'name' ? {} : { group: key }),
    ...(rest.length > 0 ? { names: rows.length } : {}),
    count: rows.reduce((total, row) => total + row.count, 0),
    totalNs,
    ...given('minNs', Math.min(...rows.map((row) => row.minNs))),
    ...given('medianNs', rest.length > 0 ? undefined : first?.medianNs),
    ...given('maxNs', Math.max(...rows.map((row) => row.maxNs))),
    ...given('standardDeviationNs', rest.length > 0 ? undefined : first?.standardDeviationNs),
    shareRatio: allNs > 0 ? totalNs / allNs : 0,
  }
}

type FamilyRow = KernelSummary['families'][number] & { readonly totalNs: number }

function familiesOf(rows: readonly TimedRow[], totalNs: number, groups: readonly KernelGroup[] | undefined): FamilyRow[] {
  const roles = new Map(rows.flatMap((row) => (row.role === undefined ? [] : [[row.family, row.role] as const])))
  const sums = new Map<string, { count: number; totalNs: number }>()
  const parts = groups === undefined ? rows.map((row) => ({ ...row, key: row.family })) : groups
  for (const part of parts) {
    const held = sums.get(part.key) ?? { count: 0, totalNs: 0 }
    sums.set(part.key, { count: held.count + part.count, totalNs: held.totalNs + part.totalNs })
  }
  return [...sums]
    .map(([family, sum]) => {
      const role = roles.get(family)
      return { family, ...(role === undefined ? {} : { role }), ...sum, shareRatio: totalNs > 0 ? sum.totalNs / totalNs : 0 }
    })
    .sort((a, b) => b.totalNs - a.totalNs || (a.family < b.family ? -1 : 1))
}

function rangesOf(timeline: Timeline | undefined, given: LaunchJoin | NoLaunchJoin | undefined): NonNullable<KernelSummary['byRange']> {
  const refuse = (why: string): SextantError =>
    new SextantError('missing_data', `kernels cannot be put to ranges: ${why}`, 'Capture with `--trace=cuda,nvtx`, and export again.')
  if (timeline === undefined) throw refuse('the capture holds no timeline')
  const join = given ?? joinLaunches(timeline)
  if (join.state !== 'joined') throw refuse(join.reason)
  const paths = computeRangePaths(timeline)
  if (paths === undefined) throw refuse('the capture holds no ranges')
  const { rows, ...rest } = kernelsByRange(timeline, join, paths)
  return { rows: [...rows], ...rest }
}
