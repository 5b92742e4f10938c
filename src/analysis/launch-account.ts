/**
 * Every launch call with the device rows that it left: the counting behind coverage.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import type { HostCallTable, Timeline } from '#model/timeline.ts'
import type { LaunchJoin } from './launch-join.ts'

/** Roles of host-call rows: 0 = no launch to account for (another call, nested in a counted one, or captured into a graph). */
export const KERNEL_LAUNCH = 1
export const GRAPH_LAUNCH = 2

export interface LaunchAccount {
  /** Per host-call row: 0, KERNEL_LAUNCH or GRAPH_LAUNCH. */
  readonly role: Uint8Array
  /** Device rows of any table per host-call row; those of a nested call count for the outer one. */
  readonly rows: Uint32Array
  /** The counted call of a nested one, by host-call row; absent when none is nested. */
  readonly outerOf?: Int32Array
  /** Launch calls without rows between stream capture begin and end. */
  readonly captured: number
}

/** Counts device rows per launch call and settles which calls count. Linear in the rows; host calls of a thread stand in time order. */
export function accountLaunches(timeline: Timeline, hostCalls: HostCallTable, join: LaunchJoin): LaunchAccount {
  const rows = new Uint32Array(hostCalls.length)
  for (const launches of [join.kernelLaunch, join.graphLaunch, join.memcpyLaunch, join.memsetLaunch]) {
    for (let row = 0; row < launches.length; row++) {
      const call = launches[row] as number
      if (call >= 0) rows[call] = (rows[call] as number) + 1
    }
  }
  const { role, captured, withoutRows } = assignRoles(timeline, hostCalls, rows)
  // A nested pair has one call without rows: where there is none, nothing nests.
  const outerOf = withoutRows === 0 ? undefined : foldNested(timeline, hostCalls, role, rows)
  return { role, rows, captured, ...(outerOf === undefined ? {} : { outerOf }) }
}

interface Roles {
  readonly role: Uint8Array
  readonly captured: number
  /** Calls with a role and no device row. */
  readonly withoutRows: number
}

function assignRoles(timeline: Timeline, hostCalls: HostCallTable, rows: Uint32Array): Roles {
  const { length, name, thread } = hostCalls
  const roleOfName = Uint8Array.from(timeline.hostCallNames, (entry) =>
    entry.class === 'graph-launch' ? GRAPH_LAUNCH : entry.class === 'launch' ? KERNEL_LAUNCH : 0,
  )
  // 1 = begins a stream capture on this thread, 2 = ends it (cudaStreamBeginCapture, cuStreamBeginCapture_v2, hipStreamBeginCapture).
  const captureOfName = Uint8Array.from(timeline.hostCallNames, (entry) =>
    /StreamBeginCapture/.test(entry.name) ? 1 : /StreamEndCapture/.test(entry.name) ? 2 : 0,
  )
  const role = new Uint8Array(length)
  const capturing = new Uint8Array(timeline.threads.length)
  let captured = 0
  let withoutRows = 0
  for (let row = 0; row < length; row++) {
    const nameId = name[row] as number
    const edge = captureOfName[nameId] as number
    if (edge !== 0) capturing[thread[row] as number] = edge === 1 ? 1 : 0
    const kind = roleOfName[nameId] as number
    if (kind === 0) continue
    if (rows[row] === 0) {
      if (capturing[thread[row] as number] === 1) {
        captured++
        continue
      }
      withoutRows++
    }
    role[row] = kind
  }
  return { role, captured, withoutRows }
}

/**
 * A driver call inside a runtime call is the same launch, whatever correlation either carries: the outer one counts.
 * Two calls that both left rows are never folded (at microsecond resolution neighbours can coincide).
 */
function foldNested(timeline: Timeline, hostCalls: HostCallTable, role: Uint8Array, rows: Uint32Array): Int32Array | undefined {
  const { length, startNs, durationNs, thread } = hostCalls
  const last = new Int32Array(timeline.threads.length).fill(-1)
  let outerOf: Int32Array | undefined
  for (let row = 0; row < length; row++) {
    if (role[row] === 0) continue
    const lane = thread[row] as number
    const before = last[lane] as number
    last[lane] = row
    if (before < 0 || (rows[before] !== 0 && rows[row] !== 0)) continue
    const start = startNs[row] as number
    const end = start + (durationNs[row] as number)
    const beforeStart = startNs[before] as number
    const beforeEnd = beforeStart + (durationNs[before] as number)
    const isInner = start >= beforeStart && end <= beforeEnd
    if (!isInner && !(beforeStart >= start && beforeEnd <= end)) continue
    const [inner, outer] = isInner ? [row, before] : [before, row]
    outerOf ??= new Int32Array(length).fill(-1)
    outerOf[inner] = outer
    rows[outer] = (rows[outer] as number) + (rows[inner] as number)
    role[inner] = 0
    last[lane] = outer
  }
  return outerOf
}
