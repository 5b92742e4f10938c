/** `--page raw`: a row per launch, a column per metric, units in a row of their own. */
import type { CounterMetric } from '#model/kernel-counters.ts'
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
  const plain = new RawRows(text, header.names.length, header.delimiter, context.commas)
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
    for (const column of metrics) {
      const number = rows.numbers[column.cell] ?? Number.NaN
      if (Number.isNaN(number)) addCell(context, column, rows.text(column.cell))
      else columns.number(column.metric, column.factor === 1 ? number : scaled(number, column.factor))
    }
    columns.result(launches.result(cell))
    records.skipTo(rows.at)
  }
}

function describe(name: string, unit: string): CounterMetric {
  const known = unit === '' ? unitOfMetric(name) : unit
  const role = roleOfMetric(name)
  return { name, ...(known === undefined ? {} : { unit: known }), ...(role === undefined ? {} : { role }) }
}
