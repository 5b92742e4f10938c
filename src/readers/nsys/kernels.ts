/** CUPTI_ACTIVITY_KIND_KERNEL and …_GRAPH_TRACE: what ran on the devices. */
import { grown, trimmed } from '#base/columns.ts'
import type { Geometry, GraphTable, KernelName, KernelTable } from '#model/timeline.ts'
import { ActivityColumns, emptyActivity } from './activity-columns.ts'
import { idsAt, numbersAt, tableNamed } from './column-plan.ts'
import { initialCapacity, type ReadState } from './read-state.ts'
import type { ColumnBatch } from './table-source.ts'
import { TupleInterner } from './tuple-interner.ts'

const NAME_COLUMNS = ['demangledName', 'shortName', 'mangledName'] as const
const GEOMETRY_COLUMNS = ['gridX', 'gridY', 'gridZ', 'blockX', 'blockY', 'blockZ'] as const

/** Power of two; more than the distinct kernels of most captures. */
const MEMO_SLOTS = 2048

/** Interns one row tuple of several optional columns. */
class TupleColumn {
  readonly interner: TupleInterner
  readonly #positions: readonly number[]
  #values: Int32Array
  #filler = new Float64Array(0)
  /** The last tuple seen for each low-bits value of the first column (string ids of one capture are dense): its parts, and its index. */
  readonly #memo: Float64Array
  readonly #memoIndex = new Int32Array(MEMO_SLOTS)

  constructor(positions: readonly number[], capacity: number) {
    this.#positions = positions
    this.interner = new TupleInterner(positions.length)
    this.#values = new Int32Array(capacity)
    this.#memo = new Float64Array(MEMO_SLOTS * positions.length).fill(Number.NaN)
  }

  append(batch: ColumnBatch, activity: ActivityColumns, first: number): void {
    const columns = this.#positions.map((position) => numbersAt(batch, position) ?? this.#absent(batch.rows))
    const width = columns.length
    const { kept, keptCount } = activity
    const values = grown(this.#values, activity.length)
    this.#values = values
    const memo = this.#memo
    const memoIndex = this.#memoIndex
    // Names have three parts, geometries six: the first three compared in place, the rest in a loop.
    const [one, two, three] = columns as [Float64Array, Float64Array, Float64Array]
    for (let index = 0; index < keptCount; index++) {
      const row = kept[index] as number // in bounds: keptCount rows of the batch, width columns
      const slot = (one[row] as number) & (MEMO_SLOTS - 1)
      const at = slot * width
      let isSame = memo[at] === one[row] && memo[at + 1] === two[row] && memo[at + 2] === three[row]
      for (let part = 3; isSame && part < width; part++) isSame = memo[at + part] === (columns[part] as Float64Array)[row]
      if (!isSame) {
        memoIndex[slot] = this.#intern(columns, row)
        for (let part = 0; part < width; part++) memo[at + part] = (columns[part] as Float64Array)[row] as number
      }
      values[first + index] = memoIndex[slot] as number
    }
  }

  #intern(columns: readonly Float64Array[], row: number): number {
    const { key } = this.interner
    for (let part = 0; part < key.length; part++) {
      const value = (columns[part] as Float64Array)[row] as number
      key[part] = Number.isNaN(value) ? -1 : value
    }
    return this.interner.intern()
  }

  /** A column of -1, for what this version does not have. */
  #absent(rows: number): Float64Array {
    if (this.#filler.length < rows) this.#filler = new Float64Array(rows).fill(-1)
    return this.#filler
  }

  finish(length: number): Int32Array {
    return trimmed(this.#values, length)
  }
}

/** Graph nodes are numbered per process: 0 = launched outside a graph, else 1 + index of the distinct node. */
class GraphNodeColumn {
  readonly #interner = new TupleInterner(4)
  #values: Uint32Array
  seen = 0

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity)
  }

  append(batch: ColumnBatch, position: number, processAt: number, activity: ActivityColumns, first: number): void {
    const nodes = batch.id64(position)
    const processes = idsAt(batch, processAt)
    this.#values = grown(this.#values, activity.length)
    const { key } = this.#interner
    for (let index = 0; index < activity.keptCount; index++) {
      const row = activity.kept[index] as number // in bounds: keptCount rows of the batch
      const hi = nodes.hi[row] as number
      const lo = nodes.lo[row] as number
      if (hi === 0 && lo === 0) continue
      key[0] = hi
      key[1] = lo
      key[2] = processes?.hi[row] ?? 0
      key[3] = processes?.lo[row] ?? 0
      this.#values[first + index] = this.#interner.intern() + 1
      this.seen++
    }
  }

  finish(length: number): Uint32Array {
    return trimmed(this.#values, length)
  }
}

