/** The plain rows of a raw page, from where they stand in the page straight into columns. */
import type { CounterResult } from '#model/kernel-counters.ts'
import { ByteSlots } from '#readers/ncu/byte-slots.ts'
import { RepeatedTexts } from '#readers/ncu/wire.ts'
import { type Header, type LaunchColumn, launchColumns } from './header.ts'
import { type LaunchFacts, resultOf } from './launch-cells.ts'
import { addCell, type MetricColumn } from './metric-column.ts'
import type { PageContext } from './page-context.ts'
import { RawRows } from './raw-rows.ts'
import type { CsvRecords } from './records.ts'
import { scaled } from './unit-scale.ts'

/** As many as there are slots: where most were new by then, every launch has extents of its own, and looking for equal ones only costs. */
const LAUNCHES_TRIED = 4096

export class PlainRows {
  readonly #context: PageContext
  readonly #rows: RawRows
  // What is known of each metric, in columns: they are asked for with every value.
  readonly #cells: Int32Array
  readonly #metrics: Uint32Array
  readonly #factors: Float64Array
  readonly #launches = new ByteSlots<LaunchFacts>()
  #found = 0
  #missed = 0
  /** Launches that differ in one cell share the others. */
  readonly #texts = new RepeatedTexts()
  /** First and last cell that say which launch a row is of. */
  readonly #launchCells: readonly [first: number, last: number]
  readonly #cell: (column: LaunchColumn) => string | undefined

  /** The factors of `metrics` must be known. */
  constructor(header: Header, metrics: readonly MetricColumn[], place: ReadonlyMap<string, number>, context: PageContext) {
    this.#context = context
    this.#rows = new RawRows(context.text, header.names.length, header.delimiter, context.commas)
    this.#cells = Int32Array.from(metrics, ({ cell }) => cell)
    this.#metrics = Uint32Array.from(metrics, ({ metric }) => metric)
    this.#factors = Float64Array.from(metrics, ({ factor }) => factor)
    this.#cell = (column) => {
      const index = place.get(column)
      return index === undefined ? undefined : this.#text(index)
    }
    this.#launchCells = launchCells(place)
  }

  /** All rows of the plain shape that follow; `records` then stands before whatever comes next. */
  addAll(records: CsvRecords): void {
    const rows = this.#rows
    const { columns } = this.#context
    // A row that begins with ID is the header of the next page.
    while (rows.read(records.at) && !(rows.to(0) - rows.from(0) === 2 && rows.text(0) === 'ID')) {
      for (let next = 0; next < this.#cells.length; next++) {
        next = this.#addNumbers(next)
        const cell = this.#cells[next]
        if (cell !== undefined) addCell(this.#context, this.#metrics[next] as number, this.#factors[next] as number, rows.text(cell)) // as long
      }
      columns.result(this.#launch())
      records.skipTo(rows.at)
    }
  }

  #text(cell: number): string {
    const { codes } = this.#context.text
    const rows = this.#rows
    return codes instanceof Uint8Array ? this.#texts.find(codes, rows.from(cell), rows.to(cell)) : rows.text(cell)
  }

  /** One of its own for every row; what rows repeat is looked at once. */
  #launch(): CounterResult {
    const { text, launches } = this.#context
    const rows = this.#rows
    const { codes } = text
    if (!(codes instanceof Uint8Array) || this.#missed > Math.max(this.#found, LAUNCHES_TRIED)) return launches.result(this.#cell)
    const [first, last] = this.#launchCells
    const from = rows.from(first)
    const to = rows.to(last)
    let facts = this.#launches.find(codes, from, to)
    if (facts !== undefined) this.#found++
    else {
      this.#missed++
      facts = launches.facts(this.#cell)
      this.#launches.keep(codes, from, to, facts)
    }
    return resultOf(facts)
  }

  /** Adds the numbers of the metrics from `first` on; the first that has none, or how many there are. */
  #addNumbers(first: number): number {
    const { columns } = this.#context
    const { numbers } = this.#rows
    const cells = this.#cells
    const metrics = this.#metrics
    const factors = this.#factors
    let row = columns.rows
    const { ids, values } = columns.room(cells.length - first)
    let next = first
    for (; next < cells.length; next++) {
      const number = numbers[cells[next] as number] as number // a cell of every row
      if (Number.isNaN(number)) break
      // As long as the cells.
      const factor = factors[next] as number
      ids[row] = metrics[next] as number
      values[row] = factor === 1 ? number : scaled(number, factor)
      row++
    }
    columns.wrote(row)
    return next
  }
}

/** All but the ID, which no two rows share: the bytes between the first and the last of these cells tell a launch. */
function launchCells(place: ReadonlyMap<string, number>): readonly [first: number, last: number] {
  const cells = launchColumns.flatMap((column) => (column === 'ID' ? [] : (place.get(column) ?? [])))
  return [Math.min(...cells), Math.max(...cells)]
}
