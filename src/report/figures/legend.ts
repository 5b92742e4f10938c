/** Names of series with their colours, in lines as wide as the chart. */
import { fitted, isHollow, type Shape, seriesRole, textWidth } from '#report/drawing.ts'

const SIZE = 11
const LINE = 18
/** More names would be longer than the chart they explain; eight colours, filled and hollow, are as many. */
export const MOST_NAMED = 16

export interface Legend {
  readonly shapes: readonly Shape[]
  readonly height: number
}

export function legend(names: readonly string[], top: number, width: number): Legend {
  const shapes: Shape[] = []
  let [x, y] = [0, top + 12]
  const shown = names.length > MOST_NAMED ? names.slice(0, MOST_NAMED) : names
  const entries = shown.map((each, index) => ({ label: fitted(each, SIZE, Math.min(260, width - 20)), index }))
  for (const { label, index } of entries) {
    const needed = 18 + textWidth(label, SIZE) + 10
    if (x > 0 && x + needed > width) [x, y] = [0, y + LINE]
    shapes.push({ kind: 'dot', x: x + 6, y: y - 4, radius: 4.5, role: seriesRole(index), hollow: isHollow(index) })
    shapes.push({ kind: 'text', x: x + 15, y, text: label, size: SIZE, anchor: 'start', role: 'ink' })
    x += needed
  }
  if (names.length > shown.length) {
    y += LINE
    shapes.push({
      kind: 'text',
      x: 0,
      y,
      text: `and ${names.length - shown.length} more as small grey dots: see the table`,
      size: SIZE,
      anchor: 'start',
      role: 'soft',
    })
  }
  return { shapes, height: y - top + 8 }
}
