/**
 * Kernels that graph replays should have left against kernels present: a profiler whose buffers overflow keeps about one replay of N,
 * and an account that does not count them calls a saturated device idle.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { medianInPlace } from '#base/statistics.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { Timeline } from '#model/timeline.ts'
import { GRAPH_LAUNCH, type LaunchAccount } from './launch-account.ts'
import type { LaunchJoin } from './launch-join.ts'

type Replays = NonNullable<Coverage['replays']>

/** Undefined when no graph launch has kernels. `missing`: graph launches without any device row. */
export function accountReplays(timeline: Timeline, join: LaunchJoin, account: LaunchAccount, missing: number): Replays | undefined {
  const kernelsOf = new Uint32Array(account.role.length)
  const firstKernel = new Int32Array(account.role.length).fill(-1)
  const nodes = new NodeSets(timeline.kernels.graphNode)
  let present = 0
  for (let row = 0; row < join.kernelLaunch.length; row++) {
    const call = countedCall(account, join.kernelLaunch[row] as number)
    if (call < 0 || account.role[call] !== GRAPH_LAUNCH) continue
    present++
    kernelsOf[call] = (kernelsOf[call] as number) + 1
    const first = firstKernel[call] as number
    if (first < 0) firstKernel[call] = row
    else nodes.unite(first, row)
  }
  if (present === 0) return undefined
  const counts: number[] = []
  const groups: number[] = []
  const groupOf = new Map<number, number>()
  for (let call = 0; call < kernelsOf.length; call++) {
    const kernels = kernelsOf[call] as number
    if (kernels === 0) continue
    const key = graphKey(timeline, nodes, firstKernel[call] as number, kernels)
    const group = groupOf.get(key) ?? groupOf.size
    groupOf.set(key, group)
    counts.push(kernels)
    groups.push(group)
  }
  const expectedSeen = sumOfMedians(counts, groups, groupOf.size)
  const expected = Math.round(expectedSeen + missing * (expectedSeen / counts.length))
  return {
    graphs: groupOf.size,
    byNodeSet: nodes.isKnown,
    replays: counts.length,
    medianKernelsPerReplay: medianInPlace(Float64Array.from(counts)),
    expectedKernels: expected,
    presentKernels: present,
    presentRatio: present / expected,
  }
}

function countedCall(account: LaunchAccount, call: number): number {
  if (call < 0 || account.outerOf === undefined) return call
  const outer = account.outerOf[call] as number
  return outer >= 0 ? outer : call
}

/** Sum over groups of replays x median kernels per replay. */
function sumOfMedians(counts: readonly number[], groups: readonly number[], groupCount: number): number {
  const ends = new Uint32Array(groupCount + 1)
  for (const group of groups) ends[group + 1] = (ends[group + 1] as number) + 1
  for (let group = 0; group < groupCount; group++) ends[group + 1] = (ends[group + 1] as number) + (ends[group] as number)
  const next = ends.slice(0, groupCount)
  const sorted = new Float64Array(counts.length)
  for (let index = 0; index < counts.length; index++) {
    const group = groups[index] as number
    const slot = next[group] as number
    sorted[slot] = counts[index] as number
    next[group] = slot + 1
  }
  let total = 0
  for (let group = 0; group < groupCount; group++) {
    const from = ends[group] as number
    const to = ends[group + 1] as number
    total += (to - from) * medianInPlace(sorted, from, to)
  }
  return total
}

/** Above every node id and count, so that the three kinds of key never meet. */
const KEY_STRIDE = 2 ** 21

/** Which graph a replay belongs to: its graph id, else the set of nodes that run together, else first kernel name and kernel count. */
function graphKey(timeline: Timeline, nodes: NodeSets, firstKernel: number, kernels: number): number {
  const graphId = timeline.kernels.graphId?.[firstKernel] ?? 0
  if (graphId !== 0) return -graphId
  const set = nodes.find(firstKernel)
  if (set > 0) return set
  return ((timeline.kernels.name[firstKernel] as number) + 2 ** 12) * KEY_STRIDE + Math.min(kernels, KEY_STRIDE - 1)
}

/** Union-find over graph nodes: nodes seen in one replay belong to one graph. */
class NodeSets {
  readonly isKnown: boolean
  readonly #node: Uint32Array | undefined
  readonly #parent: Uint32Array

  constructor(node: Uint32Array | undefined) {
    let last = 0
    if (node !== undefined) for (let row = 0; row < node.length; row++) if ((node[row] as number) > last) last = node[row] as number
    this.#node = node
    this.isKnown = last > 0
    this.#parent = Uint32Array.from({ length: this.isKnown ? last + 1 : 0 }, (_, index) => index)
  }

  #root(node: number): number {
    let current = node
    while (this.#parent[current] !== current) {
      const up = this.#parent[this.#parent[current] as number] as number
      this.#parent[current] = up
      current = up
    }
    return current
  }

  unite(rowA: number, rowB: number): void {
    if (!this.isKnown || this.#node === undefined) return
    const a = this.#node[rowA] as number
    const b = this.#node[rowB] as number
    if (a === 0 || b === 0 || a === b) return
    this.#parent[this.#root(b)] = this.#root(a)
  }

  /** Set of the kernel's node, 0 when it has none. */
  find(row: number): number {
    const node = this.#node?.[row] ?? 0
    return node === 0 ? 0 : this.#root(node)
  }
}
