/** A column of a raw page that holds a metric. */
import { cellNumber } from './cell-number.ts'
import type { PageContext } from './page-context.ts'
import { scaled } from './unit-scale.ts'

export interface MetricColumn {
  readonly cell: number
  readonly metric: number
  /** From the printed unit to the one that is stored. */
  factor: number
}

export function addCell({ columns, commas }: PageContext, metric: number, factor: number, text: string): void {
  // Not collected for this launch.
  if (text === '') return
  const number = cellNumber(text, commas)
  if (number === undefined) columns.text(metric, text)
  else columns.number(metric, factor === 1 ? number : scaled(number, factor))
}
