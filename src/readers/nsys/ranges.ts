/**
 * NVTX_EVENTS (ranges and marks) and PROFILER_OVERHEAD (the profiler's own time on host threads).
 * Text is `text` where not NULL, else `StringIds[textId]`. Category, domain and thread-name rows are definitions, not events.
 */
import { DurationColumn, grown, trimmed } from '#base/columns.ts'
import { type RangeKind, type RangeTable, rangeKinds } from '#model/timeline.ts'
import { ColumnPlan, idsAt, numbersAt, tableNamed } from './column-plan.ts'
import { threadAt } from './host-calls.ts'
import { IndexColumn } from './index-column.ts'
import { initialCapacity, type ReadState } from './read-state.ts'
import type { ColumnBatch } from './table-source.ts'

/** 59/70 push-pop, 60/71 start-end, 34 mark. 33 category, 39 thread name, 75/76 domain create and destroy are not events. */
const PUSH_POP = new Set([59, 70])
const START_END = new Set([60, 71])
const MARK = 34

const kindIndex = (kind: RangeKind): number => rangeKinds.indexOf(kind)
const NVTX = kindIndex('nvtx')
const MARKED = kindIndex('mark')
const OVERHEAD = kindIndex('overhead')

/** Texts by value and by string id; both are one list in the end, so that equal texts have equal indices. */
class RangeTexts {
  readonly #byText = new Map<string, number>()
  readonly #byId = new Map<number, number>()
  readonly #entries: (string | number)[] = []
  readonly #state: ReadState

  constructor(state: ReadState) {
    this.#state = state
  }

  ofText(text: string): number {
    let index = this.#byText.get(text)
    if (index === undefined) {
      index = this.#entries.push(text) - 1
      this.#byText.set(text, index)
    }
    return index
  }

  ofId(id: number): number {
    let index = this.#byId.get(id)
    if (index === undefined) {
      index = this.#entries.push(id) - 1
      this.#byId.set(id, index)
      this.#state.strings.want(id)
    }
    return index
  }

  /** After the strings are resolved: the distinct texts, and the index of each entry among them. */
  resolve(): { texts: string[]; remap: Int32Array } {
    const texts: string[] = []
    const seen = new Map<string, number>()
    const remap = Int32Array.from(this.#entries, (entry) => {
      const text =
        typeof entry === 'string' ? entry : (this.#state.strings.get(entry) ?? `unnamed range (string id ${entry < 0 ? 'none' : entry})`)
      let index = seen.get(text)
      if (index === undefined) {
        index = texts.push(text) - 1
        seen.set(text, index)
      }
      return index
    })
    return { texts, remap }
  }
}

class RangeColumns {
  readonly texts: RangeTexts
  readonly #state: ReadState
  #startNs: Float64Array
  readonly #duration: DurationColumn
  readonly #thread: IndexColumn
  #text: Int32Array
  #kind: Uint8Array
  #crossThread: Uint8Array
  #open: number[] = []
  #length = 0
  withoutTime = 0
  negative = 0

  constructor(state: ReadState, capacity: number) {
    this.#state = state
    this.texts = new RangeTexts(state)
    this.#startNs = new Float64Array(capacity)
    this.#duration = new DurationColumn(capacity)
    this.#thread = new IndexColumn(capacity)
    this.#text = new Int32Array(capacity)
    this.#kind = new Uint8Array(capacity)
    this.#crossThread = new Uint8Array(capacity)
  }

  reserve(rows: number): void {
    const needed = this.#length + rows
    this.#startNs = grown(this.#startNs, needed)
    this.#text = grown(this.#text, needed)
    this.#kind = grown(this.#kind, needed)
    this.#crossThread = grown(this.#crossThread, needed)
  }

