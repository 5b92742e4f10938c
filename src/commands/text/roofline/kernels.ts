/** The kernels of a drawing: a dot each, its roof, its number, and the list beside. */
import { formatDuration, formatRatio, significant } from '#base/units.ts'
import type { Roofline } from '#formats/roofline.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { boundColours, cutName, type Drawn, escapeXml, fixed, page, plot, type Scale, textAt } from './page.ts'

const LARGEST_RADIUS = 24
const SMALLEST_RADIUS = 5
/** Names beside the drawing; more would not be read on a slide. */
export const MOST_NAMED = 10
/** A number fits into a dot of this radius. */
const HOLDS_NUMBER = 10
/** Of the list's bold type, on its width. */
const NAME_LENGTH = 33

const colourOf = ({ point }: Drawn): string => boundColours[point.bound ?? 'undecided']

interface Dot {
  readonly drawn: Drawn
  readonly index: number
  readonly x: number
  readonly y: number
  readonly radius: number
}

export function dotsOf(drawn: readonly Drawn[], { x, y }: Scale): Dot[] {
  const most = Math.max(...drawn.map(({ point }) => point.measuredNs ?? 0), 1)
  return drawn.map((each, index) => ({
    drawn: each,
    index,
    x: x(each.intensity),
    y: y(each.flopsPerS),
    radius: Math.max(SMALLEST_RADIUS, LARGEST_RADIUS * Math.sqrt((each.point.measuredNs ?? 0) / most)),
  }))
}

/** Large dots first, so that small ones lie on top; the dashed line ends at the roof that bounds the kernel. */
export function dots(drawn: readonly Drawn[], scale: Scale): string {
  const all = dotsOf(drawn, scale)
  const roofs = all.map(({ drawn: { point, flopsPerS }, x, y, radius }) => {
    const ratio = point.roofRatio
    if (ratio === undefined || ratio >= 1 || ratio <= 0) return ''
    const roofY = scale.y(flopsPerS / ratio)
    return y - radius <= roofY
      ? ''
      : `<line class="headroom" x1="${fixed(x)}" y1="${fixed(y - radius)}" x2="${fixed(x)}" y2="${fixed(roofY)}"/>`
  })
  const circles = all
    .toSorted((a, b) => b.radius - a.radius || a.index - b.index)
    .map(({ drawn: each, x, y, radius }) => {
      const { point, intensity, flopsPerS } = each
      const title = `${point.name}: ${significant(intensity)} FLOP/byte, ${significant(flopsPerS / 1e12)} TFLOP/s, ${formatRatio(point.roofRatio)} of its roof`
      return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(radius)}" fill="${colourOf(each)}"><title>${escapeXml(title)}</title></circle>`
    })
  return [...roofs.filter((line) => line !== ''), ...circles, ...numbers(all.slice(0, MOST_NAMED), all)].join('\n')
}

interface Place {
  readonly x: number
  readonly y: number
}

const far = (a: Place, b: Place, distance: number): boolean => Math.hypot(a.x - b.x, a.y - b.y) > distance

/** In the dot where it fits and no smaller dot lies on it, else beside it, where no dot and no number is. */
function numbers(named: readonly Dot[], all: readonly Dot[]): string[] {
  const taken: Place[] = []
  return named.map((dot) => {
    const text = String(dot.index + 1)
    const isClear = (place: Place): boolean => taken.every((other) => far(other, place, 15))
    const isCovered = all.some((other) => other.radius < dot.radius && !far(other, dot, other.radius + 8))
    if (dot.radius >= HOLDS_NUMBER && isClear(dot) && !isCovered) {
      taken.push(dot)
      return textAt(dot.x, dot.y + 5, text, { class: 'inside', anchor: 'middle' })
    }
    const isFree = (place: Place): boolean => isClear(place) && all.every((other) => far(other, place, other.radius + 6))
    const places = around(dot)
    const place = places.find(isFree) ?? places.find(isClear) ?? { x: dot.x, y: dot.y - dot.radius - 9 }
    taken.push(place)
    // A number that had to go far says by a line whose it is.
    const away = Math.hypot(place.x - dot.x, place.y - dot.y)
    const [dx, dy] = [(place.x - dot.x) / away, (place.y - dot.y) / away]
    const leader =
      away <= dot.radius + 12
        ? ''
        : `<line class="leader" x1="${fixed(dot.x + dx * dot.radius)}" y1="${fixed(dot.y + dy * dot.radius)}" x2="${fixed(place.x - dx * 9)}" y2="${fixed(place.y - dy * 9)}"/>`
    return leader + textAt(place.x, place.y + 4, text, { class: 'number', anchor: 'middle' })
  })
}

