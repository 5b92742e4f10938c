/**
 * What let each device activity start: its stream, its launch, its graph, or another stream.
 * The edge that bound it keeps the delay that was measured, so an unchanged replay gives the measured start. Edges that did not bind get
 * the usual delay of their kind, never more than they had: they become the limit when the bound one is removed.
 */
import { median } from '#base/statistics.ts'
import { fixed, type NodeList } from './node-list.ts'
import type { EdgeReason } from './replay-graph.ts'

export interface DeviceNode {
  readonly node: number
  readonly startNs: number
  readonly endNs: number
  readonly lane: number
  /** Launch correlation, 0 unknown: nodes of one graph replay share it. */
  readonly launch: number
  readonly call?: { readonly node: number; readonly startNs: number }
}

/** A start this soon after a cause is explained by it: neighbours on a stream follow in 0.3 to 3 us, launches in 2 to 10 us. */
const LANE_NS = 5_000
const LAUNCH_NS = 20_000
/** Where no edge of a kind ever bound: what traces of idle devices show (a launch) and what queued neighbours show (a stream). */
const usualNs: Readonly<Partial<Record<EdgeReason, number>>> = { launch: 5_000, lane: 1_000, graph: 1_000, 'other-lane': 2_000 }

interface Cause {
  readonly from: number
  readonly fromEnd: boolean
  readonly slackNs: number
  readonly reason: EdgeReason
}

/** Adds the edges of device nodes, which must come by ascending start. */
export function addDeviceEdges(list: NodeList, nodes: readonly DeviceNode[]): void {
  const found = causesOf(nodes)
  const usual = usualDelays(found)
  const usualOf = ({ reason, slackNs }: Cause): number => Math.min(slackNs, usual.get(reason) ?? usualNs[reason] ?? slackNs)
  for (const [index, { node, startNs }] of nodes.entries()) {
    const causes = found[index] ?? []
    // The cause that would have let it start last is the one that bound.
    const [binding, ...others] = [...causes].sort((a, b) => a.slackNs - usualOf(a) - (b.slackNs - usualOf(b)))
    if (binding === undefined) {
      list.edge(node, fixed, false, startNs, 'fixed')
      continue
    }
    list.edge(node, binding.from, binding.fromEnd, binding.slackNs, binding.reason)
    for (const cause of others) list.edge(node, cause.from, cause.fromEnd, usualOf(cause), cause.reason)
    // Without a predecessor in the window the cause may stand before it.
    if (causes.some(({ reason }) => reason !== 'launch') && !isExplained(causes)) list.residualNs += binding.slackNs - usualOf(binding)
  }
}

function causesOf(nodes: readonly DeviceNode[]): Cause[][] {
  const lastOfLane = new Map<number, DeviceNode>()
  const lastEnded: DeviceNode[] = []
  const lastOfGraph = new Map<number, DeviceNode>()
  return nodes.map((node) => {
    const causes: Cause[] = []
    const before = lastOfLane.get(node.lane)
    if (before !== undefined && before.endNs <= node.startNs) causes.push(after(before, node, 'lane'))
    const sameLaunch = node.launch === 0 ? undefined : lastOfGraph.get(node.launch)
    // Rows of one launch on a stream that overlap are branches of a graph: the latest of it that had ended came before.
    if (causes.length === 0 && sameLaunch !== undefined && sameLaunch.endNs <= node.startNs) causes.push(after(sameLaunch, node, 'graph'))
    const { call } = node
    if (call !== undefined && call.startNs <= node.startNs)
      causes.push({ from: call.node, fromEnd: false, slackNs: node.startNs - call.startNs, reason: 'launch' })
    if (!isExplained(causes)) {
      const other = latestEnded(lastEnded, node)
      if (other !== undefined && node.startNs - other.endNs <= LANE_NS) causes.push(after(other, node, 'other-lane'))
    }
    remember(lastEnded, node)
    if (before === undefined || node.endNs >= before.endNs) lastOfLane.set(node.lane, node)
    if (sameLaunch === undefined || node.endNs >= sameLaunch.endNs) lastOfGraph.set(node.launch, node)
    return causes
  })
}

const after = (from: DeviceNode, to: DeviceNode, reason: EdgeReason): Cause => ({
  from: from.node,
  fromEnd: true,
  slackNs: to.startNs - from.endNs,
  reason,
})

function isExplained(causes: readonly Cause[]): boolean {
  return causes.some(({ reason, slackNs }) => slackNs <= (reason === 'launch' ? LAUNCH_NS : LANE_NS))
}

/** The last nodes that were started: enough to find what ended just before another began. */
const KEPT = 64

function remember(ended: DeviceNode[], node: DeviceNode): void {
  ended.push(node)
  if (ended.length > KEPT) ended.shift()
}

function latestEnded(ended: readonly DeviceNode[], { lane, startNs }: DeviceNode): DeviceNode | undefined {
  let latest: DeviceNode | undefined
  for (const each of ended) {
    if (each.lane !== lane && each.endNs <= startNs && (latest === undefined || each.endNs > latest.endNs)) latest = each
  }
  return latest
}

/** Median delay of each kind of edge where it was the one that bound, from what is plausible for its kind. */
function usualDelays(found: readonly (readonly Cause[])[]): ReadonlyMap<EdgeReason, number> {
  const delays = new Map<EdgeReason, number[]>()
  for (const causes of found) {
    const [first] = [...causes].sort((a, b) => a.slackNs - b.slackNs)
    if (first === undefined || first.slackNs > (first.reason === 'launch' ? LAUNCH_NS : LANE_NS)) continue
    const known = delays.get(first.reason)
    if (known === undefined) delays.set(first.reason, [first.slackNs])
    else known.push(first.slackNs)
  }
  return new Map([...delays].map(([reason, values]) => [reason, median(values)]))
}
