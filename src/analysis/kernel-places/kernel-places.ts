/**
 * Where the kernels of each name stand in a device's time: how long the device was idle right before them, and whether they ran inside graphs.
 * Idle time belongs to the activity that ended it, so that these times are parts of the device's idle time and never overlap.
 *
 * `as number` on typed-array reads: rows come from activity references and loops, both bounded by their tables.
 */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import type { LaunchJoin } from '#analysis/launch-join.ts'
import type { IdleGaps } from '#analysis/sweep-gaps.ts'
import { noActivity, rowOfActivity, tableOfActivity } from '#analysis/sweep-input.ts'
import type { DeviceSummary } from '#formats/timeline-summary.ts'
import type { Timeline } from '#model/timeline.ts'

export type KernelPlaces = NonNullable<DeviceSummary['kernelPlaces']>
type Place = KernelPlaces['kernels'][number]

/** Names listed, by falling time: what is below the fortieth is less than a per cent of a step. */
const MOST_KERNELS = 40

interface Counted {
  readonly launches: Uint32Array
  readonly inGraphs: Uint32Array
  readonly totalNs: Float64Array
  readonly idleBeforeNs: Float64Array
}

/** @param gaps of the device, every one of them. */
export function kernelPlaces(timeline: Timeline, device: number, gaps: IdleGaps, join: LaunchJoin, families: FamilyRules): KernelPlaces {
  const counted = countByName(timeline, device, join)
  addIdle(counted, timeline, gaps)
  const used = timeline.kernelNames.flatMap((kernel, id) => ((counted.launches[id] as number) > 0 ? [{ kernel, id }] : []))
  const byFamily = grouped(used.map(({ kernel, id }) => [classifyKernelName(kernel, families).family ?? 'unknown', id]))
  const byName = grouped(used.map(({ kernel, id }) => [kernel.name, id]))
  return {
    kernels: byTime(byName, counted).slice(0, MOST_KERNELS),
    families: byTime(byFamily, counted),
  }
}

function grouped(entries: readonly (readonly [string, number])[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  for (const [key, id] of entries) {
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [id])
    else known.push(id)
  }
  return groups
}

function byTime(groups: ReadonlyMap<string, readonly number[]>, counted: Counted): Place[] {
  const sum = (column: Uint32Array | Float64Array, ids: readonly number[]): number =>
    ids.reduce((total, id) => total + (column[id] as number), 0)
  return [...groups]
    .map(([name, ids]) => ({ name, ids, totalNs: sum(counted.totalNs, ids) }))
    .sort((a, b) => b.totalNs - a.totalNs || (a.name < b.name ? -1 : 1))
    .map(({ name, ids }) => ({
      name,
      launches: sum(counted.launches, ids),
      inGraphs: sum(counted.inGraphs, ids),
      idleBeforeNs: sum(counted.idleBeforeNs, ids),
    }))
}

function countByName({ kernels, kernelNames, lanes, hostCalls, hostCallNames }: Timeline, device: number, join: LaunchJoin): Counted {
  const counted: Counted = {
    launches: new Uint32Array(kernelNames.length),
    inGraphs: new Uint32Array(kernelNames.length),
    totalNs: new Float64Array(kernelNames.length),
    idleBeforeNs: new Float64Array(kernelNames.length),
  }
  const isOwn = Uint8Array.from(lanes, (lane) => (lane.device === device ? 1 : 0))
  const isGraphCall = Uint8Array.from(hostCallNames, (entry) => (entry.class === 'graph-launch' ? 1 : 0))
  const { graphNode, name, durationNs, lane } = kernels
  for (let row = 0; row < kernels.length; row += 1) {
    if (isOwn[lane[row] as number] === 0) continue
    const id = name[row] as number
    counted.launches[id] = (counted.launches[id] as number) + 1
    counted.totalNs[id] = (counted.totalNs[id] as number) + (durationNs[row] as number)
    const call = join.kernelLaunch[row] ?? -1
    const launched = call >= 0 && hostCalls !== undefined && isGraphCall[hostCalls.name[call] as number] === 1
    if (launched || (graphNode !== undefined && (graphNode[row] as number) > 0)) counted.inGraphs[id] = (counted.inGraphs[id] as number) + 1
  }
  return counted
}

function addIdle({ idleBeforeNs }: Counted, { kernels }: Timeline, gaps: IdleGaps): void {
  for (let gap = 0; gap < gaps.length; gap += 1) {
    const after = gaps.after[gap] as number
    // Table 0 holds kernels (`activityTables`).
    if (after === noActivity || tableOfActivity(after) !== 0) continue
    const id = kernels.name[rowOfActivity(after)] as number
    idleBeforeNs[id] = (idleBeforeNs[id] as number) + (gaps.endNs[gap] as number) - (gaps.startNs[gap] as number)
  }
}
