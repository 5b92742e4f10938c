/**
 * The edges of a capture: work launched before recording began, and work still queued when it ended, is not missing.
 * A host that runs ahead by half a second (training does) leaves half a second of launches without rows at the end of a trimmed
 * window, and as many kernels without launches at its start.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import type { ActivityTable, HostCallTable, Timeline } from '#model/timeline.ts'
import type { LaunchAccount } from './launch-account.ts'
import type { LaunchJoin } from './launch-join.ts'

/** One step in the 20 that a short decode capture holds: what is launched in it can be queued still. */
const EDGE_RATIO = 0.05
/** Queues grow and shrink: up to twice the delay that the last recorded launch waited. */
const DELAYS = 2

export interface LaunchWindow {
  /** First and last launch, ns relative to the origin; infinite without launches. */
  readonly firstNs: number
  readonly lastNs: number
  /** From the first launch or device row to the end of the last of either. */
  readonly windowNs: number
  /** Per process: launches without rows from here on were still queued when recording ended; Infinity where that explains too much. */
  readonly inFlightFromNs: Float64Array
  /** Kernels without a launch that were launched before recording began. */
  readonly launchedBefore: number
}

export function launchWindow(timeline: Timeline, hostCalls: HostCallTable, join: LaunchJoin, account: LaunchAccount): LaunchWindow {
  const { kernels, graphs, memcpys, memsets, processes } = timeline
  const host = hostEdges(timeline, hostCalls, account)
  const device = [kernels, graphs, memcpys, memsets].map(extent)
  const firstNs = Math.min(...host.firstLaunchNs)
  const lastNs = Math.max(...host.lastLaunchNs)
  const spanNs = Math.max(lastNs, ...device.map(({ end }) => end)) - Math.min(firstNs, ...device.map(({ start }) => start))
  const windowNs = Number.isFinite(spanNs) ? spanNs : 0
  const queue = queueAtEnd(hostCalls, join, host, timeline)
  const inFlightFromNs = new Float64Array(processes.length)
  for (let process = 0; process < processes.length; process++) {
    const last = host.lastLaunchNs[process] as number
    const covered = host.lastCoveredNs[process] as number
    const isAtWork = (queue.deviceEndNs[process] as number) >= last - EDGE_RATIO * windowNs
    const allowed = Math.max(EDGE_RATIO * windowNs, isAtWork ? DELAYS * (queue.delayNs[process] as number) : 0)
    inFlightFromNs[process] = last - covered <= allowed ? covered : Number.POSITIVE_INFINITY
  }
  const launchedBefore = countLaunchedBefore(timeline, join, host.firstCallNs, EDGE_RATIO * windowNs)
  return { firstNs, lastNs, windowNs, inFlightFromNs, launchedBefore }
}

interface HostEdges {
  readonly firstCallNs: Float64Array
  readonly firstLaunchNs: Float64Array
  readonly lastLaunchNs: Float64Array
  /** Start and row of the last launch that left rows. */
  readonly lastCoveredNs: Float64Array
  readonly lastCoveredCall: Int32Array
}

function hostEdges(timeline: Timeline, hostCalls: HostCallTable, account: LaunchAccount): HostEdges {
  const count = timeline.processes.length
  const processOf = Uint32Array.from(timeline.threads, (thread) => thread.process)
  const firstCallNs = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const firstLaunchNs = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const lastLaunchNs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  const lastCoveredNs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  const lastCoveredCall = new Int32Array(count).fill(-1)
  for (let row = 0; row < hostCalls.length; row++) {
    const process = processOf[hostCalls.thread[row] as number] as number
    const start = hostCalls.startNs[row] as number
    if (start < (firstCallNs[process] as number)) firstCallNs[process] = start
    if (account.role[row] === 0) continue
    if (start < (firstLaunchNs[process] as number)) firstLaunchNs[process] = start
    if (start > (lastLaunchNs[process] as number)) lastLaunchNs[process] = start
    if ((account.rows[row] as number) > 0 && start > (lastCoveredNs[process] as number)) {
      lastCoveredNs[process] = start
      lastCoveredCall[process] = row
    }
  }
  return { firstCallNs, firstLaunchNs, lastLaunchNs, lastCoveredNs, lastCoveredCall }
}

/** Per process: when its last kernel or graph ended, and how long the last launch with rows waited for its first row. */
function queueAtEnd(
  hostCalls: HostCallTable,
  join: LaunchJoin,
  host: HostEdges,
  timeline: Timeline,
): { deviceEndNs: Float64Array; delayNs: Float64Array } {
  const deviceEndNs = new Float64Array(timeline.processes.length).fill(Number.NEGATIVE_INFINITY)
  const delayNs = new Float64Array(timeline.processes.length)
  const processOf = Uint32Array.from(timeline.threads, (thread) => thread.process)
  // One process is the common case, and then two look-ups per row in columns of host calls are saved.
  const single = timeline.processes.length === 1
  const tables = [
    [timeline.kernels, join.kernelLaunch],
    [timeline.graphs, join.graphLaunch],
  ] as const
  for (const [table, launches] of tables) {
    for (let row = 0; row < table.length; row++) {
      const call = launches[row] as number
      if (call < 0) continue
      const process = single ? 0 : (processOf[hostCalls.thread[call] as number] as number)
      const start = table.startNs[row] as number
      const end = start + (table.durationNs[row] as number)
      if (end > (deviceEndNs[process] as number)) deviceEndNs[process] = end
      if (call !== host.lastCoveredCall[process]) continue
      const delay = start - (hostCalls.startNs[call] as number)
      if (delay > (delayNs[process] as number)) delayNs[process] = delay
    }
  }
  return { deviceEndNs, delayNs }
}

/** Kernels without launch before the first one with launch on the same device, unless they lie before the host's record altogether. */
function countLaunchedBefore(timeline: Timeline, join: LaunchJoin, firstCallNs: Float64Array, slackNs: number): number {
  const { kernels, lanes, devices } = timeline
  if (join.matched.kernels === kernels.length) return 0
  const owner = Uint32Array.from(lanes, (lane) => lane.process * devices.length + lane.device)
  const earliest = new Float64Array(timeline.processes.length * devices.length).fill(Number.POSITIVE_INFINITY)
  for (let row = 0; row < kernels.length; row++) {
    if ((join.kernelLaunch[row] as number) < 0) continue
    const key = owner[kernels.lane[row] as number] as number
    const start = kernels.startNs[row] as number
    if (start < (earliest[key] as number)) earliest[key] = start
  }
  let count = 0
  for (let row = 0; row < kernels.length; row++) {
    if ((join.kernelLaunch[row] as number) >= 0) continue
    const lane = kernels.lane[row] as number
    const start = kernels.startNs[row] as number
    const known = earliest[owner[lane] as number] as number
    const hostBegins = firstCallNs[lanes[lane]?.process ?? 0] as number
    if (known !== Number.POSITIVE_INFINITY && start < known && start >= hostBegins - slackNs) count++
  }
  return count
}

function extent(table: ActivityTable): { start: number; end: number } {
  let start = Number.POSITIVE_INFINITY
  let end = Number.NEGATIVE_INFINITY
  for (let row = 0; row < table.length; row++) {
    const rowStart = table.startNs[row] as number
    const rowEnd = rowStart + (table.durationNs[row] as number)
    if (rowStart < start) start = rowStart
    if (rowEnd > end) end = rowEnd
  }
  return { start, end }
}
