/**
 * Start, duration, lane and correlation of a device-activity table: the part that kernels, graphs, copies, memsets and waits share.
 * Rows without time are left out and counted; negative durations are clamped to 0 and counted.
 */
import { DurationColumn, grown, trimmed } from '#base/columns.ts'
import type { ActivityTable } from '#model/timeline.ts'
import { ColumnPlan, numbersAt } from './column-plan.ts'
import { IndexColumn } from './index-column.ts'
import { initialCapacity, NO_GLOBAL_ID, type ReadState } from './read-state.ts'
import type { ColumnBatch, TableInfo } from './table-source.ts'
import type { TimeColumn } from './time-origin.ts'
import { extended, MISSING, type TupleSet } from './tuple-columns.ts'

/** CUPTI writes INT_MAX for the device of a graph that starts with a host node (CUpti_ActivityGraphTrace2). */
const NO_DEVICE = 2147483647

const LANE_COLUMNS = [
  ['deviceId', 'number'],
  ['contextId', 'number'],
  ['streamId', 'number'],
  ['globalPid', 'id64'],
] as const

export interface ActivityRules {
  /** GRAPH_TRACE: rows with start = end = 0 carry no time, rows on device INT_MAX none of a device. */
  readonly isGraphTrace: boolean
}

export class ActivityColumns {
  readonly plan: ColumnPlan
  /** Batch rows that were kept by the last `append`, in order: the first goes to the row that `append` returned. */
  kept = new Int32Array(0)
  keptCount = 0
  /** Whether the last `append` kept every row of its batch: then `kept` counts from 0. */
  isWhole = false
  /** `kept` of whole batches, and of others. */
  #everyRow = new Int32Array(0)
  #someRows = new Int32Array(0)
  readonly #state: ReadState
  readonly #info: TableInfo
  readonly #rules: ActivityRules
  readonly #start: TimeColumn | undefined
  readonly #end: TimeColumn | undefined
  /** Device of graph rows, looked at by itself. */
  readonly #device: number
  readonly #place: ReturnType<ColumnPlan['addTuple']>
  /** Lane of each tuple of the scan, -1 where no row of it was kept. */
  #laneOfTuple = new Int32Array(0)
  #tuplesSeen = 0
  #everyTupleHasLane = true
  readonly #correlationAt: number
  #startNs: Float64Array
  readonly #duration: DurationColumn
  readonly #lane: IndexColumn
  #correlation: Uint32Array | undefined
  #length = 0
  #withoutTime = 0
  #withoutDevice = 0
  #negative = 0