export interface KernelRows {
  readonly exists: boolean
  readonly table: KernelTable
  /** Rows launched from graph nodes. */
  readonly graphNodeRows: number
  /** Call after the strings are resolved. */
  names(): KernelName[]
  geometries(): Geometry[]
}

export async function readKernels(state: ReadState): Promise<KernelRows> {
  const info = tableNamed(state.source, 'CUPTI_ACTIVITY_KIND_KERNEL')
  if (info === undefined) {
    return { exists: false, table: { ...emptyActivity, name: new Int32Array(0) }, graphNodeRows: 0, names: () => [], geometries: () => [] }
  }
  const activity = new ActivityColumns(state, info)
  const { plan } = activity
  const capacity = initialCapacity(info)
  const name = new TupleColumn(
    NAME_COLUMNS.map((column) => plan.add(column, 'number')),
    capacity,
  )
  const geometry = state.needs('geometry')
    ? new TupleColumn(
        GEOMETRY_COLUMNS.map((column) => plan.add(column, 'number')),
        capacity,
      )
    : undefined
  const nodeAt = plan.add('graphNodeId', 'id64')
  const nodes = nodeAt < 0 ? undefined : new GraphNodeColumn(capacity)
  const processAt = plan.requests.findIndex((request) => request.name === 'globalPid')
  const graphId = new SmallIdColumn(plan.add('graphId', 'number'), capacity)
  await state.scan(info, plan, (batch) => {
    const first = activity.append(batch)
    name.append(batch, activity, first)
    nodes?.append(batch, nodeAt, processAt, activity, first)
    graphId.append(batch, activity, first)
    geometry?.append(batch, activity, first)
  })
  const { length } = activity
  for (let index = 0; index < name.interner.size; index++)
    for (let part = 0; part < 3; part++) state.strings.want(name.interner.at(index, part))
  return {
    exists: true,
    table: {
      ...activity.finish(),
      name: name.finish(length),
      ...(nodes === undefined ? {} : { graphNode: nodes.finish(length) }),
      ...graphId.finish(length),
      ...(geometry === undefined ? {} : { geometry: geometry.finish(length) }),
    },
    graphNodeRows: nodes?.seen ?? 0,
    names: () => Array.from({ length: name.interner.size }, (_, index) => kernelName(state, name.interner, index)),
    geometries: () =>
      geometry === undefined ? [] : Array.from({ length: geometry.interner.size }, (_, index) => geometryAt(geometry.interner, index)),
  }
}

function kernelName(state: ReadState, interner: TupleInterner, index: number): KernelName {
  const [demangled, short, mangled] = [0, 1, 2].map((part) => state.strings.get(interner.at(index, part)))
  const fallback = `unnamed kernel (string id ${[0, 2, 1].map((part) => interner.at(index, part)).find((id) => id >= 0) ?? 'none'})`
  const name = demangled ?? mangled ?? short ?? fallback
  return { name, shortName: short ?? name, ...(mangled === undefined ? {} : { mangledName: mangled }) }
}

function geometryAt(interner: TupleInterner, index: number): Geometry {
  const at = (part: number): number => interner.at(index, part)
  return { grid: [at(0), at(1), at(2)], block: [at(3), at(4), at(5)] }
}

/** Graph ids: 0 for none; absent where no row has one, so that it costs nothing in the many files without. */
class SmallIdColumn {
  readonly #position: number
  #values: Uint32Array

  constructor(position: number, capacity: number) {
    this.#position = position
    this.#values = new Uint32Array(position < 0 ? 0 : capacity)
  }

  append(batch: ColumnBatch, activity: ActivityColumns, first: number): void {
    const ids = numbersAt(batch, this.#position)
    if (ids === undefined) return
    this.#values = grown(this.#values, activity.length)
    for (let index = 0; index < activity.keptCount; index++) {
      const id = ids[activity.kept[index] as number] as number
      if (id > 0) this.#values[first + index] = id
    }
  }

  finish(length: number): { graphId?: Uint32Array } {
    return this.#position < 0 ? {} : { graphId: trimmed(this.#values, length) }
  }
}

export interface GraphRows {
  readonly exists: boolean
  readonly table: GraphTable
}

export async function readGraphs(state: ReadState): Promise<GraphRows> {
  const info = tableNamed(state.source, 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE')
  if (info === undefined) return { exists: false, table: emptyActivity }
  const activity = new ActivityColumns(state, info, { isGraphTrace: true })
  const graphId = new SmallIdColumn(activity.plan.add('graphId', 'number'), initialCapacity(info))
  await state.scan(info, activity.plan, (batch) => graphId.append(batch, activity, activity.append(batch)))
  const { length } = activity
  return { exists: true, table: { ...activity.finish(), ...graphId.finish(length) } }
}
