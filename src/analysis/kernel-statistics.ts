/**
 * Statistics per kernel: a counting sort of durations by group, then a quickselect per group. No global sort, no object per row.
 * Measured on 5M rows: see docs/performance.md.
 *
 * `as number` on typed-array reads: rows stay below the table's length, groups below the group count.
 */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { gatherDurations, spreadOfGroup } from '#analysis/grouped-durations.ts'
import { normalizedKernelName } from '#model/normalized-kernel-name.ts'
import type { KernelName, Timeline } from '#model/timeline.ts'

/** What makes two kernels one row. */
export const kernelGroupings = ['name', 'short-name', 'normalized-name', 'family'] as const
export type KernelGrouping = (typeof kernelGroupings)[number]

export interface KernelGroup {
  /** The name, short name, normalised name or family that the rows share; `unknown` for kernels without a family. */
  readonly key: string
  /** A name id of the group: the one with the most time, the first among equals. */
  readonly nameId: number
  /** Distinct kernel names in the group. */
  readonly names: number
  readonly count: number
  readonly totalNs: number
  readonly minNs: number
  /** May end in .5. */
  readonly medianNs: number
  readonly maxNs: number
  /** Sample deviation (n - 1), 0 for one row, as `nsys stats` prints. */
  readonly standardDeviationNs: number
  /** Share of the kernel time of all rows selected (a sum over streams, not of the wall). */
  readonly shareRatio: number
}

export interface KernelStatisticsOptions {
  readonly by?: KernelGrouping
  /** Only these indices into `Timeline.devices`. */
  readonly devices?: readonly number[]
  /** Needed for `by: 'family'`; without it every kernel is `unknown`. */
  readonly families?: FamilyRules
}

function keyOf(kernel: KernelName, by: KernelGrouping, families: FamilyRules | undefined): string {
  if (by === 'name') return kernel.name
  if (by === 'short-name') return kernel.shortName
  if (by === 'normalized-name') return normalizedKernelName(kernel.name)
  return (families === undefined ? undefined : classifyKernelName(kernel, families).family) ?? 'unknown'
}

/** Group of each name id: ids with equal keys merge. */
function groupNames(names: readonly KernelName[], by: KernelGrouping, families: FamilyRules | undefined) {
  const groupOfKey = new Map<string, number>()
  const keys: string[] = []
  const groupOfName = new Int32Array(names.length)
  for (const [id, kernel] of names.entries()) {
    const key = keyOf(kernel, by, families)
    const known = groupOfKey.get(key)
    const group = known ?? keys.push(key) - 1
    if (known === undefined) groupOfKey.set(key, group)
    groupOfName[id] = group
  }
  return { keys, groupOfName }
}

/** Time per name id, to let the heaviest name stand for its group. */
function timeByName(timeline: Timeline): Float64Array {
  const { length, name, durationNs } = timeline.kernels
  const totals = new Float64Array(timeline.kernelNames.length)
  for (let row = 0; row < length; row += 1) {
    const id = name[row] as number
    totals[id] = (totals[id] as number) + (durationNs[row] as number)
  }
  return totals
}

/** Groups with at least one row, by falling total time, then by key. */
export function kernelStatistics(timeline: Timeline, options: KernelStatisticsOptions = {}): KernelGroup[] {
  const { keys, groupOfName } = groupNames(timeline.kernelNames, options.by ?? 'name', options.families)
  const { devices } = options
  const selectedLane =
    devices === undefined ? undefined : Uint8Array.from(timeline.lanes, (lane) => (devices.includes(lane.device) ? 1 : 0))
  const { name, durationNs, lane, length } = timeline.kernels
  const selection = selectedLane === undefined ? undefined : { column: lane, selected: selectedLane }
  const grouped = gatherDurations({ length, durationNs, key: name, groupOfKey: groupOfName, groups: keys.length }, selection)
  const heaviest = new Int32Array(keys.length).fill(-1)
  const namesInGroup = new Uint32Array(keys.length)
  const byName = timeByName(timeline)
  for (const [id, group] of groupOfName.entries()) {
    namesInGroup[group] = (namesInGroup[group] as number) + 1
    const held = heaviest[group] as number
    if (held < 0 || (byName[id] as number) > (byName[held] as number)) heaviest[group] = id
  }
  const rows: Omit<KernelGroup, 'shareRatio'>[] = []
  let allNs = 0
  for (const [group, key] of keys.entries()) {
    const spread = spreadOfGroup(grouped, group)
    if (spread === undefined) continue
    allNs += spread.totalNs
    rows.push({ key, nameId: heaviest[group] as number, names: namesInGroup[group] as number, ...spread })
  }
  return rows
    .map((row) => ({ ...row, shareRatio: allNs > 0 ? row.totalNs / allNs : 0 }))
    .sort((a, b) => b.totalNs - a.totalNs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}
