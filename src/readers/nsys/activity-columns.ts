/**
 * Start, duration, lane and correlation of a device-activity table: the part that kernels, graphs, copies, memsets and waits share.
 * Rows without time are left out and counted; negative durations are clamped to 0 and counted.
 */
import { DurationColumn, grown, trimmed } from '#base/columns.ts'
import type { ActivityTable } from '#model/timeline.ts'
import { ColumnPlan, idsAt, numbersAt } from './column-plan.ts'
import { IndexColumn } from './index-column.ts'
import { initialCapacity, NO_GLOBAL_ID, type ReadState } from './read-state.ts'
import type { ColumnBatch, TableInfo } from './table-source.ts'
import type { TimeColumn } from './time-origin.ts'

/** CUPTI writes INT_MAX for the device of a graph that starts with a host node (CUpti_ActivityGraphTrace2). */
const NO_DEVICE = 2147483647

export interface ActivityRules {
  /** GRAPH_TRACE: rows with start = end = 0 carry no time, rows on device INT_MAX none of a device. */
  readonly isGraphTrace: boolean
}

export class ActivityColumns {
  readonly plan: ColumnPlan
  /** Batch rows that were kept by the last `append`, in order: the first goes to the row that `append` returned. */
  kept = new Int32Array(0)
  keptCount = 0
  readonly #state: ReadState
  readonly #info: TableInfo
  readonly #rules: ActivityRules
  readonly #start: TimeColumn | undefined
  readonly #end: TimeColumn | undefined
  readonly #device: number
  readonly #context: number
  readonly #stream: number
  readonly #process: number
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
    this.#device = this.plan.add('deviceId', 'number')
    this.#context = this.plan.add('contextId', 'number')
    this.#stream = this.plan.add('streamId', 'number')
    this.#process = this.plan.add('globalPid', 'id64')
    this.#correlationAt = state.needs('correlation') ? this.plan.add('correlationId', 'number') : -1
    const capacity = initialCapacity(info)
    this.#startNs = new Float64Array(capacity)
    this.#duration = new DurationColumn(capacity)
    this.#lane = new IndexColumn(capacity)
    if (state.needs('correlation')) this.#correlation = new Uint32Array(capacity)
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

  #appendTimes(batch: ColumnBatch): void {
    if (this.kept.length < batch.rows) this.kept = new Int32Array(batch.rows)
    this.keptCount = 0
    if (this.#start === undefined || this.#end === undefined) {
      this.#withoutTime += batch.rows
      return
    }
    const starts = this.#start.read(batch)
    const ends = this.#end.read(batch)
    const devices = this.#rules.isGraphTrace ? numbersAt(batch, this.#device) : undefined
    let row = this.#length
    this.#startNs = grown(this.#startNs, row + batch.rows)
    for (let index = 0; index < batch.rows; index++) {
      // In bounds here and below: columns of a batch hold at least batch.rows values, and own columns were grown first.
      const start = starts[index] as number
      const end = ends[index] as number
      if (!Number.isFinite(end - start) || (this.#rules.isGraphTrace && start === 0 && end === 0)) {
        this.#withoutTime++
        continue
      }
      if (devices !== undefined && devices[index] === NO_DEVICE) {
        this.#withoutDevice++
        continue
      }
      let duration = end - start
      if (duration < 0) {
        this.#negative++
        duration = 0
      }
      this.#startNs[row] = start
      this.#duration.set(row, duration)
      if (start + duration > this.#state.lastEndNs) this.#state.lastEndNs = start + duration
      this.kept[this.keptCount++] = index
      row++
    }
    this.#length = row
  }

  #appendLanes(batch: ColumnBatch, first: number): void {
    const devices = numbersAt(batch, this.#device)
    const contexts = numbersAt(batch, this.#context)
    const streams = numbersAt(batch, this.#stream)
    const processes = idsAt(batch, this.#process)
    let lastHi = Number.NaN
    let lastLo = 0
    let lastProcess = 0
    let lastDevice = 0
    let lastContext = 0
    let lastStream = 0
    let lane = 0
    for (let index = 0; index < this.keptCount; index++) {
      const from = this.kept[index] as number
      const hi = processes === undefined || processes.isNull[from] === 1 ? NO_GLOBAL_ID : (processes.hi[from] as number)
      const lo = processes === undefined ? 0 : (processes.lo[from] as number)
      const device = known(devices, from)
      const context = known(contexts, from)
      const stream = known(streams, from)
      if (hi !== lastHi || lo !== lastLo || device !== lastDevice || context !== lastContext || stream !== lastStream) {
        if (hi !== lastHi || lo !== lastLo) lastProcess = this.#state.process(hi, lo)
        lane = this.#state.lane(lastProcess, device, context, stream)
        lastHi = hi
        lastLo = lo
        lastDevice = device
        lastContext = context
        lastStream = stream
      }
      this.#lane.set(first + index, lane)
    }
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

/** -1 where the row or the file does not say. */
function known(column: Float64Array | undefined, row: number): number {
  if (column === undefined) return -1
  const value = column[row] as number
  return Number.isNaN(value) ? -1 : value
}

export const emptyActivity: ActivityTable = {
  length: 0,
  startNs: new Float64Array(0),
  durationNs: new Uint32Array(0),
  lane: new Uint16Array(0),
}
