/** Points and curves on two axes, with roofs and limits as thin lines. */
import type { Scatter } from '#formats/report.ts'
import { type Drawing, fitted, isHollow, type Shape, seriesRole, short, textWidth } from '#report/drawing.ts'
import { legend, MOST_NAMED } from './legend.ts'
import { type Axis, linearAxis, logAxis } from './ticks.ts'

interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}
interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
type Place = (point: { readonly x: number; readonly y: number }) => readonly [number, number]

const axisOf = (scale: 'linear' | 'log', values: readonly number[]): Axis => (scale === 'log' ? logAxis(values) : linearAxis(values))

const meets = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** Labels that would lie on another are left out: the table has every point. */
class Labels {
  readonly #taken: Box[] = []
  readonly #frame: Frame
  readonly shapes: Shape[] = []

  constructor(frame: Frame) {
    this.#frame = frame
  }

  block(box: Box): void {
    this.#taken.push(box)
  }

  /** Tries each place in turn; false where none is free. */
  put(
    text: string,
    size: number,
    places: readonly (readonly [number, number, 'start' | 'middle' | 'end'])[],
    role: 'ink' | 'soft',
  ): boolean {
    const width = textWidth(text, size)
    for (const [x, y, anchor] of places) {
      const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
      const box = { x: left - 2, y: y - size, width: width + 4, height: size * 1.25 }
      const { left: from, right: to, top, bottom } = this.#frame
      if (box.x < from || box.x + box.width > to || box.y < top - 12 || y > bottom) continue
      if (this.#taken.some((other) => meets(box, other))) continue
      this.#taken.push(box)
      this.shapes.push({ kind: 'text', x, y, text, size, anchor, role })
      return true
    }
    return false
  }
}

function gridOf(figure: Scatter, frame: Frame, xAxis: Axis, yAxis: Axis): Shape[] {
  const { left, right, top, bottom } = frame
  const shapes: Shape[] = []
  let lastEnd = Number.NEGATIVE_INFINITY
  for (const tick of xAxis.ticks) {
    const x = left + xAxis.at(tick) * (right - left)
    shapes.push({
      kind: 'line',
      points: [
        [x, top],
        [x, bottom],
      ],
      role: 'grid',
      width: 1,
    })
    const label = short(tick)
    const half = textWidth(label, 11) / 2
    if (x - half < lastEnd + 4) continue
    lastEnd = x + half
    shapes.push({ kind: 'text', x, y: bottom + 15, text: label, size: 11, anchor: 'middle', role: 'soft' })
  }
  for (const tick of yAxis.ticks) {
    const y = bottom - yAxis.at(tick) * (bottom - top)
    shapes.push({
      kind: 'line',
      points: [
        [left, y],
        [right, y],
      ],
      role: 'grid',
      width: 1,
    })
    shapes.push({ kind: 'text', x: left - 6, y: y + 4, text: short(tick), size: 11, anchor: 'end', role: 'soft' })
  }
  shapes.push({ kind: 'text', x: right, y: bottom + 32, text: fitted(figure.x.label, 11, right), size: 11, anchor: 'end', role: 'ink' })
  shapes.push({ kind: 'text', x: 0, y: 12, text: fitted(figure.y.label, 11, right), size: 11, anchor: 'start', role: 'ink' })
  return shapes
}

function linesOf(figure: Scatter, place: Place, labels: Labels): Shape[] {
  return figure.lines.map(({ name, points }) => {
    const placed = points.map(place)
    const [first, last] = [placed[0] ?? [0, 0], placed.at(-1) ?? [0, 0]]
    const along = (part: number): readonly [number, number, 'end' | 'middle'] => [
      first[0] + (last[0] - first[0]) * part,
      first[1] + (last[1] - first[1]) * part - 5,
      part === 1 ? 'end' : 'middle',
    ]
    const flat = Math.abs(last[1] - first[1]) < 2
    const beside = ([x, y]: readonly [number, number, string]) => [x - 6, y, 'end'] as const
    labels.put(
      fitted(name, 10.5, 220),
      10.5,
      flat ? [along(1), along(0.5)] : [0.5, 0.35, 0.65, 0.2].map((part) => beside(along(part))),
      'ink',
    )
    return { kind: 'line', points: placed, role: 'ink', width: flat ? 1 : 1.4, dashed: flat }
  })
}

export function drawScatter(figure: Scatter, width: number): Drawing {
  const every = [...figure.series.flatMap(({ points }) => points), ...figure.lines.flatMap(({ points }) => points)]
  const [xAxis, yAxis] = [
    axisOf(
      figure.x.scale,
      every.map(({ x }) => x),
    ),
    axisOf(
      figure.y.scale,
      every.map(({ y }) => y),
    ),
  ]
  const widest = Math.max(...yAxis.ticks.map((tick) => textWidth(short(tick), 11)), 20)
  const frame = { left: widest + 10, right: width - 12, top: 26, bottom: 26 + Math.min(340, width * 0.62) }
  const place: Place = ({ x, y }) => [
    frame.left + xAxis.at(x) * (frame.right - frame.left),
    frame.bottom - yAxis.at(y) * (frame.bottom - frame.top),
  ]
  const labels = new Labels(frame)
  const marks: Shape[] = []
  const [named, others] = [figure.series.slice(0, MOST_NAMED), figure.series.slice(MOST_NAMED)]
  // A colour that stands for two series says nothing: those without a name in the legend are dots behind the others.
  if (others.length > 0) marks.push({ kind: 'dots', points: others.flatMap(({ points }) => points.map(place)), radius: 2, role: 'soft' })
  for (const [index, { points, joined }] of named.entries()) {
    const placed = points.map(place)
    if (joined && placed.length > 1) marks.push({ kind: 'line', points: placed, role: seriesRole(index), width: 1.6 })
    // Of points that are not joined earlier ones are larger: two cells with equal kernels both show.
    for (const [x, y] of placed) {
      marks.push({
        kind: 'dot',
        x,
        y,
        radius: joined ? 3.6 : Math.max(3, 6 - 1.5 * index),
        role: seriesRole(index),
        hollow: isHollow(index),
      })
      labels.block({ x: x - 4, y: y - 4, width: 8, height: 8 })
    }
  }
  const lines = linesOf(figure, place, labels)
  for (const { points } of named)
    for (const point of points) {
      const [x, y] = place(point)
      if (point.label !== undefined)
        labels.put(
          point.label,
          10,
          [
            [x + 6, y - 6, 'start'],
            [x - 6, y - 6, 'end'],
            [x + 6, y + 13, 'start'],
            [x - 6, y + 13, 'end'],
          ],
          'soft',
        )
    }
  const below = legend(
    figure.series.map(({ name }) => name),
    frame.bottom + 42,
    width,
  )
  return {
    width,
    height: frame.bottom + 42 + below.height,
    shapes: [...gridOf(figure, frame, xAxis, yAxis), ...lines, ...marks, ...labels.shapes, ...below.shapes],
  }
}
