/** Grid, axes and roofs of a drawing. */
import { formatCount, significant } from '#base/units.ts'
import type { Roofline } from '#formats/roofline.ts'
import { fixed, page, plot, type Scale, textAt } from './page.ts'

/** `0.1`, `1`, `10 000`: powers of ten without the digits that say nothing. */
function tick(value: number): string {
  const rounded = Number(value.toPrecision(1))
  return rounded >= 1 ? formatCount(rounded) : String(rounded)
}

export function grid({ x, y, fromX, toX, fromY, toY }: Scale): string {
  const lines: string[] = []
  for (let value = fromX; value <= toX * 1.001; value *= 10) {
    lines.push(`<line class="grid" x1="${fixed(x(value))}" y1="${page.top}" x2="${fixed(x(value))}" y2="${plot.bottom}"/>`)
    lines.push(textAt(x(value), plot.bottom + 24, tick(value), { anchor: 'middle' }))
  }
  for (let value = fromY; value <= toY * 1.001; value *= 10) {
    lines.push(`<line class="grid" x1="${page.left}" y1="${fixed(y(value))}" x2="${plot.right}" y2="${fixed(y(value))}"/>`)
    lines.push(textAt(page.left - 12, y(value) + 5, tick(value / 1e12), { anchor: 'end' }))
  }
  const middleX = page.left + plot.width / 2
  const middleY = page.top + plot.height / 2
  lines.push(textAt(middleX, plot.bottom + 54, 'Arithmetic intensity (FLOP per byte of DRAM)', { class: 'axis', anchor: 'middle' }))
  lines.push(
    textAt(0, 0, 'Achieved TFLOP/s', { class: 'axis', anchor: 'middle', transform: `translate(30 ${fixed(middleY)}) rotate(-90)` }),
  )
  return lines.join('\n')
}

interface Flat {
  readonly perS: number
  readonly dtypes: readonly string[]
}

/** Types with one peak are one line. */
function flatRoofs(roofs: Roofline['roofs']): Flat[] {
  const byPeak = new Map<number, string[]>()
  for (const { kind, perS, dtype = '' } of roofs) {
    if (kind === 'compute') byPeak.set(perS, [...(byPeak.get(perS) ?? []), dtype])
  }
  return [...byPeak].map(([perS, dtypes]) => ({ perS, dtypes })).sort((a, b) => b.perS - a.perS)
}

export interface Circle {
  readonly x: number
  readonly y: number
  readonly radius: number
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const LABEL_HEIGHT = 18
/** Of the labels' bold type, on the wide side. */
const CHARACTER_WIDTH = 8.4
const STEP = 24

const meetsCircle = ({ left, right, top, bottom }: Box, { x, y, radius }: Circle): boolean =>
  Math.hypot(x - Math.min(Math.max(x, left), right), y - Math.min(Math.max(y, top), bottom)) < radius + 4

const meetsBox = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** `circles`: the kernels, which no label may cover. */
export function roofLines(roofs: Roofline['roofs'], { x, y, fromX, fromY, toX }: Scale, circles: readonly Circle[]): string {
  const memory = roofs.find(({ kind }) => kind === 'memory')
  if (memory === undefined) return ''
  const flat = flatRoofs(roofs)
  const top = Math.max(...flat.map(({ perS }) => perS), memory.perS)
  const startX = Math.max(fromX, fromY / memory.perS)
  const slope = { x1: x(startX), y1: y(startX * memory.perS), x2: x(top / memory.perS), y2: y(top) }
  const parts = [lineAt(slope.x1, slope.y1, slope.x2, slope.y2), slopeLabel(memory.perS, slope, circles)]
  const taken: Box[] = []
  for (const { perS, dtypes } of flat) {
    const [from, at] = [x(perS / memory.perS), y(perS)]
    parts.push(lineAt(from, at, x(toX), at))
    const label = `${dtypes.join(', ').toUpperCase()}: ${peak(perS)} TFLOP/s`
    const box = flatPlace(label.length * CHARACTER_WIDTH, from, at, circles, taken)
    taken.push(box)
    parts.push(textAt(box.right, box.bottom - 4, label, { class: 'rooflabel', anchor: 'end' }))
  }
  return parts.join('\n')
}

const lineAt = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="roof" x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}"/>`

const peak = (perS: number): string => (perS >= 1e15 ? formatCount(Math.round(perS / 1e12)) : significant(perS / 1e12))

/**
 * Above its line, as far to the right as no kernel and no other label is; else before its beginning, where nothing can be: that is above
 * the roof.
 */
function flatPlace(width: number, from: number, at: number, circles: readonly Circle[], taken: readonly Box[]): Box {
  const boxAt = (right: number, bottom: number): Box => ({ left: right - width, right, top: bottom - LABEL_HEIGHT - 4, bottom })
  for (let right = plot.right - 8; right - width > from + 16; right -= STEP) {
    const box = boxAt(right, at - 3)
    if (!circles.some((circle) => meetsCircle(box, circle)) && !taken.some((other) => meetsBox(box, other))) return box
  }
  return from - width > page.left ? boxAt(from - 10, at + 9) : boxAt(plot.right - 8, at - 3)
}

interface Slope {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Along the slope, above it, where no kernel is; low down first, where no flat roof is. */
function slopeLabel(perS: number, { x1, y1, x2, y2 }: Slope, circles: readonly Circle[]): string {
  const label = `DRAM: ${significant(perS / 1e12)} TB/s`
  const length = Math.hypot(x2 - x1, y2 - y1)
  const part = (label.length * CHARACTER_WIDTH) / length
  const isFree = (from: number): boolean =>
    circles.every(({ x, y, radius }) => {
      // How far along and above the slope the kernel lies.
      const along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
      const above = ((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) / length
      const isBeside = along < from * length - radius - 6 || along > (from + part) * length + radius + 6
      return isBeside || above < -radius - 2 || above > radius + LABEL_HEIGHT + 12
    })
  const candidates = [0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.05, 0.7]
  const at = candidates.find((from) => from + part < 1 && isFree(from)) ?? 0.12
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI
  const transform = `translate(${fixed(x1 + (x2 - x1) * at)} ${fixed(y1 + (y2 - y1) * at)}) rotate(${fixed(angle)})`
  return textAt(0, -9, label, { class: 'rooflabel', transform })
}
