/** Points of a written report: tables about the same concurrency complete one another, or are other measurements of it. */
import { CellBuilder } from './cell-builder.ts'
import type { MarkdownTable } from './markdown-table.ts'
import type { Reading } from './report-tables.ts'

interface Point {
  readonly cell: CellBuilder
  /** Value by meaning: what a second table must not contradict. */
  readonly values: Map<string, number>
}

/** One table, or several that do not contradict one another. */
interface Group {
  readonly label: string
  readonly points: Map<string, Point>
}

function meaningKey({ meaning }: Reading): string {
  return JSON.stringify(meaning)
}

function placeKey({ concurrency, repeat, trial, context }: Reading): string {
  return JSON.stringify([concurrency, repeat, trial ?? null, context])
}

export class ReportPoints {
  readonly #groups: Group[] = []

  /** The group that these readings complete, or a new one: the same figure with another value is another measurement. */
  groupFor(label: string, readings: readonly Reading[]): Group {
    const fits = (group: Group): boolean =>
      readings.every((reading) => {
        const known = group.points.get(placeKey(reading))?.values.get(meaningKey(reading))
        return known === undefined || known === reading.value
      })
    const found = this.#groups.find(fits)
    if (found !== undefined) return found
    const group = { label, points: new Map<string, Point>() }
    this.#groups.push(group)
    return group
  }

  /** Builders in file order with the names of their points; names are told apart where a report holds several sets. */
  finish(): { readonly cells: readonly CellBuilder[]; readonly names: readonly string[] } {
    const cells: CellBuilder[] = []
    const names: string[] = []
    for (const [index, { label, points }] of this.#groups.entries())
      for (const [key, { cell }] of points) {
        const [concurrency, , , context] = JSON.parse(key) as [number, number, number | null, [string, string][]]
        const texts = context.map(([, value]) => value).join(' ')
        const set = this.#groups.length > 1 ? label || `table ${index + 1}` : ''
        cells.push(cell)
        names.push([`c${concurrency}`, texts, set].filter((part) => part !== '').join(' '))
      }
    return { cells, names }
  }
}

export function addReading(points: ReportPoints, table: MarkdownTable, readings: readonly Reading[]): void {
  if (readings.length === 0) return
  const group = points.groupFor(table.headings.at(-1) ?? '', readings)
  for (const reading of readings) {
    const place = placeKey(reading)
    const point = group.points.get(place) ?? newPoint(reading)
    group.points.set(place, point)
    const meaning = meaningKey(reading)
    if (point.values.has(meaning)) continue
    point.values.set(meaning, reading.value)
    point.cell.add(reading.key, reading.value, reading.meaning)
    if (reading.isPlainThroughput && reading.meaning.as === 'rate' && reading.meaning.quantity === 'output-tokens')
      sayPlain(point.cell, reading.key)
  }
}

function newPoint({ concurrency, trial, context }: Reading): Point {
  const cell = new CellBuilder()
  cell.add('concurrency', concurrency, { as: 'concurrency' })
  if (trial !== undefined) cell.add('trial', trial, { as: 'trial' })
  for (const [name, value] of context) cell.add(name, value, { as: 'context', name })
  return { cell, values: new Map() }
}

function sayPlain(cell: CellBuilder, key: string): void {
  cell.finding({
    code: 'throughput-not-qualified',
    severity: 'info',
    text: `“${key}” says neither output nor total: taken as output tokens, the headline of inference_perfbench_v1`,
  })
}
