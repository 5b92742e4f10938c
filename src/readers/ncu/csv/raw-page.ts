/** `--page raw`: a row per launch, a column per metric, units in a row of their own. */
import type { CounterMetric } from '#model/kernel-counters.ts'
import type { CounterColumns } from '#readers/ncu/counter-columns.ts'
import { roleOfMetric } from '#readers/ncu/metric-roles.ts'
import { unitOfMetric } from '#readers/ncu/metric-units.ts'
import { cellNumber } from './cell-number.ts'
import { type Header, isHeader, type LaunchColumn, launchColumns } from './header.ts'
import type { PageContext } from './page-context.ts'
import { RawRows } from './raw-rows.ts'
import type { CsvRecords } from './records.ts'
import { scaled, unitScale } from './unit-scale.ts'

interface Column {
  readonly cell: number
  readonly metric: number
  factor: number
}

/** `Domain:Push/Pop_Range:…`: columns of `--nvtx`. */
function isMetric(name: string): boolean {
  return name !== '' && !name.includes(':Push/Pop') && !name.includes(':Start/Stop') && !launchColumns.some((known) => known === name)
}

/** Adds the rows up to the next header, which is left in `records.cells`; false at the end of the text. */
export function readRawPage(header: Header, text: string, records: CsvRecords, context: PageContext): boolean {
  const { columns, launches, losses } = context
  const place = new Map(header.names.map((name, index) => [name, index] as const))
  const cell = (column: LaunchColumn): string | undefined => records.cells[place.get(column) ?? -1]
  const metrics: Column[] = header.names.flatMap((name, index) =>
    isMetric(name) ? [{ cell: index, metric: context.metricId(describe(name, '')), factor: 1 }] : [],
  )
  const plain = new RawRows(text, context.codes, header.names.length, header.delimiter, context.commas)
  for (let isFirst = true; ; isFirst = false) {
    if (!isFirst && header.quoted) addPlainRows(plain, records, place, metrics, context)
    if (!records.next()) return false
    const { cells } = records
    if (isHeader(cells)) return true
    if (isFirst && cells[0] === '') {
      for (const column of metrics) {
        const scale = unitScale(cells[column.cell] ?? '')
        column.factor = scale.factor
        if (scale.unit !== undefined) context.setUnit(column.metric, scale.unit)
      }
      continue
    }
    if (isFirst) losses.add('no-unit-row', 1, 'raw pages without a row of units: values are taken to be in base units')
    if (cells.length !== header.names.length) {
      losses.add('cut-rows', 1, 'rows with another number of cells than the header: left out')
      continue
    }
    for (const column of metrics) addCell(context, column, cells[column.cell] ?? '')
    columns.result(launches.result(cell))
  }
}

function addCell({ columns, commas }: PageContext, { metric, factor }: Column, text: string): void {
  // Not collected for this launch.
  if (text === '') return
  const number = cellNumber(text, commas)
  if (number === undefined) columns.text(metric, text)
  else columns.number(metric, factor === 1 ? number : scaled(number, factor))
}

/** All rows of the plain shape that follow; `records` then stands before whatever comes next. */
function addPlainRows(
  rows: RawRows,
  records: CsvRecords,
  place: ReadonlyMap<string, number>,
  metrics: readonly Column[],
  context: PageContext,
): void {
  const { columns, launches } = context
  const cell = (column: LaunchColumn): string | undefined => {
    const index = place.get(column)
    return index === undefined ? undefined : rows.text(index)
  }
  while (rows.read(records.at) && rows.text(0) !== 'ID') {
    for (let next = 0; next < metrics.length; next++) {
      next = addNumbers(rows.numbers, metrics, next, columns)
      const column = metrics[next]
      if (column !== undefined) addCell(context, column, rows.text(column.cell))
    }
    columns.result(launches.result(cell))
    records.skipTo(rows.at)
  }
}

/** Adds the numbers of the metrics from `first` on; the first that has none, or how many there are. */
function addNumbers(numbers: Float64Array, metrics: readonly Column[], first: number, columns: CounterColumns): number {
  let row = columns.rows
  const { ids, values } = columns.room(metrics.length - first)
  let next = first
  for (; next < metrics.length; next++) {
    const { cell, metric, factor } = metrics[next] as Column // below its length
    const number = numbers[cell] as number // a cell of every row
    if (Number.isNaN(number)) break
    ids[row] = metric
    values[row] = factor === 1 ? number : scaled(number, factor)
    row++
  }
  columns.wrote(row)
  return next
}

function describe(name: string, unit: string): CounterMetric {
  const known = unit === '' ? unitOfMetric(name) : unit
  const role = roleOfMetric(name)
  return { name, ...(known === undefined ? {} : { unit: known }), ...(role === undefined ? {} : { role }) }
}
