/** What every table of one export shares while it is read: origin, interned processes, threads and lanes, names, losses. */

import type { ReadOptions } from '#model/reader.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { type ColumnPlan, tableNamed } from './column-plan.ts'
import { processLo } from './global-id.ts'
import { LossCounter } from './losses.ts'
import { StringPool } from './string-pool.ts'
import type { ColumnBatch, TableInfo, TableSource } from './table-source.ts'
import { TimeColumn, type TimeOrigin } from './time-origin.ts'
import { TupleInterner } from './tuple-interner.ts'

/** Upper half that stands for "no global id in this row": outside the range of a signed 32-bit half. */
export const NO_GLOBAL_ID = 2 ** 40

/** 2^32: correlation ids above are renumbered from the top, so that a row needs four bytes. */
const UINT32_LIMIT = 2 ** 32

export class ReadState {
  readonly source: TableSource
  readonly options: ReadOptions
  readonly origin: TimeOrigin
  readonly losses = new LossCounter()
  readonly strings = new StringPool()
  /** (hi, lo) of the process. */
  readonly processes = new TupleInterner(2)
  /** (hi, lo) of the thread. */
  readonly threads = new TupleInterner(2)
  /** (process, device ordinal, context, stream). */
  readonly lanes = new TupleInterner(4)
  readonly inventory = new Map<string, number>()
  /** The latest end of any row that was read, -Infinity before the first. */
  lastEndNs = Number.NEGATIVE_INFINITY
  readonly #wideCorrelations = new Map<number, number>()

  constructor(source: TableSource, options: ReadOptions, origin: TimeOrigin) {
    this.source = source
    this.options = options
    this.origin = origin
  }

  needs(need: TimelineNeed): boolean {
    return this.options.needs.has(need)
  }

  /** Whether ids that join device rows to host calls are wanted: asked for as such, or for a join that the file has host calls for. */
  get needsCorrelation(): boolean {
    return this.needs('correlation') || (this.needs('launches') && tableNamed(this.source, 'CUPTI_ACTIVITY_KIND_RUNTIME') !== undefined)
  }

  /** Adds a time column to the plan; undefined where the table has none. */
  time(plan: ColumnPlan, name: string): TimeColumn | undefined {
    const position = plan.add(name, this.origin.isRebased ? 'id64' : 'number')
    return position < 0 ? undefined : new TimeColumn(position, this.origin)
  }

  process(hi: number, lo: number): number {
    this.processes.key[0] = hi
    this.processes.key[1] = hi === NO_GLOBAL_ID ? 0 : processLo(lo)
    return this.processes.intern()
  }

  thread(hi: number, lo: number): number {
    this.threads.key[0] = hi
    this.threads.key[1] = lo
    return this.threads.intern()
  }

  lane(process: number, device: number, context: number, stream: number): number {
    const { key } = this.lanes
    key[0] = process
    key[1] = device
    key[2] = context
    key[3] = stream
    return this.lanes.intern()
  }

  /** 0 for none; ids of 2^32 and above keep their identity, not their value. */
  correlation(id: number): number {
    if (id > 0 && id < UINT32_LIMIT) return id
    if (!(id >= UINT32_LIMIT)) return 0
    let narrow = this.#wideCorrelations.get(id)
    if (narrow === undefined) {
      narrow = UINT32_LIMIT - 1 - this.#wideCorrelations.size
      this.#wideCorrelations.set(id, narrow)
    }
    return narrow
  }

  async scan(info: TableInfo, plan: ColumnPlan, onBatch: (batch: ColumnBatch) => void): Promise<void> {
    const { rows, losses } = await this.source.scan(info.name, plan.requests, onBatch, { tuples: plan.tuples })
    this.inventory.set(info.name, rows)
    this.losses.addAll(losses)
  }
}

/** Rows to make room for at first: hints are upper bounds from the container, and a damaged one must not reserve terabytes. */
export function initialCapacity(info: TableInfo): number {
  return Math.max(16, Math.min(info.rowCountHint, 2 ** 26))
}
