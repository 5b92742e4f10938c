/** CUPTI_ACTIVITY_KIND_RUNTIME (CUDA runtime and driver) and OSRT_API (operating system): intervals on host threads. */
import { DurationColumn, grown, trimmed } from '#base/columns.ts'
import { hostCallName } from '#model/host-call-class.ts'
import type { HostCallName, HostCallTable } from '#model/timeline.ts'
import { ColumnPlan, idsAt, numbersAt, tableNamed } from './column-plan.ts'
import { IndexColumn } from './index-column.ts'
import { initialCapacity, NO_GLOBAL_ID, type ReadState } from './read-state.ts'
import type { ColumnBatch, TableInfo } from './table-source.ts'

/** Event class 0 is the CUDA runtime, 1 the driver. 67 (CUDA backtrace) repeats launches in exports before 2022: a join would double kernel time. */
const isApiClass = (eventClass: number): boolean => eventClass === 0 || eventClass === 1

/** Names shared by both tables: one index per string id. */
export class HostCallNames {
  readonly #byId = new Map<number, number>()
  readonly #ids: number[] = []
  readonly #state: ReadState
  #lastId = Number.NaN
  #lastIndex = -1

  constructor(state: ReadState) {
    this.#state = state
  }

  index(id: number): number {
    if (id === this.#lastId) return this.#lastIndex
    const key = id >= 0 ? id : -1
    let index = this.#byId.get(key)
    if (index === undefined) {
      index = this.#ids.push(key) - 1
      this.#byId.set(key, index)
      this.#state.strings.want(key)
    }
    this.#lastId = id
    this.#lastIndex = index
    return index
  }

  resolved(): HostCallName[] {
    return this.#ids.map((id) => hostCallName(this.#state.strings.get(id) ?? `unnamed call (string id ${id < 0 ? 'none' : id})`))
  }
}

class HostCallColumns {
  readonly plan: ColumnPlan
  readonly #state: ReadState
  readonly #info: TableInfo
  readonly #names: HostCallNames
  readonly #start
  readonly #end
  readonly #threadAt: number
  readonly #nameAt: number
  readonly #classAt: number
  readonly #correlationAt: number
  #startNs: Float64Array
  readonly #duration: DurationColumn
  readonly #thread: IndexColumn
  #name: Int32Array
  #correlation: Uint32Array | undefined
  #length = 0
  #withoutTime = 0
  #negative = 0
  #otherClass = 0

  constructor(state: ReadState, info: TableInfo, names: HostCallNames, isCuda: boolean) {
    this.#state = state
    this.#info = info
    this.#names = names
    this.plan = new ColumnPlan(info)
    this.#start = state.time(this.plan, 'start')
    this.#end = state.time(this.plan, 'end')
    this.#threadAt = this.plan.add('globalTid', 'id64')
    this.#nameAt = this.plan.add('nameId', 'number')
    this.#classAt = isCuda ? this.plan.add('eventClass', 'number') : -1
    this.#correlationAt = isCuda ? this.plan.add('correlationId', 'number') : -1
    const capacity = initialCapacity(info)
    this.#startNs = new Float64Array(capacity)
    this.#duration = new DurationColumn(capacity)
    this.#thread = new IndexColumn(capacity)
    this.#name = new Int32Array(capacity)
    if (isCuda) this.#correlation = new Uint32Array(capacity)
  }

  append(batch: ColumnBatch): void {
    if (this.#start === undefined || this.#end === undefined) {
      this.#withoutTime += batch.rows
      return
    }
    const starts = this.#start.read(batch)
    const ends = this.#end.read(batch)
    const threads = idsAt(batch, this.#threadAt)
    const names = numbersAt(batch, this.#nameAt)
    const classes = numbersAt(batch, this.#classAt)
    const correlations = numbersAt(batch, this.#correlationAt)
    let row = this.#length
    let { lastEndNs } = this.#state
    let lastHi = Number.NaN
    let lastLo = 0
    let thread = 0
    this.#startNs = grown(this.#startNs, row + batch.rows)
    this.#name = grown(this.#name, row + batch.rows)
    if (this.#correlation !== undefined) this.#correlation = grown(this.#correlation, row + batch.rows)
    for (let index = 0; index < batch.rows; index++) {
      // In bounds: columns of a batch hold at least batch.rows values, and own columns were grown first.
      if (classes !== undefined && !isApiClass(classes[index] as number)) {
        this.#otherClass++
        continue
      }
      const start = starts[index] as number
      let duration = (ends[index] as number) - start
      if (!Number.isFinite(duration)) {
        this.#withoutTime++
        continue
      }
      if (duration < 0) {
        this.#negative++
        duration = 0
      }
      this.#startNs[row] = start
      this.#duration.set(row, duration)
      if (start + duration > lastEndNs) lastEndNs = start + duration
      // Neighbouring rows are mostly of one thread.
      const hi = threads === undefined || threads.isNull[index] === 1 ? NO_GLOBAL_ID : (threads.hi[index] as number)
      const lo = threads === undefined ? 0 : (threads.lo[index] as number)
      if (hi !== lastHi || lo !== lastLo) {
        thread = this.#state.thread(hi, lo)
        lastHi = hi
        lastLo = lo
      }
      this.#thread.set(row, thread)
      this.#name[row] = this.#names.index(names === undefined ? -1 : (names[index] as number))
      if (this.#correlation !== undefined && correlations !== undefined)
        this.#correlation[row] = this.#state.correlation(correlations[index] as number)
      row++
    }
    this.#state.lastEndNs = lastEndNs
    this.#length = row
  }

  finish(): HostCallTable {
    const { losses } = this.#state
    const { name } = this.#info
    losses.add(
      'repeated-host-calls',
      this.#otherClass,
      `${name}: rows of event classes other than 0 and 1 (67 repeats launches with a backtrace)`,
    )
    losses.add('rows-without-time', this.#withoutTime, `${name}: rows without start or end are left out`)
    losses.add('negative-durations', this.#negative, `${name}: rows that end before they start, counted with duration 0`)
    return {
      length: this.#length,
      startNs: trimmed(this.#startNs, this.#length),
      durationNs: this.#duration.finish(this.#length),
      thread: this.#thread.finish(this.#length),
      name: trimmed(this.#name, this.#length),
      ...(this.#correlation === undefined ? {} : { correlation: trimmed(this.#correlation, this.#length) }),
    }
  }
}

/** The thread of a row; rows without an id share one unknown thread. */
export function threadAt(
  state: ReadState,
  threads: { hi: Int32Array; lo: Uint32Array; isNull: Uint8Array } | undefined,
  row: number,
): number {
  if (threads === undefined || threads.isNull[row] === 1) return state.thread(NO_GLOBAL_ID, 0)
  return state.thread(threads.hi[row] as number, threads.lo[row] as number)
}

/** undefined where the export has no such table. */
export async function readHostCalls(
  state: ReadState,
  names: HostCallNames,
  table: 'CUPTI_ACTIVITY_KIND_RUNTIME' | 'OSRT_API',
): Promise<HostCallTable | undefined> {
  const info = tableNamed(state.source, table)
  if (info === undefined) return undefined
  const columns = new HostCallColumns(state, info, names, table === 'CUPTI_ACTIVITY_KIND_RUNTIME')
  await state.scan(info, columns.plan, (batch) => columns.append(batch))
  return columns.finish()
}
