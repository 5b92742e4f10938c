/**
 * Everything one device did, in one sequence by start: what step detection and the decode budget read.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column or from the reader's ids.
 */
import { orderLanes, sortRowsByStart } from '#analysis/lanes.ts'
import { type ActivityTable, type CopyKind, copyKinds, type Timeline } from '#model/timeline.ts'

/** `opaque-graph` rows stand for work that nobody resolved; `copy` is memcpy and memset. */
const sequenceKinds = ['compute', 'communication', 'opaque-graph', 'copy'] as const
export type SequenceKind = (typeof sequenceKinds)[number]
export const COMPUTE = 0
export const COMMUNICATION = 1
export const OPAQUE_GRAPH = 2
export const COPY = 3

/** Tables in the order in which `tables` and `row` count. */
export const sequenceTables = ['kernels', 'graphs', 'memcpys', 'memsets'] as const

export interface DeviceSequence {
  readonly device: number
  readonly length: number
  /** Ascending. */
  readonly startNs: Float64Array
  readonly endNs: Float64Array
  /** What ran, as a dense id below `tokenCount`: kernel name, graph id, copy kind or memset. */
  readonly token: Int32Array
  /** Index into `sequenceKinds`. */
  readonly kind: Uint8Array
  /** Index into `Timeline.lanes`. */
  readonly lane: Uint32Array
  /** Index into `sequenceTables`. */
  readonly table: Uint8Array
  /** Row in that table. */
  readonly row: Uint32Array
  readonly tokenCount: number
  /** Token of copies of the first of `copyKinds`; the other kinds follow. */
  readonly firstCopyToken: number
  /** The first `kernelTokenCount` tokens are ids of `Timeline.kernelNames`. */
  readonly kernelTokenCount: number
}

/**
 * Merges all lanes of every device.
 * @param communicationByName 1 for each kernel name id that communicates.
 */
export function buildSequences(timeline: Timeline, communicationByName: Uint8Array): readonly DeviceSequence[] {
  const tables: readonly ActivityTable[] = [timeline.kernels, timeline.graphs, timeline.memcpys, timeline.memsets]
  const orders = tables.map((table) => orderLanes(table, timeline.lanes.length))
  const tokens = tokenSpace(timeline)
  return timeline.devices.map((_, device) => {
    const columns = new SequenceColumns(countRows(timeline, orders, device))
    for (const [index, table] of tables.entries()) {
      const order = orders[index]
      if (order === undefined) continue
      for (let lane = 0; lane < timeline.lanes.length; lane += 1) {
        if (timeline.lanes[lane]?.device !== device) continue
        const rows = { table, index, lane, order: order.order, from: order.offsets[lane] as number, to: order.offsets[lane + 1] as number }
        columns.append(rows, timeline, tokens, communicationByName)
      }
    }
    return columns.sorted(device, tokens)
  })
}

interface TokenSpace {
  readonly count: number
  readonly kernels: number
  readonly graphByRow: Int32Array
  readonly firstCopy: number
  readonly memset: number
}

function tokenSpace(timeline: Timeline): TokenSpace {
  const kernels = timeline.kernelNames.length
  const dense = new Map<number, number>()
  const { graphId, length } = timeline.graphs
  const graphByRow = new Int32Array(length)
  for (let row = 0; row < length; row += 1) {
    const id = graphId === undefined ? 0 : (graphId[row] as number)
    let token = dense.get(id)
    if (token === undefined) {
      token = kernels + dense.size
      dense.set(id, token)
    }
    graphByRow[row] = token
  }
  const firstCopy = kernels + dense.size
  return { count: firstCopy + copyKinds.length + 1, kernels, graphByRow, firstCopy, memset: firstCopy + copyKinds.length }
}

function countRows(timeline: Timeline, orders: readonly { readonly offsets: Uint32Array }[], device: number): number {
  let rows = 0
  for (const { offsets } of orders) {
    for (let lane = 0; lane < timeline.lanes.length; lane += 1) {
      if (timeline.lanes[lane]?.device === device) rows += (offsets[lane + 1] as number) - (offsets[lane] as number)
    }
  }
  return rows
}

interface LaneRun {
  readonly table: ActivityTable
  readonly index: number
  readonly lane: number
  readonly order: Uint32Array | undefined
  readonly from: number
  readonly to: number
}

class SequenceColumns {
  readonly #startNs: Float64Array
  readonly #endNs: Float64Array
  readonly #token: Int32Array
  readonly #kind: Uint8Array
  readonly #lane: Uint32Array
  readonly #table: Uint8Array
  readonly #row: Uint32Array
  #length = 0