/** Eight directions, the nearest ring first. */
function around({ x, y, radius }: Dot): Place[] {
  return [9, 26, 44].flatMap((gap) =>
    [0, 180, 270, 90, 315, 225, 45, 135].map((degrees) => {
      const angle = (degrees * Math.PI) / 180
      return { x: x + Math.cos(angle) * (radius + gap), y: y + Math.sin(angle) * (radius + gap) }
    }),
  )
}

/** Function names; with more of the name where two kernels share one. */
function listNames(drawn: readonly Drawn[]): string[] {
  const short = drawn.map(({ point }) => shortKernelName(point.name))
  return drawn.map(({ point }, index) => {
    const own = short[index] ?? point.name
    const isShared = short.filter((name) => name === own).length > 1
    return isShared ? point.name.replace(/^void /, '').slice(Math.max(0, point.name.replace(/^void /, '').indexOf(own))) : own
  })
}

export function list(drawn: readonly Drawn[], { points }: Pick<Roofline, 'points'>): string {
  const x = plot.right + 28
  const allNs = points.reduce((sum, { measuredNs = 0 }) => sum + measuredNs, 0)
  const names = listNames(drawn)
  const rows = drawn.slice(0, MOST_NAMED).map((each, index) => {
    const y = page.top + 34 + index * 46
    const { point } = each
    const verdict = point.roofRatio === undefined ? 'no roof known' : `${formatRatio(point.roofRatio)} of the ${point.bound} roof`
    const time =
      point.measuredNs === undefined
        ? ''
        : `, ${formatDuration(point.measuredNs)}${allNs > 0 ? ` (${formatRatio(point.measuredNs / allNs)})` : ''}`
    return [
      `<circle cx="${x + 10}" cy="${y - 5}" r="11" fill="${colourOf(each)}"/>`,
      textAt(x + 10, y, String(index + 1), { class: 'inside', anchor: 'middle' }),
      textAt(x + 30, y - 2, cutName(names[index] ?? '', NAME_LENGTH), { class: 'name' }),
      textAt(x + 30, y + 16, `${point.lowerBound === true ? 'at least ' : ''}${verdict}${time}`, { class: 'detail' }),
    ].join('\n')
  })
  const left = points.length - drawn.length
  const more = [
    ...(drawn.length > MOST_NAMED ? [`${drawn.length - MOST_NAMED} more drawn without a number`] : []),
    ...(left > 0 ? [`${left} without a verdict, not drawn`] : []),
  ]
  const rest = more.map((text, index) => textAt(x, plot.bottom - 18 * (more.length - 1 - index), text, { class: 'detail' }))
  return [textAt(x, page.top + 4, 'Kernels, by time under replay', { class: 'heading' }), ...rows, ...rest].join('\n')
}

/** What colours, areas and dashes mean. */
export function legend(drawn: readonly Drawn[]): string {
  const words = { memory: 'memory-bound', compute: 'compute-bound', undecided: 'no roof known' }
  const bounds = (['memory', 'compute', 'undecided'] as const).filter((bound) =>
    drawn.some(({ point }) => (point.bound ?? 'undecided') === bound),
  )
  const y = page.height - 18
  let x: number = page.left
  const parts = bounds.flatMap((bound) => {
    const at = x
    x += 40 + words[bound].length * 7.6
    return [
      `<circle cx="${at + 8}" cy="${y - 5}" r="8" fill="${boundColours[bound]}"/>`,
      textAt(at + 22, y, words[bound], { class: 'detail' }),
    ]
  })
  if (drawn.length > 0) {
    parts.push(
      `<line class="headroom" x1="${fixed(x + 2)}" y1="${y - 5}" x2="${fixed(x + 32)}" y2="${y - 5}"/>`,
      textAt(x + 40, y, 'distance to its roof; area of a dot: time', { class: 'detail' }),
    )
  }
  return parts.join('\n')
}
