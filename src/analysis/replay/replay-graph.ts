/**
 * What waits for what in a few steps: the graph that a what-if is computed on (algorithms.md, 5).
 *
 * A node is a device activity or a stretch of a launching host thread. It starts when the last of its edges lets it, and keeps its duration:
 * start = max over edges of (start or end of the other node + delay), end = start + duration. Times are ns after the window's begin.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by `length` or by the edge offsets.
 */

/** What a node is. Host nodes come from launching threads only; `host-wait` is a wait whose cause the capture does not show. */
export const nodeKinds = [
  'compute',
  'communication',
  'opaque-graph',
  'copy',
  'host-busy',
  'host-launch',
  'host-call',
  'host-sync',
  'host-wait',
] as const
export type NodeKind = (typeof nodeKinds)[number]
export const kindIndex = (kind: NodeKind): number => nodeKinds.indexOf(kind)

/** Why one node waits for another. `residual` is a fixed offset from the window's begin: what no edge explains. */
export const edgeReasons = ['lane', 'launch', 'graph', 'other-lane', 'thread', 'sync', 'fixed'] as const
export type EdgeReason = (typeof edgeReasons)[number]

export interface ReplayGraph {
  readonly length: number
  /** As measured, ns after the window's begin; negative where a node was already running. Ascending. */
  readonly startNs: Float64Array
  readonly durationNs: Float64Array
  /** Index into `nodeKinds`. */
  readonly kind: Uint8Array
  /** Device nodes: token of the device sequence. Host calls: index into `Timeline.hostCallNames`. -1 = none. */
  readonly token: Int32Array
  /** Step of the window that a device node belongs to, -1 = before it; host nodes: -1. */
  readonly step: Int32Array
  /** Device nodes: time that runs beside work of another lane, ns. */
  readonly overlappedNs: Float64Array
  /** Edges of node i are `edgeOffsets[i]` … `edgeOffsets[i + 1] - 1`; every edge comes from an earlier node. */
  readonly edgeOffsets: Uint32Array
  /** Earlier node, or -1: a fixed time, `delayNs` after the window's begin. */
  readonly edgeFrom: Int32Array
  /** 1 = counted from the other node's end, 0 = from its start. */
  readonly edgeFromEnd: Uint8Array
  readonly delayNs: Float64Array
  /** Index into `edgeReasons`. */
  readonly reason: Uint8Array
  /** Node that begins each step of the window, and the one that begins the step after the last. */
  readonly stepNodes: Int32Array
  /** Delay that no known dependency explains, summed over the window: constant in every what-if. */
  readonly residualNs: number
}

/** New start of every node. `durationNs` and `delayNs` may differ from the graph's: that is the what-if. */
export function replay(graph: ReplayGraph, durationNs = graph.durationNs, delayNs = graph.delayNs): Float64Array {
  const { length, edgeOffsets, edgeFrom, edgeFromEnd } = graph
  const start = new Float64Array(length)
  for (let node = 0; node < length; node += 1) {
    let at = Number.NEGATIVE_INFINITY
    const last = edgeOffsets[node + 1] as number
    for (let edge = edgeOffsets[node] as number; edge < last; edge += 1) {
      const from = edgeFrom[edge] as number
      let time = delayNs[edge] as number
      if (from >= 0) time += (start[from] as number) + (edgeFromEnd[edge] === 1 ? (durationNs[from] as number) : 0)
      if (time > at) at = time
    }
    start[node] = at
  }
  return start
}

/**
 * Mean cadence from step `from` of the window to its end. The first steps of a replay still carry the past that was measured, so a
 * what-if is read from the later ones.
 */
export function cadenceNs(graph: ReplayGraph, start: Float64Array, from: number): number {
  const last = graph.stepNodes.length - 1
  const begin = start[graph.stepNodes[from] as number] as number
  const end = start[graph.stepNodes[last] as number] as number
  return (end - begin) / (last - from)
}