  constructor(rows: number) {
    this.#startNs = new Float64Array(rows)
    this.#endNs = new Float64Array(rows)
    this.#token = new Int32Array(rows)
    this.#kind = new Uint8Array(rows)
    this.#lane = new Uint32Array(rows)
    this.#table = new Uint8Array(rows)
    this.#row = new Uint32Array(rows)
  }

  append(run: LaneRun, timeline: Timeline, tokens: TokenSpace, communicationByName: Uint8Array): void {
    const { table, index, lane, order, from, to } = run
    for (let i = from; i < to; i += 1) {
      const row = order === undefined ? i : (order[i] as number)
      const at = this.#length
      this.#length += 1
      const start = table.startNs[row] as number
      this.#startNs[at] = start
      this.#endNs[at] = start + (table.durationNs[row] as number)
      this.#lane[at] = lane
      this.#table[at] = index
      this.#row[at] = row
      if (index === 0) {
        const name = timeline.kernels.name[row] as number
        this.#token[at] = name
        this.#kind[at] = communicationByName[name] === 1 ? COMMUNICATION : COMPUTE
      } else if (index === 1) {
        this.#token[at] = tokens.graphByRow[row] as number
        this.#kind[at] = OPAQUE_GRAPH
      } else {
        this.#token[at] = index === 2 ? tokens.firstCopy + (timeline.memcpys.copyKind[row] as number) : tokens.memset
        this.#kind[at] = COPY
      }
    }
  }

  sorted(device: number, tokens: TokenSpace): DeviceSequence {
    const length = this.#length
    const order = new Uint32Array(length)
    for (let i = 0; i < length; i += 1) order[i] = i
    sortRowsByStart(order, this.#startNs)
    let inOrder = true
    for (let i = 0; i < length && inOrder; i += 1) inOrder = order[i] === i
    const pick = <T extends Float64Array | Int32Array | Uint8Array | Uint32Array>(source: T, target: T): T => {
      if (inOrder) return source
      for (let i = 0; i < length; i += 1) target[i] = source[order[i] as number] as number
      return target
    }
    return {
      device,
      length,
      startNs: pick(this.#startNs, new Float64Array(inOrder ? 0 : length)),
      endNs: pick(this.#endNs, new Float64Array(inOrder ? 0 : length)),
      token: pick(this.#token, new Int32Array(inOrder ? 0 : length)),
      kind: pick(this.#kind, new Uint8Array(inOrder ? 0 : length)),
      lane: pick(this.#lane, new Uint32Array(inOrder ? 0 : length)),
      table: pick(this.#table, new Uint8Array(inOrder ? 0 : length)),
      row: pick(this.#row, new Uint32Array(inOrder ? 0 : length)),
      tokenCount: tokens.count,
      firstCopyToken: tokens.firstCopy,
      kernelTokenCount: tokens.kernels,
    }
  }
}

/**
 * What an activity is for the shape of a step: its token, but one for all opaque graphs, whose ids tell batch buckets apart and not what
 * ran inside. At most `tokenCount`.
 */
export function shapeToken(sequence: DeviceSequence, position: number): number {
  return sequence.kind[position] === OPAQUE_GRAPH ? sequence.tokenCount : (sequence.token[position] as number)
}

/** The token of copies of one kind. */
export function copyToken(sequence: DeviceSequence, kind: CopyKind): number {
  return sequence.firstCopyToken + copyKinds.indexOf(kind)
}

/** The lane with the most non-communication busy time; on a device that only communicates, the busiest. -1 when there is no work. */
export function mainLane(sequence: DeviceSequence): number {
  let lanes = 0
  for (let i = 0; i < sequence.length; i += 1) lanes = Math.max(lanes, (sequence.lane[i] as number) + 1)
  const work = new Float64Array(lanes).fill(-1)
  for (let i = 0; i < sequence.length; i += 1) {
    const kind = sequence.kind[i]
    const lane = sequence.lane[i] as number
    // Communication counts a millionth: it decides only where nothing else runs. Copies are not work that steps repeat by.
    const weight = kind === COMMUNICATION ? 1e-6 : kind === COPY ? 1e-12 : 1
    const ns = (sequence.endNs[i] as number) - (sequence.startNs[i] as number)
    work[lane] = Math.max(0, work[lane] as number) + weight * ns
  }
  let best = -1
  for (let lane = 0; lane < lanes; lane += 1) {
    if ((work[lane] as number) >= 0 && (best < 0 || (work[lane] as number) > (work[best] as number))) best = lane
  }
  return best
}
