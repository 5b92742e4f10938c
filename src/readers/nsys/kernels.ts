/** CUPTI_ACTIVITY_KIND_KERNEL and …_GRAPH_TRACE: what ran on the devices. */
import { grown, trimmed } from '#base/columns.ts'
import type { Geometry, GraphTable, KernelName, KernelTable } from '#model/timeline.ts'
import { ActivityColumns, emptyActivity } from './activity-columns.ts'
import { type ColumnPlan, numbersAt, tableNamed } from './column-plan.ts'
import { initialCapacity, type ReadState } from './read-state.ts'
import type { ColumnBatch } from './table-source.ts'
import { extended, MISSING, type TupleSet } from './tuple-columns.ts'
import { TupleInterner } from './tuple-interner.ts'

const NAME_COLUMNS = [
  ['demangledName', 'number'],
  ['shortName', 'number'],
  ['mangledName', 'number'],
] as const
const GEOMETRY_COLUMNS = [
  ['gridX', 'number'],
  ['gridY', 'number'],
  ['gridZ', 'number'],
  ['blockX', 'number'],
  ['blockY', 'number'],
  ['blockZ', 'number'],
] as const

/** One index per row for its tuple of several optional columns, in order of appearance among the rows that were kept. */
class TupleIndexColumn {
  readonly #columns: ReturnType<ColumnPlan['addTuple']>
  /** Tuples of the scan by the index given here. */
  readonly #tupleOf: number[] = []
  /** As long as every row was kept, the scan's tuples have the order of ours. */
  #isSameOrder = true
  /** By tuple of the scan, where the order is another: the index, -1 where none was kept. */
  #indexOf = new Int32Array(0)
  #tuples: TupleSet | undefined
  #values: Int32Array

  constructor(plan: ColumnPlan, columns: readonly (readonly [string, 'number'])[], capacity: number) {
    this.#columns = plan.addTuple(columns)
    this.#values = new Int32Array(capacity)
  }

  append(batch: ColumnBatch, activity: ActivityColumns, first: number): void {
    const { kept, keptCount } = activity
    const values = grown(this.#values, activity.length)
    this.#values = values
    if (this.#columns.index < 0) {
      // Without any of the columns every row is of the one tuple that has no part.
      if (keptCount > 0) this.#tupleOf[0] = 0
      return
    }
    const { indices, tuples } = batch.tuple(this.#columns.index)
    this.#tuples = tuples
    const tupleOf = this.#tupleOf
    if (this.#isSameOrder && activity.isWhole) {
      while (tupleOf.length < tuples.size) tupleOf.push(tupleOf.length)
      values.set(indices.subarray(0, keptCount), first)
      return
    }
    this.#indexOf = extended(this.#indexOf, tuples.size)
    const indexOf = this.#indexOf
    if (this.#isSameOrder) for (let tuple = 0; tuple < tupleOf.length; tuple++) indexOf[tuple] = tuple
    this.#isSameOrder = false
    for (let index = 0; index < keptCount; index++) {
      const tuple = indices[kept[index] as number] as number // rows of the batch; tuples below tuples.size
      let known = indexOf[tuple] as number
      if (known < 0) {
        known = tupleOf.push(tuple) - 1
        indexOf[tuple] = known
      }
      values[first + index] = known
    }
  }

  /** Distinct tuples of the rows that were kept. */
  get size(): number {
    return this.#tupleOf.length
  }

  /** -1 for NULL, and for a column that the table lacks. */
  at(index: number, column: number): number {
    const part = this.#columns.parts[column] ?? -1
    const value = part < 0 ? MISSING : (this.#tuples?.at(this.#tupleOf[index] as number, part) ?? MISSING) // index is below size
    return value === MISSING ? -1 : value
  }

  finish(length: number): Int32Array {
    return trimmed(this.#values, length)
  }
}

/** Graph nodes are numbered per process: 0 = launched outside a graph, else 1 + index of the distinct node. */
class GraphNodeColumn {
  /** (hi, lo) of the node, process. */
  readonly #interner = new TupleInterner(3)
  #values: Uint32Array
  seen = 0

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity)
  }

  append(batch: ColumnBatch, position: number, activity: ActivityColumns, first: number): void {
    const { hi, lo } = batch.id64(position)
    const values = grown(this.#values, activity.length)
    this.#values = values
    const { kept, keptCount } = activity
    const { key } = this.#interner
    for (let index = 0; index < keptCount; index++) {
      const row = kept[index] as number // in bounds: keptCount rows of the batch
      if (((lo[row] as number) | (hi[row] as number)) === 0) continue
      key[0] = hi[row] as number
      key[1] = lo[row] as number
      key[2] = activity.processAt(first + index)
      values[first + index] = this.#interner.intern() + 1
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
  const name = new TupleIndexColumn(plan, NAME_COLUMNS, capacity)
  const geometry = state.needs('geometry') ? new TupleIndexColumn(plan, GEOMETRY_COLUMNS, capacity) : undefined
  const nodeAt = plan.add('graphNodeId', 'id64')
  const nodes = nodeAt < 0 ? undefined : new GraphNodeColumn(capacity)
  const graphId = new SmallIdColumn(plan.add('graphId', 'number'), capacity)
  await state.scan(info, plan, (batch) => {
    const first = activity.append(batch)
    name.append(batch, activity, first)
    nodes?.append(batch, nodeAt, activity, first)
    graphId.append(batch, activity, first)
    geometry?.append(batch, activity, first)
  })
  const { length } = activity
  for (let index = 0; index < name.size; index++) for (let part = 0; part < 3; part++) state.strings.want(name.at(index, part))
  return {
    exists: true,
    table: {
      ...activity.finish(),
      name: name.finish(length),
      ...(nodes === undefined ? {} : { graphNode: nodes.finish(length), graphNodeRows: nodes.seen }),
      ...graphId.finish(length),
      ...(geometry === undefined ? {} : { geometry: geometry.finish(length) }),
    },
    graphNodeRows: nodes?.seen ?? 0,
    names: () => Array.from({ length: name.size }, (_, index) => kernelName(state, name, index)),
    geometries: () => (geometry === undefined ? [] : Array.from({ length: geometry.size }, (_, index) => geometryAt(geometry, index))),
  }
}

function kernelName(state: ReadState, names: TupleIndexColumn, index: number): KernelName {
  const [demangled, short, mangled] = [0, 1, 2].map((part) => state.strings.get(names.at(index, part)))
  const fallback = `unnamed kernel (string id ${[0, 2, 1].map((part) => names.at(index, part)).find((id) => id >= 0) ?? 'none'})`
  const name = demangled ?? mangled ?? short ?? fallback
  return { name, shortName: short ?? name, ...(mangled === undefined ? {} : { mangledName: mangled }) }
}

function geometryAt(geometries: TupleIndexColumn, index: number): Geometry {
  const at = (part: number): number => geometries.at(index, part)
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
