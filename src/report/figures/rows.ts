/** Bars, stacked bars and heat tables: a row is a line of text with its bar or fields below, so that names have the whole width on a phone. */
import type { Bars, Heat, Stacked } from '#formats/report.ts'
import { type Drawing, fitted, type Role, type Shape, seriesRole, short, textWidth } from '#report/drawing.ts'
import { legend } from './legend.ts'
import { linearAxis } from './ticks.ts'

const ROW = 36
const BAR = 13
const SIZE = 11

const label = (text: string, y: number, width: number): Shape => ({
  kind: 'text',
  x: 0,
  y,
  text: fitted(text, SIZE, width),
  size: SIZE,
  anchor: 'start',
  role: 'ink',
})

export function drawBars({ rows, unit, end }: Bars, width: number): Drawing {
  const axis = linearAxis([...rows.map(({ value, from = 0 }) => from + value), end ?? 0])
  const shapes = rows.flatMap(({ label: name, value, detail, from = 0 }, index): Shape[] => {
    const top = index * ROW
    const figure = `${short(value)} ${unit}${detail === undefined ? '' : ` (${detail})`}`
    const room = textWidth(figure, SIZE) + 12
    const [begin, x] = [axis.at(from) * width, axis.at(from + value) * width]
    return [
      label(name, top + 12, Math.max(60, width - room)),
      { kind: 'text', x: width, y: top + 12, text: figure, size: SIZE, anchor: 'end', role: 'soft' },
      { kind: 'rect', x: 0, y: top + 17, width, height: BAR, role: 'grid', opacity: 0.6 },
      { kind: 'rect', x: Math.min(begin, x), y: top + 17, width: Math.max(Math.abs(x - begin), 0.5), height: BAR, role: 'series0' },
    ]
  })
  return { width, height: rows.length * ROW, shapes }
}

/** Seven parts have colours of their own; what is smaller goes together, named as such. */
const COLOURED = 7
const REST = 'all smaller parts'

function namesOf({ rows }: Stacked): string[] {
  const totals = new Map<string, number>()
  for (const { parts } of rows) for (const { name, value } of parts) totals.set(name, (totals.get(name) ?? 0) + value)
  const sorted = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name)
  return sorted.length <= COLOURED + 1 ? sorted : [...sorted.slice(0, COLOURED), REST]
}

/** @param names of the parts that have a colour, so that pieces of one figure agree; by default of this one. */
export function drawStacked(figure: Stacked, width: number, names: readonly string[] = namesOf(figure)): Drawing {
  const above = legend(names, 0, width)
  const sums = figure.rows.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0))
  const whole = Math.max(...sums) || 1
  const shapes = figure.rows.flatMap(({ label: name, parts }, index): Shape[] => {
    const top = above.height + 4 + index * ROW
    const total = `${short(sums[index] ?? 0)} ${figure.unit}`
    const shapesOfRow: Shape[] = [
      label(name, top + 12, width - textWidth(total, SIZE) - 12),
      { kind: 'text', x: width, y: top + 12, text: total, size: SIZE, anchor: 'end', role: 'soft' },
    ]
    let x = 0
    for (const [order, each] of names.entries()) {
      const value = parts
        .filter(({ name: part }) => (each === REST ? !names.includes(part) : part === each))
        .reduce((sum, part) => sum + part.value, 0)
      const span = (value / whole) * width
      if (span > 0) shapesOfRow.push({ kind: 'rect', x, y: top + 17, width: span, height: BAR, role: seriesRole(order) })
      x += span
    }
    return shapesOfRow
  })
  return { width, height: above.height + 4 + figure.rows.length * ROW, shapes: [...above.shapes, ...shapes] }
}
export const stackedNames = namesOf

const FIELD = 46

/** Better fields are darker; the span of the whole figure is one scale. */
export function drawHeat({ rows, columns, better }: Heat, width: number): Drawing {
  const values = rows.flatMap((row) => row.values.filter((value) => value !== null))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const strength = (value: number): number => {
    const part = most === least ? 0.5 : (value - least) / (most - least)
    // At most half: the number on it must stay readable in light and dark.
    return 0.06 + 0.44 * (better === 'high' ? part : 1 - part)
  }
  const perLine = Math.max(1, Math.min(columns.length, Math.floor(width / FIELD)))
  const lines = Math.ceil(columns.length / perLine)
  const span = width / perLine
  const height = 16 + lines * 34
  const shapes = rows.flatMap(({ label: name, values: fields }, index): Shape[] => {
    const top = index * height
    const shown = fields.flatMap((value, column): Shape[] => {
      const [x, y] = [(column % perLine) * span, top + 16 + Math.floor(column / perLine) * 34]
      const paint: { readonly role: Role; readonly opacity: number } =
        value === null ? { role: 'grid', opacity: 0.35 } : { role: 'series0', opacity: strength(value) }
      return [
        { kind: 'rect', x: x + 1, y, width: span - 2, height: 30, ...paint },
        { kind: 'text', x: x + span / 2, y: y + 11, text: columns[column] ?? '', size: 10, anchor: 'middle', role: 'ink' },
        { kind: 'text', x: x + span / 2, y: y + 24, text: value === null ? '–' : short(value), size: SIZE, anchor: 'middle', role: 'ink' },
      ]
    })
    return [label(name, top + 11, width), ...shown]
  })
  return { width, height: rows.length * height, shapes }
}
