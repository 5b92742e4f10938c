/**
 * The launching threads of a window as nodes: calls, and the host's own time between them, each held by what came before on the thread.
 * A call that waited for the device is two nodes: its beginning, and its return, which the device's activity holds.
 *
 * `as number` on typed-array reads: rows come from `OutermostCalls`, bounded by its offsets.
 */
import type { OutermostCalls } from '#analysis/host-walk.ts'
import type { HostCallClass, Timeline } from '#model/timeline.ts'
import { fixed, type NodeList } from './node-list.ts'

export interface HostWindow {
  readonly timeline: Timeline
  readonly calls: OutermostCalls
  /** ns in the capture that the window's time 0 stands for. */
  readonly originNs: number
  /** Calls that begin before this time after the window's begin are left to the past. */
  readonly fromNs: number
  readonly untilNs: number
}

/** A call of the window: where it stands, so that what it launched and what it waited for can be tied to it. */
export interface CallNode {
  readonly row: number
  readonly class: HostCallClass
  readonly name: string
  /** Node of the call; of its beginning where it waits. */
  readonly node: number
  readonly startNs: number
  readonly endNs: number
}

/** What a wait costs when nothing is pending: the call itself, about a microsecond. */
const IDLE_WAIT_NS = 1_000

/**
 * Adds the nodes of one thread. `waitsFor` names the device node that a call waited for, by the call; undefined where it waited for none.
 * Device nodes must already be in the list.
 */
export function addThread(
  list: NodeList,
  window: HostWindow,
  thread: number,
  waitsFor: (call: { readonly row: number; readonly startNs: number; readonly endNs: number }) => number | undefined,
): CallNode[] {
  const { timeline, calls, originNs, fromNs, untilNs } = window
  const { startNs, durationNs, name } = calls.table
  const found: CallNode[] = []
  let position = calls.firstEndingAfter(thread, originNs + fromNs, calls.offsets[thread] as number)
  const last = calls.offsets[thread + 1] as number
  let before = fixed
  for (; position < last; position += 1) {
    const row = calls.rows[position] as number
    const begin = (startNs[row] as number) - originNs
    if (begin > untilNs) break
    const end = begin + (durationNs[row] as number)
    const busyFrom = before === fixed ? begin : list.endNs(before)
    if (begin > busyFrom) before = addNode(list, before, { startNs: busyFrom, durationNs: begin - busyFrom, kind: 'host-busy', token: -1 })
    const entry = timeline.hostCallNames[name[row] as number]
    const of = { row, class: entry?.class ?? 'other', name: entry?.name ?? '', startNs: begin, endNs: end }
    const device = waitsFor({ row, startNs: begin, endNs: end })
    const token = name[row] as number
    if (device === undefined) {
      before = addNode(list, before, { startNs: begin, durationNs: end - begin, kind: kindOf(of.class), token })
      found.push({ ...of, node: before })
      continue
    }
    const own = Math.min(IDLE_WAIT_NS, end - begin)
    const call = addNode(list, before, { startNs: begin, durationNs: own, kind: 'host-sync', token })
    found.push({ ...of, node: call })
    before = list.node({ startNs: end, durationNs: 0, kind: 'host-sync', token, step: -1, overlappedNs: 0 })
    list.edge(before, call, true, 0, 'thread')
    list.edge(before, device, true, end - list.endNs(device), 'sync')
  }
  return found
}

function kindOf(callClass: HostCallClass): 'host-launch' | 'host-wait' | 'host-call' {
  if (callClass === 'launch' || callClass === 'graph-launch') return 'host-launch'
  return callClass === 'sync' || callClass === 'wait' ? 'host-wait' : 'host-call'
}

interface HostNode {
  readonly startNs: number
  readonly durationNs: number
  readonly kind: 'host-busy' | 'host-launch' | 'host-wait' | 'host-call' | 'host-sync'
  readonly token: number
}

function addNode(list: NodeList, before: number, node: HostNode): number {
  const added = list.node({ ...node, step: -1, overlappedNs: 0 })
  if (before === fixed) list.edge(added, fixed, false, node.startNs, 'fixed')
  else list.edge(added, before, true, node.startNs - list.endNs(before), 'thread')
  return added
}
