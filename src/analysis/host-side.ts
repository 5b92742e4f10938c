/**
 * What the host did: sums per call, launches, synchronisations and copies, per process.
 * Nested calls (driver in runtime) each have a row in the file and count as `nsys stats` counts them.
 *
 * `as number` on typed-array reads: rows stay below the table's length.
 */
import { type DurationSpread, gatherDurations, spreadOfGroup } from '#analysis/grouped-durations.ts'
import type { HostCallClass, HostCallTable, Timeline } from '#model/timeline.ts'

export interface HostCallGroup extends DurationSpread {
  /** Name without version suffix. */
  readonly name: string
  readonly class: HostCallClass
}

export interface HostClassTotals {
  readonly count: number
  readonly totalNs: number
}

export interface HostProcess {
  /** Index into `Timeline.processes`. */
  readonly process: number
  readonly byClass: Readonly<Partial<Record<HostCallClass, HostClassTotals>>>
}

export interface HostSide {
  /** By falling total time, then by name. */
  readonly calls: readonly HostCallGroup[]
  readonly processes: readonly HostProcess[]
}

export interface HostSideOptions {
  /** Names as recorded (`cudaLaunchKernel_v7000`) instead of stripped: what `nsys stats` prints. */
  readonly rawNames?: boolean
  /** Only this index into `Timeline.processes`. */
  readonly process?: number
}

/** Undefined where the capture has no such calls table: not recorded is not zero. Pass `timeline.osCalls` for operating-system calls. */
export function summarizeHostCalls(
  timeline: Timeline,
  table: HostCallTable | undefined = timeline.hostCalls,
  options: HostSideOptions = {},
): HostSide | undefined {
  if (table === undefined) return undefined
  const groups = new Map<string, { group: number; class: HostCallClass }>()
  const groupOfKey = Int32Array.from(timeline.hostCallNames, (entry) => {
    const key = options.rawNames === true ? entry.raw : entry.name
    const known = groups.get(key) ?? { group: groups.size, class: entry.class }
    groups.set(key, known)
    return known.group
  })
  const { length, durationNs, name, thread } = table
  const processOfThread = Uint32Array.from(timeline.threads, (entry) => entry.process)
  const selected = Uint8Array.from(timeline.threads, (entry) => (entry.process === options.process ? 1 : 0))
  const selection = options.process === undefined ? undefined : { column: thread, selected }
  const grouped = gatherDurations({ length, durationNs, key: name, groupOfKey, groups: groups.size }, selection)
  const calls: HostCallGroup[] = []
  for (const [key, entry] of groups) {
    const spread = spreadOfGroup(grouped, entry.group)
    if (spread !== undefined) calls.push({ name: key, class: entry.class, ...spread })
  }
  calls.sort((a, b) => b.totalNs - a.totalNs || (a.name < b.name ? -1 : 1))
  return { calls, processes: totalsByProcess(timeline, table, processOfThread) }
}

function totalsByProcess(timeline: Timeline, table: HostCallTable, processOfThread: Uint32Array): HostProcess[] {
  const names = timeline.hostCallNames.length
  const counts = timeline.processes.map(() => new Float64Array(names))
  const totals = timeline.processes.map(() => new Float64Array(names))
  for (let row = 0; row < table.length; row += 1) {
    const process = processOfThread[table.thread[row] as number] as number
    const name = table.name[row] as number
    const count = counts[process]
    const total = totals[process]
    if (count === undefined || total === undefined) continue
    count[name] = (count[name] as number) + 1
    total[name] = (total[name] as number) + (table.durationNs[row] as number)
  }
  return timeline.processes.map((_, process) => {
    const byClass: Partial<Record<HostCallClass, HostClassTotals>> = {}
    for (const [id, { class: callClass }] of timeline.hostCallNames.entries()) {
      const count = counts[process]?.[id] ?? 0
      if (count === 0) continue
      const held = byClass[callClass] ?? { count: 0, totalNs: 0 }
      byClass[callClass] = { count: held.count + count, totalNs: held.totalNs + (totals[process]?.[id] ?? 0) }
    }
    return { process, byClass }
  })
}