  constructor(state: ReadState, info: TableInfo, rules: ActivityRules = { isGraphTrace: false }) {
    this.#state = state
    this.#info = info
    this.#rules = rules
    this.plan = new ColumnPlan(info)
    this.#start = state.time(this.plan, 'start')
    this.#end = state.time(this.plan, 'end')
    this.#device = rules.isGraphTrace ? this.plan.add('deviceId', 'number') : -1
    this.#place = this.plan.addTuple(LANE_COLUMNS)
    this.#correlationAt = state.needsCorrelation ? this.plan.add('correlationId', 'number') : -1
    const capacity = initialCapacity(info)
    this.#startNs = new Float64Array(capacity)
    this.#duration = new DurationColumn(capacity)
    this.#lane = new IndexColumn(capacity)
    if (state.needsCorrelation) this.#correlation = new Uint32Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Takes a batch; returns the row of the first kept one. */
  append(batch: ColumnBatch): number {
    const first = this.#length
    this.#appendTimes(batch)
    this.#appendLanes(batch, first)
    if (this.#correlation !== undefined) this.#appendCorrelations(batch, first)
    return first
  }

  /** Process of a row, as an index. */
  processAt(row: number): number {
    return this.#state.lanes.at(this.#lane.at(row), 0)
  }

  #appendTimes(batch: ColumnBatch): void {
    this.keptCount = 0
    this.isWhole = false
    if (this.#start === undefined || this.#end === undefined) {
      this.#withoutTime += batch.rows
      return
    }
    const starts = this.#start.read(batch)
    const ends = this.#end.read(batch)
    if (!this.#rules.isGraphTrace && this.#appendWhole(starts, ends, batch.rows)) return
    if (this.#someRows.length < batch.rows) this.#someRows = new Int32Array(batch.rows)
    this.kept = this.#someRows
    const devices = this.#rules.isGraphTrace ? numbersAt(batch, this.#device) : undefined
    const isGraphTrace = this.#rules.isGraphTrace
    const first = this.#length
    const startNs = grown(this.#startNs, first + batch.rows)
    this.#startNs = startNs
    const { kept } = this
    let count = 0
    let { lastEndNs } = this.#state
    for (let index = 0; index < batch.rows; index++) {
      // In bounds here and below: columns of a batch hold at least batch.rows values, and own columns were grown first.
      const start = starts[index] as number
      let duration = (ends[index] as number) - start
      if (!Number.isFinite(duration) || (isGraphTrace && start === 0 && ends[index] === 0)) {
        this.#withoutTime++
        continue
      }
      if (devices !== undefined && devices[index] === NO_DEVICE) {
        this.#withoutDevice++
        continue
      }
      if (duration < 0) {
        this.#negative++
        duration = 0
      }
      startNs[first + count] = start
      this.#duration.set(first + count, duration)
      if (start + duration > lastEndNs) lastEndNs = start + duration
      kept[count++] = index
    }
    this.#state.lastEndNs = lastEndNs
    this.keptCount = count
    this.#length = first + count
  }

  /** Nearly every batch: all rows have a time, and a duration of four bytes. False, and nothing is appended, where one has not. */
  #appendWhole(starts: Float64Array, ends: Float64Array, rows: number): boolean {
    const first = this.#length
    const latest = this.#duration.setBetween(first, starts, ends, rows)
    if (Number.isNaN(latest)) return false
    this.#startNs = grown(this.#startNs, first + rows)
    this.#startNs.set(starts.subarray(0, rows), first)
    if (latest > this.#state.lastEndNs) this.#state.lastEndNs = latest
    if (this.#everyRow.length < rows) this.#everyRow = Int32Array.from(starts, (_, row) => row)
    this.kept = this.#everyRow
    this.keptCount = rows
    this.isWhole = true
    this.#length = first + rows
    return true
  }

  #appendLanes(batch: ColumnBatch, first: number): void {
    const { kept, keptCount } = this
    if (keptCount === 0) return
    if (this.#place.index < 0) {
      this.#lane.setAll(first, this.#laneOf(undefined, 0), keptCount)
      return
    }
    const { indices, tuples } = batch.tuple(this.#place.index)
    this.#laneOfTuple = extended(this.#laneOfTuple, tuples.size)
    const lanes = this.#laneOfTuple
    // Once every tuple so far has a lane, only new ones can lack theirs.
    if (!this.#everyTupleHasLane || tuples.size > this.#tuplesSeen) {
      for (let index = 0; index < keptCount; index++) {
        const tuple = indices[kept[index] as number] as number
        if ((lanes[tuple] as number) < 0) lanes[tuple] = this.#laneOf(tuples, tuple)
      }
      this.#tuplesSeen = tuples.size
      this.#everyTupleHasLane = !lanes.subarray(0, tuples.size).includes(-1)
    }
    this.#lane.setMapped(first, indices, lanes, this.isWhole ? undefined : kept, keptCount)
  }

  #laneOf(tuples: TupleSet | undefined, tuple: number): number {
    const { parts } = this.#place
    const [device = MISSING, context = MISSING, stream = MISSING, process = MISSING] = parts.map((part) =>
      tuples === undefined || part < 0 ? MISSING : tuples.at(tuple, part),
    )
    const owner =
      tuples === undefined || process === MISSING
        ? this.#state.process(NO_GLOBAL_ID, 0)
        : this.#state.process(process, tuples.lowAt(tuple, parts[3] as number)) // parts are as many as LANE_COLUMNS
    return this.#state.lane(owner, known(device), known(context), known(stream))
  }

  #appendCorrelations(batch: ColumnBatch, first: number): void {
    const column = numbersAt(batch, this.#correlationAt)
    let target = this.#correlation
    if (target === undefined) return
    target = grown(target, this.#length)
    this.#correlation = target
    if (column === undefined) return
    for (let index = 0; index < this.keptCount; index++) {
      target[first + index] = this.#state.correlation(column[this.kept[index] as number] as number)
    }
  }

  finish(): ActivityTable {
    const table = this.#info.name
    const { losses } = this.#state
    if (this.#rules.isGraphTrace) {
      losses.add('graph-rows-without-time', this.#withoutTime, `${table}: graph launches for which CUPTI collected no timestamps`)
      losses.add('graph-rows-without-device', this.#withoutDevice, `${table}: graphs that start with a host node carry no device`)
    } else losses.add('rows-without-time', this.#withoutTime, `${table}: rows without start or end are left out`)
    losses.add('negative-durations', this.#negative, `${table}: rows that end before they start, counted with duration 0`)
    return {
      length: this.#length,
      startNs: trimmed(this.#startNs, this.#length),
      durationNs: this.#duration.finish(this.#length),
      lane: this.#lane.finish(this.#length),
      ...(this.#correlation === undefined ? {} : { correlation: trimmed(this.#correlation, this.#length) }),
    }
  }
}

/** -1 where the row does not say. */
function known(value: number): number {
  return value === MISSING ? -1 : value
}

export const emptyActivity: ActivityTable = {
  length: 0,
  startNs: new Float64Array(0),
  durationNs: new Uint32Array(0),
  lane: new Uint16Array(0),
}
