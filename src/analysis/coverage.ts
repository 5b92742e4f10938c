/**
 * Coverage before claims: what happened according to the host against what the device rows hold.
 * The situations are facts/traps.md A7, B1, B3, B22 and facts/nsys.md sections 7 and 12.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import type { Coverage } from '#formats/coverage.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { Timeline } from '#model/timeline.ts'
import { judgeBusy, judgeIdle, judgeRecording } from './coverage-claims.ts'
import { coverageStatements } from './coverage-statements.ts'
import { accountLaunches, GRAPH_LAUNCH } from './launch-account.ts'
import { joinLaunches, type LaunchJoin } from './launch-join.ts'
import { launchWindow } from './launch-window.ts'
import { accountReplays } from './replay-account.ts'

/** One part in a hundred: finer parts would hold too few launches in a capture of a few steps. */
const PARTS = 100
/**
 * Accounts for launches, graph rows, replays, losses and silent stretches of one capture.
 * Pass the join where it is computed anyway. Without a timeline everything is 0 and nothing is claimable.
 */
export function computeCoverage(capture: Capture, losses: readonly Loss[], given?: ReturnType<typeof joinLaunches>): Coverage {
  const { timeline } = capture
  const join = timeline === undefined ? undefined : (given ?? joinLaunches(timeline))
  const { launchedBefore = 0, ...counted } = timeline === undefined || join?.state !== 'joined' ? {} : countLaunches(timeline, join)
  const joined: Coverage['joined'] =
    join === undefined
      ? { state: 'no', reason: 'the capture holds no timeline' }
      : join.state === 'unavailable'
        ? { state: 'no', reason: join.reason }
        : { state: 'yes', reason: 'device rows and host calls carry correlation ids' }
  const inGraphs = countInGraphs(timeline, join)
  const kernels = timeline?.kernels.length ?? 0
  const launchKnown = join?.state === 'joined' ? join.matched.kernels : 0
  const facts: Omit<Coverage, 'underRecorded' | 'idleClaimable' | 'busyClaimable'> = {
    kernels: { count: kernels, inGraphs, launchKnown, launchUnknown: kernels - launchKnown, launchedBefore },
    graphRows: timeline?.graphs.length ?? 0,
    copies: timeline?.memcpys.length ?? 0,
    memsets: timeline?.memsets.length ?? 0,
    joined,
    ...counted,
    statements: coverageStatements(capture, losses),
  }
  const underRecorded = judgeRecording(capture, facts, losses)
  const idleClaimable = judgeIdle(facts, underRecorded)
  return { ...facts, underRecorded, idleClaimable, busyClaimable: judgeBusy(capture, idleClaimable) }
}

function countInGraphs(timeline: Timeline | undefined, join: ReturnType<typeof joinLaunches> | undefined): number {
  if (timeline === undefined) return 0
  const { kernels, hostCalls, hostCallNames } = timeline
  const launches = join?.state === 'joined' ? join.kernelLaunch : undefined
  const isGraphName = Uint8Array.from(hostCallNames, (entry) => (entry.class === 'graph-launch' ? 1 : 0))
  const hasGraphLaunch = isGraphName.includes(1)
  const { graphNode } = kernels
  if (!hasGraphLaunch) {
    if (graphNode === undefined) return 0
    if (kernels.graphNodeRows !== undefined) return kernels.graphNodeRows
  }
  let count = 0
  for (let row = 0; row < kernels.length; row++) {
    if (graphNode !== undefined && (graphNode[row] as number) > 0) {
      count++
      continue
    }
    if (!hasGraphLaunch) continue
    const call = launches?.[row] ?? -1
    if (call >= 0 && hostCalls !== undefined && isGraphName[hostCalls.name[call] as number] === 1) count++
  }
  return count
}

type Counted = Pick<Coverage, 'launches' | 'graphLaunches' | 'replays' | 'overTime'> & { launchedBefore?: number }

function countLaunches(timeline: Timeline, join: LaunchJoin): Counted {
  const { hostCalls } = timeline
  if (hostCalls === undefined) return {}
  const account = accountLaunches(timeline, hostCalls, join)
  const window = launchWindow(timeline, hostCalls, join, account)
  const processOf = Uint32Array.from(timeline.threads, (thread) => thread.process)
  const withGraphRow = new Uint8Array(hostCalls.length)
  let graphRowsWithoutLaunch = 0
  for (const call of join.graphLaunch) {
    if (call < 0) graphRowsWithoutLaunch++
    else withGraphRow[call] = 1
  }
  const kernelTally: Tally = { calls: 0, withRows: 0, withoutRows: 0, inFlightAtEnd: 0 }
  const graphTally: Tally = { calls: 0, withRows: 0, withoutRows: 0, inFlightAtEnd: 0 }
  const parts = new TimeParts(window.firstNs, window.lastNs)
  let opaque = 0
  for (let row = 0; row < hostCalls.length; row++) {
    const role = account.role[row] as number
    if (role === 0) continue
    const start = hostCalls.startNs[row] as number
    const hasRows = (account.rows[row] as number) > 0
    const isInFlight = !hasRows && start >= (window.inFlightFromNs[processOf[hostCalls.thread[row] as number] as number] as number)
    const tally = role === GRAPH_LAUNCH ? graphTally : kernelTally
    tally.calls++
    if (hasRows) tally.withRows++
    else if (isInFlight) tally.inFlightAtEnd++
    else tally.withoutRows++
    if (role === GRAPH_LAUNCH && withGraphRow[row] === 1) opaque++
    if (!isInFlight) parts.add(start, hasRows)
  }
  const replays = graphTally.calls === 0 ? undefined : accountReplays(timeline, join, account, graphTally.withoutRows)
  return {
    launches: { ...kernelTally, captured: account.captured },
    graphLaunches: {
      launches: graphTally.calls,
      withGraphRow: opaque,
      withNodeRows: graphTally.withRows - opaque,
      withoutRows: graphTally.withoutRows,
      inFlightAtEnd: graphTally.inFlightAtEnd,
      graphRows: timeline.graphs.length,
      graphRowsWithoutLaunch,
    },
    ...(replays === undefined ? {} : { replays }),
    overTime: { windowNs: window.windowNs, ...parts.finish() },
    launchedBefore: window.launchedBefore,
  }
}

interface Tally {
  calls: number
  withRows: number
  withoutRows: number
  inFlightAtEnd: number
}

/** Equal parts of the time between the first and the last launch. */
class TimeParts {
  readonly #launched = new Uint8Array(PARTS)
  readonly #covered = new Uint8Array(PARTS)
  readonly #firstNs: number
  readonly #partNs: number

  constructor(firstNs: number, lastNs: number) {
    this.#firstNs = firstNs
    this.#partNs = Math.max(1, lastNs - firstNs) / PARTS
  }

  add(startNs: number, hasRows: boolean): void {
    const part = Math.min(PARTS - 1, Math.floor((startNs - this.#firstNs) / this.#partNs))
    this.#launched[part] = 1
    if (hasRows) this.#covered[part] = 1
  }

  finish(): { parts: number; silentParts: number; silentRatio: number } {
    let parts = 0
    let silentParts = 0
    for (let part = 0; part < PARTS; part++) {
      if (this.#launched[part] === 0) continue
      parts++
      if (this.#covered[part] === 0) silentParts++
    }
    return { parts, silentParts, silentRatio: parts === 0 ? 0 : silentParts / parts }
  }
}
