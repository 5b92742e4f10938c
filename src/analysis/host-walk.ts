/**
 * What a host thread did in a stretch of time: its outermost calls in order, asked by ascending time.
 *
 * `as number` on typed-array reads: positions stay within the thread's offsets.
 */
import { orderLanes } from '#analysis/lanes.ts'
import type { HostCallTable, Timeline } from '#model/timeline.ts'

/** What a call means for a late launch. */
export const hostActivities = ['launch', 'sync', 'wait'] as const
export type HostActivity = (typeof hostActivities)[number]
const LAUNCH = 0
const SYNC = 1
const WAIT = 2

/** Outermost calls of every thread: nested ones (driver in runtime) are inside and would count twice. */
export class OutermostCalls {
  readonly table: HostCallTable
  /** Rows of `table`: thread t has `rows[offsets[t]] … rows[offsets[t + 1] - 1]`, ascending and disjoint. */
  readonly rows: Uint32Array
  readonly offsets: Uint32Array

  constructor(table: HostCallTable, threadCount: number) {
    const { offsets, order } = orderLanes({ length: table.length, startNs: table.startNs, lane: table.thread }, threadCount)
    const rows = order ?? new Uint32Array(table.length)
    const kept = new Uint32Array(threadCount + 1)
    let length = 0
    for (let thread = 0; thread < threadCount; thread += 1) {
      let openUntil = Number.NEGATIVE_INFINITY
      const last = offsets[thread + 1] as number
      for (let position = offsets[thread] as number; position < last; position += 1) {
        const row = order === undefined ? position : (order[position] as number)
        const start = table.startNs[row] as number
        if (start < openUntil) continue
        openUntil = start + (table.durationNs[row] as number)
        rows[length] = row
        length += 1
      }
      kept[thread + 1] = length
    }
    this.table = table
    this.rows = rows.subarray(0, length)
    this.offsets = kept
  }

  /** First position of the thread whose call ends after `time`, by bisection from `from`. */
  firstEndingAfter(thread: number, time: number, from: number): number {
    const { startNs, durationNs } = this.table
    let high = this.offsets[thread + 1] as number
    let low = from
    // Gaps come in order of time: the answer is usually a few calls ahead, so double before bisecting.
    for (let step = 1; low + step < high; step *= 2) {
      const row = this.rows[low + step] as number
      if ((startNs[row] as number) + (durationNs[row] as number) > time) {
        high = low + step + 1
        break
      }
      low += step
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.rows[middle] as number
      if ((startNs[row] as number) + (durationNs[row] as number) > time) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Time of a stretch by activity; `busy` is the host's own work, in no call. */
export interface HostTime {
  launchNs: number
  syncNs: number
  /** Part of `syncNs` in a synchronisation that was already waiting when the stretch began. */
  syncFromBeforeNs: number
  waitNs: number
  busyNs: number
}

/** Blocking copies synchronise; so do the calls of class sync. Calls of class wait (poll, futex…) stand in `osCalls`, some in API tables. */
function activityOf(name: string, callClass: string): number {
  if (callClass === 'sync') return SYNC
  if (callClass === 'wait') return WAIT
  return callClass === 'memcpy' && !/Async|Prefetch|Peer/.test(name) ? SYNC : LAUNCH
}

/** Of each table, computed once: every device of a capture asks for the same. */
const known = new WeakMap<HostCallTable, OutermostCalls>()

export function outermostCalls(table: HostCallTable, threadCount: number): OutermostCalls {
  const calls = known.get(table) ?? new OutermostCalls(table, threadCount)
  known.set(table, calls)
  return calls
}

export class HostWalk {
  readonly #calls: OutermostCalls
  readonly #osCalls: OutermostCalls | undefined
  readonly #activity: Uint8Array
  readonly #cursor: Uint32Array
  readonly #osCursor: Uint32Array
  readonly #time: HostTime = { launchNs: 0, syncNs: 0, syncFromBeforeNs: 0, waitNs: 0, busyNs: 0 }

  constructor(timeline: Timeline, hostCalls: HostCallTable) {
    this.#calls = outermostCalls(hostCalls, timeline.threads.length)
    this.#osCalls = timeline.osCalls === undefined ? undefined : outermostCalls(timeline.osCalls, timeline.threads.length)
    this.#activity = Uint8Array.from(timeline.hostCallNames, (entry) => activityOf(entry.name, entry.class))
    this.#cursor = this.#calls.offsets.slice(0, timeline.threads.length)
    this.#osCursor = this.#osCalls?.offsets.slice(0, timeline.threads.length) ?? new Uint32Array(0)
  }

  /** Splits [from, to) of a thread. Stretches of one thread must come by ascending `from`. The result is overwritten by the next call. */
  split(thread: number, from: number, to: number): HostTime {
    const time = this.#time
    time.launchNs = 0
    time.syncNs = 0
    time.syncFromBeforeNs = 0
    time.waitNs = 0
    time.busyNs = 0
    const { startNs, durationNs, name } = this.#calls.table
    const last = this.#calls.offsets[thread + 1] as number
    let position = this.#calls.firstEndingAfter(thread, from, this.#cursor[thread] as number)
    this.#cursor[thread] = position
    let open = from
    for (; position < last && open < to; position += 1) {
      const row = this.#calls.rows[position] as number
      const callStart = startNs[row] as number
      if (callStart >= to) break
      const start = callStart > open ? callStart : open
      const callEnd = callStart + (durationNs[row] as number)
      const end = callEnd < to ? callEnd : to
      if (start > open) this.#outsideCalls(thread, open, start)
      const activity = this.#activity[name[row] as number] as number
      if (activity === SYNC) {
        time.syncNs += end - start
        if (callStart <= from) time.syncFromBeforeNs += end - start
      } else if (activity === LAUNCH) time.launchNs += end - start
      else time.waitNs += end - start
      if (end > open) open = end
    }
    if (open < to) this.#outsideCalls(thread, open, to)
    return time
  }

  /** Time outside API calls: inside an operating-system wait, or the host's own. */
  #outsideCalls(thread: number, from: number, to: number): void {
    const calls = this.#osCalls
    let waited = 0
    if (calls !== undefined) {
      const { startNs, durationNs, name } = calls.table
      const last = calls.offsets[thread + 1] as number
      let position = calls.firstEndingAfter(thread, from, this.#osCursor[thread] as number)
      this.#osCursor[thread] = position
      for (; position < last; position += 1) {
        const row = calls.rows[position] as number
        const start = startNs[row] as number
        if (start >= to) break
        if (this.#activity[name[row] as number] !== WAIT) continue
        waited += Math.min(start + (durationNs[row] as number), to) - Math.max(start, from)
      }
    }
    this.#time.waitNs += waited
    this.#time.busyNs += to - from - waited
  }
}
