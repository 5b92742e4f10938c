/** Nodes and edges as they are found, in any order; `finish` sorts them by start and drops edges that would run backwards. */
import { type EdgeReason, edgeReasons, kindIndex, type NodeKind, type ReplayGraph } from './replay-graph.ts'

export interface NodeRow {
  readonly startNs: number
  readonly durationNs: number
  readonly kind: NodeKind
  readonly token: number
  readonly step: number
  readonly overlappedNs: number
}

interface EdgeRow {
  readonly from: number
  readonly to: number
  readonly fromEnd: boolean
  readonly delayNs: number
  readonly reason: EdgeReason
}

/** An edge to `fixed` is a time after the window's begin, not another node. */
export const fixed = -1

export class NodeList {
  readonly nodes: NodeRow[] = []
  readonly #edges: EdgeRow[] = []
  residualNs = 0

  node(row: NodeRow): number {
    return this.nodes.push(row) - 1
  }

  edge(to: number, from: number, fromEnd: boolean, delayNs: number, reason: EdgeReason): void {
    this.#edges.push({ from, to, fromEnd, delayNs, reason })
  }

  endNs(node: number): number {
    const row = this.nodes[node]
    return row === undefined ? Number.NaN : row.startNs + row.durationNs
  }

  /** @param stepNodes in the numbering of `node`. */
  finish(stepNodes: readonly number[]): ReplayGraph {
    const { nodes } = this
    // Nodes that start together keep the order in which they were made: host before what it launches, predecessors before successors.
    const order = nodes.map((_, index) => index).sort((a, b) => (nodes[a]?.startNs ?? 0) - (nodes[b]?.startNs ?? 0) || a - b)
    const position = new Int32Array(nodes.length)
    for (const [at, node] of order.entries()) position[node] = at
    const incoming: EdgeRow[][] = nodes.map(() => [])
    for (const edge of this.#edges) {
      if (edge.from === fixed || (position[edge.from] as number) < (position[edge.to] as number)) incoming[edge.to]?.push(edge)
    }
    const sorted = order.map((node) => this.#withStart(node, incoming[node] ?? []))
    const edges = sorted.flat()
    const offsets = new Uint32Array(nodes.length + 1)
    for (const [at, list] of sorted.entries()) offsets[at + 1] = (offsets[at] as number) + list.length
    const pick = (value: (row: NodeRow) => number): number[] => order.map((node) => value(nodes[node] as NodeRow))
    return {
      length: nodes.length,
      startNs: Float64Array.from(pick(({ startNs }) => startNs)),
      durationNs: Float64Array.from(pick(({ durationNs }) => durationNs)),
      kind: Uint8Array.from(pick(({ kind }) => kindIndex(kind))),
      token: Int32Array.from(pick(({ token }) => token)),
      step: Int32Array.from(pick(({ step }) => step)),
      overlappedNs: Float64Array.from(pick(({ overlappedNs }) => overlappedNs)),
      edgeOffsets: offsets,
      edgeFrom: Int32Array.from(edges, ({ from }) => (from === fixed ? fixed : (position[from] as number))),
      edgeFromEnd: Uint8Array.from(edges, ({ fromEnd }) => (fromEnd ? 1 : 0)),
      delayNs: Float64Array.from(edges, ({ delayNs }) => delayNs),
      reason: Uint8Array.from(edges, ({ reason }) => edgeReasons.indexOf(reason)),
      stepNodes: Int32Array.from(stepNodes, (node) => position[node] as number),
      residualNs: this.residualNs,
    }
  }

  /** A node that nothing holds (its cause began before the window, or its clock ran backwards) stays where it was measured. */
  #withStart(node: number, edges: EdgeRow[]): EdgeRow[] {
    if (edges.length > 0) return edges
    return [{ from: fixed, to: node, fromEnd: false, delayNs: this.nodes[node]?.startNs ?? 0, reason: 'fixed' }]
  }
}