  /** `endNs` NaN = open. */
  push(startNs: number, endNs: number, thread: number, text: number, kind: number, crossThread: number): void {
    if (!Number.isFinite(startNs)) {
      this.withoutTime++
      return
    }
    const row = this.#length++
    let duration = endNs - startNs
    if (!Number.isFinite(duration)) {
      this.#open.push(row)
      duration = 0
    }
    if (duration < 0) {
      this.negative++
      duration = 0
    }
    this.#startNs[row] = startNs
    this.#duration.set(row, duration)
    if (startNs + duration > this.#state.lastEndNs) this.#state.lastEndNs = startNs + duration
    this.#thread.set(row, thread)
    this.#text[row] = text
    this.#kind[row] = kind
    this.#crossThread[row] = crossThread
  }

  /** Open ranges end with the last event that was read. */
  finish(): { table: RangeTable; texts: string[] } {
    const { losses, lastEndNs } = this.#state
    losses.add('rows-without-time', this.withoutTime, 'NVTX_EVENTS: rows without start are left out')
    losses.add('negative-durations', this.negative, 'NVTX_EVENTS: rows that end before they start, counted with duration 0')
    losses.add('open-ranges', this.#open.length, 'NVTX ranges without an end were closed at the last event of the capture')
    // In bounds: rows were counted by push.
    for (const row of this.#open) this.#duration.set(row, Math.max(0, lastEndNs - (this.#startNs[row] as number)))
    const { texts, remap } = this.texts.resolve()
    for (let row = 0; row < this.#length; row++) this.#text[row] = remap[this.#text[row] as number] as number
    const { length } = this
    return {
      texts,
      table: {
        length,
        startNs: trimmed(this.#startNs, length),
        durationNs: this.#duration.finish(length),
        thread: this.#thread.finish(length),
        text: trimmed(this.#text, length),
        kind: trimmed(this.#kind, length),
        crossThread: trimmed(this.#crossThread, length),
      },
    }
  }

  get length(): number {
    return this.#length
  }
}

export interface RangeRows {
  /** Call after the strings are resolved and every table is read. */
  finish(): { table: RangeTable; texts: string[] }
}

/** undefined where the export has neither table. */
export async function readRanges(state: ReadState): Promise<RangeRows | undefined> {
  const nvtx = tableNamed(state.source, 'NVTX_EVENTS')
  const overhead = tableNamed(state.source, 'PROFILER_OVERHEAD')
  if (nvtx === undefined && overhead === undefined) return undefined
  const columns = new RangeColumns(state, (nvtx === undefined ? 16 : initialCapacity(nvtx)) + 16)
  if (nvtx !== undefined) await readNvtx(state, columns, nvtx)
  if (overhead !== undefined) await readOverhead(state, columns, overhead)
  return columns
}

async function readNvtx(state: ReadState, columns: RangeColumns, info: Parameters<typeof initialCapacity>[0]): Promise<void> {
  const plan = new ColumnPlan(info)
  const start = state.time(plan, 'start')
  const end = state.time(plan, 'end')
  const typeAt = plan.add('eventType', 'number')
  const textAt = plan.add('text', 'text')
  const textIdAt = plan.add('textId', 'number')
  const threadPosition = plan.add('globalTid', 'id64')
  const endThreadPosition = plan.add('endGlobalTid', 'id64')
  if (start === undefined) return
  await state.scan(info, plan, (batch: ColumnBatch) => {
    const starts = start.read(batch)
    const ends = end?.read(batch)
    const types = numbersAt(batch, typeAt)
    const texts = textAt < 0 ? undefined : batch.text(textAt)
    const textIds = numbersAt(batch, textIdAt)
    const threads = idsAt(batch, threadPosition)
    const endThreads = idsAt(batch, endThreadPosition)
    columns.reserve(batch.rows)
    for (let row = 0; row < batch.rows; row++) {
      const type = types?.[row] ?? 59
      const isStartEnd = START_END.has(type)
      if (type !== MARK && !isStartEnd && !PUSH_POP.has(type)) continue
      const text = texts?.[row]
      const textId = textIds?.[row] ?? -1
      const textIndex = text !== undefined ? columns.texts.ofText(text) : columns.texts.ofId(textId >= 0 ? textId : -1)
      const crosses =
        isStartEnd && endThreads !== undefined && endThreads.isNull[row] !== 1 && threads !== undefined && !sameId(threads, endThreads, row)
      const begin = starts[row] as number // in bounds: columns of a batch hold at least batch.rows values
      const finish = type === MARK ? begin : (ends?.[row] ?? Number.NaN)
      columns.push(begin, finish, threadAt(state, threads, row), textIndex, type === MARK ? MARKED : NVTX, crosses ? 1 : 0)
    }
  })
}

function sameId(a: { hi: Int32Array; lo: Uint32Array }, b: { hi: Int32Array; lo: Uint32Array }, row: number): boolean {
  return a.hi[row] === b.hi[row] && a.lo[row] === b.lo[row]
}

async function readOverhead(state: ReadState, columns: RangeColumns, info: Parameters<typeof initialCapacity>[0]): Promise<void> {
  const plan = new ColumnPlan(info)
  const start = state.time(plan, 'start')
  const end = state.time(plan, 'end')
  const nameAt = plan.add('nameId', 'number')
  const threadPosition = plan.add('globalTid', 'id64')
  if (start === undefined || end === undefined) return
  await state.scan(info, plan, (batch) => {
    const starts = start.read(batch)
    const ends = end.read(batch)
    const names = numbersAt(batch, nameAt)
    const threads = idsAt(batch, threadPosition)
    columns.reserve(batch.rows)
    for (let row = 0; row < batch.rows; row++) {
      const id = names?.[row] ?? -1
      const begin = starts[row] as number // in bounds: columns of a batch hold at least batch.rows values
      columns.push(begin, ends[row] as number, threadAt(state, threads, row), columns.texts.ofId(id >= 0 ? id : -1), OVERHEAD, 0)
    }
  })
}
