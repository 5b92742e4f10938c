/** Why the device was idle, from the simulated host's own timeline. */
import type { Activity, HostCall, RankPlan } from './plan.ts'
import type { IdleCause } from './truth-types.ts'

export interface IdleGap {
  readonly startNs: number
  readonly endNs: number
  /** The device row that ended the gap. */
  readonly before: Activity
}

interface Segment {
  readonly startNs: number
  readonly endNs: number
}

/** Length of [fromNs, toNs) covered by segments, which are sorted and do not overlap; `cursor.at` only moves forward. */
function covered(segments: readonly Segment[], cursor: { at: number }, fromNs: number, toNs: number): number {
  while ((segments[cursor.at]?.endNs ?? Number.POSITIVE_INFINITY) <= fromNs) cursor.at += 1
  let sum = 0
  for (let index = cursor.at; index < segments.length; index++) {
    const segment = segments[index] as Segment
    if (segment.startNs >= toNs) break
    sum += Math.max(0, Math.min(segment.endNs, toNs) - Math.max(segment.startNs, fromNs))
  }
  return sum
}

/**
 * A gap before a row whose launch ended before the gap began is `queued`. Else the time up to the launch is split by what the host
 * thread did (waiting in a synchronisation, other API calls, operating-system waits, computing), and the rest of the gap is `launch`.
 */
export function idleByCause(plan: RankPlan, gaps: readonly IdleGap[]): Record<IdleCause, number> {
  const result: Record<IdleCause, number> = { sync: 0, launch: 0, 'host-wait': 0, 'host-compute': 0, queued: 0 }
  const launches = new Map<number, HostCall>(plan.calls.map((call) => [call.correlation, call]))
  const syncs = plan.calls.filter(({ kind }) => kind === 'sync')
  const others = plan.calls.filter(({ kind }) => kind !== 'sync')
  const cursors = { sync: { at: 0 }, other: { at: 0 }, wait: { at: 0 } }
  for (const gap of gaps) {
    const launch = launches.get(gap.before.correlation)
    if (launch === undefined || launch.endNs <= gap.startNs) {
      result.queued += gap.endNs - gap.startNs
      continue
    }
    const launchNs = Math.min(Math.max(launch.startNs, gap.startNs), gap.endNs)
    const syncNs = covered(syncs, cursors.sync, gap.startNs, launchNs)
    const callNs = covered(others, cursors.other, gap.startNs, launchNs)
    const waitNs = covered(plan.osCalls, cursors.wait, gap.startNs, launchNs)
    result.sync += syncNs
    result['host-wait'] += waitNs
    result.launch += callNs + gap.endNs - launchNs
    result['host-compute'] += launchNs - gap.startNs - syncNs - callNs - waitNs
  }
  return result
}
