/** `--page raw`: a row per launch, a column per metric, units in a row of their own. */
import type { CounterMetric } from '#model/kernel-counters.ts'
import { roleOfMetric } from '#readers/ncu/metric-roles.ts'
import { unitOfMetric } from '#readers/ncu/metric-units.ts'
import { type Header, isHeader, type LaunchColumn, launchColumns } from './header.ts'
import { addCell, type MetricColumn } from './metric-column.ts'
import type { PageContext } from './page-context.ts'
import { PlainRows } from './plain-rows.ts'
import type { CsvRecords } from './records.ts'
import { unitScale } from './unit-scale.ts'

/** `Domain:Push/Pop_Range:…`: columns of `--nvtx`. */
function isMetric(name: string): boolean {
  return name !== '' && !name.includes(':Push/Pop') && !name.includes(':Start/Stop') && !launchColumns.some((known) => known === name)
}

/** Adds the rows up to the next header, which is left in `records.cells`; false at the end of the text. */
export function readRawPage(header: Header, records: CsvRecords, context: PageContext): boolean {
  const { columns, launches, losses } = context
  const place = new Map(header.names.map((name, index) => [name, index] as const))
  const cell = (column: LaunchColumn): string | undefined => records.cells[place.get(column) ?? -1]
  const metrics: MetricColumn[] = header.names.flatMap((name, index) =>
    isMetric(name) ? [{ cell: index, metric: context.metricId(describe(name, '')), factor: 1 }] : [],
  )
  let plain: PlainRows | undefined
  for (let isFirst = true; ; isFirst = false) {
    if (!isFirst && header.quoted) {
      plain ??= new PlainRows(header, metrics, place, context)
      plain.addAll(records)
    }
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
    for (const { cell: at, metric, factor } of metrics) addCell(context, metric, factor, cells[at] ?? '')
    columns.result(launches.result(cell))
  }
}

function describe(name: string, unit: string): CounterMetric {
  const known = unit === '' ? unitOfMetric(name) : unit
  const role = roleOfMetric(name)
  return { name, ...(known === undefined ? {} : { unit: known }), ...(role === undefined ? {} : { role }) }
}
