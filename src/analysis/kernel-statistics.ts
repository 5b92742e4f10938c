/**
 * Statistics per kernel: a counting sort of durations by group, then a quickselect per group. No global sort, no object per row.
 * Measured on 5M rows: see docs/performance.md.
 *
 * `as number` on typed-array reads: rows stay below the table's length, groups below the group count.
 */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { medianInPlace } from '#base/statistics.ts'
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
  /** Only this index into `Timeline.devices`. */
  readonly device?: number
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

interface GroupedDurations {
  /** Durations of group g: `values[offsets[g]] … values[offsets[g + 1] - 1]`. */
  readonly offsets: Uint32Array
  readonly values: Uint32Array | Float64Array
}

/** Moves the durations of the selected rows beside those of the same group. */
function gather(timeline: Timeline, groupOfName: Int32Array, groups: number, selectedLane: Uint8Array | undefined): GroupedDurations {
  const { length, lane, name, durationNs } = timeline.kernels
  const offsets = new Uint32Array(groups + 1)
  for (let row = 0; row < length; row += 1) {
    if (selectedLane !== undefined && selectedLane[lane[row] as number] === 0) continue
    const group = groupOfName[name[row] as number] as number
    offsets[group + 1] = (offsets[group + 1] as number) + 1
  }
  for (let group = 0; group < groups; group += 1) offsets[group + 1] = (offsets[group + 1] as number) + (offsets[group] as number)
  const next = offsets.slice(0, groups)
  const total = offsets[groups] as number
  const values = durationNs instanceof Uint32Array ? new Uint32Array(total) : new Float64Array(total)
  for (let row = 0; row < length; row += 1) {
    if (selectedLane !== undefined && selectedLane[lane[row] as number] === 0) continue
    const group = groupOfName[name[row] as number] as number
    const at = next[group] as number
    values[at] = durationNs[row] as number
    next[group] = at + 1
  }
  return { offsets, values }
}

interface Spread {
  readonly totalNs: number
  readonly minNs: number
  readonly maxNs: number
  readonly standardDeviationNs: number
}

function spreadOf(values: Uint32Array | Float64Array, from: number, to: number): Spread {
  let totalNs = 0
  let minNs = Number.POSITIVE_INFINITY
  let maxNs = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i += 1) {
    const value = values[i] as number
    totalNs += value
    if (value < minNs) minNs = value
    if (value > maxNs) maxNs = value
  }
  const count = to - from
  const center = totalNs / count
  let squares = 0
  for (let i = from; i < to; i += 1) {
    const difference = (values[i] as number) - center
    squares += difference * difference
  }
  return { totalNs, minNs, maxNs, standardDeviationNs: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 }
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
  const { device } = options
  const selectedLane = device === undefined ? undefined : Uint8Array.from(timeline.lanes, (lane) => (lane.device === device ? 1 : 0))
  const { offsets, values } = gather(timeline, groupOfName, keys.length, selectedLane)
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
    const from = offsets[group] as number
    const to = offsets[group + 1] as number
    if (from === to) continue
    const spread = spreadOf(values, from, to)
    allNs += spread.totalNs
    const medianNs = spread.minNs === spread.maxNs ? spread.minNs : medianInPlace(values, from, to)
    rows.push({ key, nameId: heaviest[group] as number, names: namesInGroup[group] as number, count: to - from, medianNs, ...spread })
  }
  return rows
    .map((row) => ({ ...row, shareRatio: allNs > 0 ? row.totalNs / allNs : 0 }))
    .sort((a, b) => b.totalNs - a.totalNs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}
