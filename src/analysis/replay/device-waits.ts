/**
 * Which device activity a host call waited for. Captures rarely say: it is read from times.
 *
 * What would fool it: a call that waits for another rank's work, or for a thread; an event of one stream while others are busy; a device that
 * keeps up with the launches, so that kernels end inside any call. So a wait counts as a wait for the device only where an activity that was
 * launched before the call ended inside it, shortly before it returned, and no result launched before the call came after it.
 */
import type { HostCallClass } from '#model/timeline.ts'

/** The activities of a window by their end. */
export interface EndedActivity {
  readonly node: number
  readonly endNs: number
  /** Start of the call that launched it, NaN unknown. */
  readonly launchedNs: number
  readonly isResult: boolean
}

/** A thread wakes within tens of microseconds of what it waited for; later than 100 us it waited for something else (as for idle causes). */
const RETURN_NS = 100_000
/** A launch that lasts this long waited for a place in the queue (1,024 launches deep): the call itself takes 2 to 10 us, graphs to 20. */
const BLOCKED_LAUNCH_NS = 50_000
/** Looked at before giving up: activities that end within the return time are few. */
const MAX_LOOK = 512

/** @param ended Ascending by `endNs`. */
export function awaitedActivity(
  ended: readonly EndedActivity[],
  call: { readonly class: HostCallClass; readonly name: string; readonly startNs: number; readonly endNs: number },
): number | undefined {
  const isWait = call.class === 'sync' || call.class === 'wait' || isBlockingCopy(call.class, call.name)
  const isBlocked = (call.class === 'launch' || call.class === 'graph-launch') && call.endNs - call.startNs > BLOCKED_LAUNCH_NS
  if (!isWait && !isBlocked) return undefined
  let at = lastEndingBy(ended, call.endNs)
  let latest: number | undefined
  for (let looked = 0; at >= 0 && looked < MAX_LOOK; at -= 1, looked += 1) {
    const activity = ended[at]
    if (activity === undefined || activity.endNs <= call.startNs || call.endNs - activity.endNs > RETURN_NS) break
    // A synchronisation cannot wait for what was launched after it began; a copy's own call launches it.
    if (activity.launchedNs > call.startNs) continue
    // The host waits for results: a copy back explains the wait better than a kernel that happened to end later.
    if (isWait && activity.isResult) return activity.node
    latest ??= activity.node
  }
  // A result that was launched before the call and came after it: the call waited for an earlier one, which was there, or for nothing.
  return latest !== undefined && isWait && isResultPending(ended, call) ? undefined : latest
}

/** Whether a copy back, launched before `call`, was still to come when it returned: as where the host runs ahead of the device. */
function isResultPending(
  ended: readonly EndedActivity[],
  { startNs, endNs }: { readonly startNs: number; readonly endNs: number },
): boolean {
  for (let at = lastEndingBy(ended, endNs) + 1, looked = 0; at < ended.length && looked < MAX_LOOK; at += 1, looked += 1) {
    const activity = ended[at]
    if (activity?.isResult === true && activity.launchedNs <= startNs) return true
  }
  return false
}

/** `cudaMemcpyAsync` of pageable memory also blocks: where its own copy ended inside the call, it waited. */
function isBlockingCopy(callClass: HostCallClass, name: string): boolean {
  return callClass === 'memcpy' && !/Prefetch|Peer/.test(name)
}

function lastEndingBy(ended: readonly EndedActivity[], time: number): number {
  let low = 0
  let high = ended.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ended[middle]?.endNs ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}
