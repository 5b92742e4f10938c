/** A roofline as SVG that stands on a slide: log-log, one roof per data type, a dot per kernel, its area by time. */
import { formatRatio, significant } from '#base/units.ts'
import type { Roofline, RooflinePoint } from '#formats/roofline.ts'

const WIDTH = 1120
const HEIGHT = 640
const LEFT = 92
const RIGHT = 300
const TOP = 64
const BOTTOM = 72
const LARGEST_RADIUS = 22
const SMALLEST_RADIUS = 4
/** Names beside the drawing; more would not be read on a slide. */
const MOST_NAMED = 12
/** Okabe and Ito's palette: told apart by colour-blind people too. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']

interface Drawn {
  readonly point: RooflinePoint
  readonly intensity: number
  readonly flopsPerS: number
}

interface Scale {
  readonly x: (intensity: number) => number
  readonly y: (flopsPerS: number) => number
  readonly fromX: number
  readonly toX: number
  readonly fromY: number
  readonly toY: number
}

/** Names are strangers' text: markup in them must stay text. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '?')
}

const fixed = (value: number): string => value.toFixed(1)

function cutName(name: string, length: number): string {
  return name.length > length ? `${name.slice(0, length - 1)}…` : name
}

function scaleOf(drawn: readonly Drawn[], roofs: Roofline['roofs']): Scale {
  const memory = roofs.find(({ kind }) => kind === 'memory')?.perS ?? 1e12
  const peaks = roofs.filter(({ kind }) => kind === 'compute').map(({ perS }) => perS)
  const ridges = peaks.map((peak) => peak / memory)
  const intensities = [...drawn.map(({ intensity }) => intensity), ...ridges, 1]
  const rates = [...drawn.map(({ flopsPerS }) => flopsPerS), ...peaks]
  const decade = (value: number, up: boolean) => 10 ** (up ? Math.ceil(Math.log10(value)) : Math.floor(Math.log10(value)))
  const fromX = decade(Math.min(...intensities) / 1.5, false)
  const toX = decade(Math.max(...intensities) * 1.5, true)
  const toY = decade(Math.max(...rates, memory) * 1.1, true)
  // Not below what the memory roof gives at the left edge, unless a kernel is there.
  const fromY = decade(Math.min(...rates, memory * fromX, toY / 1e3), false)
  const along = (value: number, from: number, to: number) => (Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from))
  return {
    fromX,
    toX,
    fromY,
    toY,
    x: (intensity) => LEFT + along(intensity, fromX, toX) * (WIDTH - LEFT - RIGHT),
    y: (flopsPerS) => HEIGHT - BOTTOM - along(flopsPerS, fromY, toY) * (HEIGHT - TOP - BOTTOM),
  }
}

function grid({ x, y, fromX, toX, fromY, toY }: Scale): string {
  const lines: string[] = []
  for (let value = fromX; value <= toX * 1.001; value *= 10) {
    lines.push(`<line class="grid" x1="${fixed(x(value))}" y1="${TOP}" x2="${fixed(x(value))}" y2="${HEIGHT - BOTTOM}"/>`)
    lines.push(`<text x="${fixed(x(value))}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${significant(value)}</text>`)
  }
  for (let value = fromY; value <= toY * 1.001; value *= 10) {
    lines.push(`<line class="grid" x1="${LEFT}" y1="${fixed(y(value))}" x2="${WIDTH - RIGHT}" y2="${fixed(y(value))}"/>`)
    lines.push(`<text x="${LEFT - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${significant(value / 1e12)}</text>`)
  }
  const middleX = (LEFT + WIDTH - RIGHT) / 2
  lines.push(`<text class="axis" x="${middleX}" y="${HEIGHT - 20}" text-anchor="middle">arithmetic intensity, FLOP per byte of DRAM</text>`)
  lines.push(`<text class="axis" transform="translate(24 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">TFLOP/s</text>`)
  return lines.join('\n')
}

function roofLines({ roofs }: Roofline, { x, y, fromX, fromY, toX }: Scale): string {
  const memory = roofs.find(({ kind }) => kind === 'memory')
  if (memory === undefined) return ''
  const compute = roofs.filter(({ kind }) => kind === 'compute')
  const top = Math.max(...compute.map(({ perS }) => perS), memory.perS)
  const startX = Math.max(fromX, fromY / memory.perS)
  const slope = `<line class="roof" x1="${fixed(x(startX))}" y1="${fixed(y(startX * memory.perS))}" x2="${fixed(x(top / memory.perS))}" y2="${fixed(y(top))}"/>`
  const memoryLabel = `<text x="${fixed(x(startX) + 8)}" y="${fixed(y(startX * memory.perS) - 10)}">${significant(memory.perS / 1e12)} TB/s</text>`
  const flat = compute.map(({ perS, dtype = '' }) => {
    const line = `<line class="roof" x1="${fixed(x(perS / memory.perS))}" y1="${fixed(y(perS))}" x2="${fixed(x(toX))}" y2="${fixed(y(perS))}"/>`
    return `${line}\n<text x="${fixed(x(toX) - 6)}" y="${fixed(y(perS) - 6)}" text-anchor="end">${escapeXml(dtype)} ${significant(perS / 1e12)} TFLOP/s</text>`
  })
  return [slope, memoryLabel, ...flat].join('\n')
}

function dots(drawn: readonly Drawn[], { x, y }: Scale): string {
  const most = Math.max(...drawn.map(({ point }) => point.measuredNs ?? 0), 1)
  return drawn
    .map(({ point, intensity, flopsPerS }, index) => {
      const radius = Math.max(SMALLEST_RADIUS, LARGEST_RADIUS * Math.sqrt((point.measuredNs ?? 0) / most))
      const title = `${point.name}: ${significant(intensity)} FLOP/byte, ${significant(flopsPerS / 1e12)} TFLOP/s, ${formatRatio(point.roofRatio)} of its roof`
      const colour = colours[index % colours.length] ?? '#000000'
      const number =
        index < MOST_NAMED
          ? `<text class="number" x="${fixed(x(intensity))}" y="${fixed(y(flopsPerS) - radius - 3)}" text-anchor="middle">${index + 1}</text>`
          : ''
      return `<circle cx="${fixed(x(intensity))}" cy="${fixed(y(flopsPerS))}" r="${fixed(radius)}" fill="${colour}"><title>${escapeXml(title)}</title></circle>${number}`
    })
    .join('\n')
}

function legend(drawn: readonly Drawn[], left: number): string {
  const lines = drawn.slice(0, MOST_NAMED).map(({ point }, index) => {
    const y = TOP + 8 + index * 38
    const verdict = point.roofRatio === undefined ? 'undecided' : `${formatRatio(point.roofRatio)} of the ${point.bound} roof`
    return `<text class="name" x="${WIDTH - RIGHT + 18}" y="${y}">${index + 1}  ${escapeXml(cutName(point.name, 36))}</text>\n<text x="${WIDTH - RIGHT + 36}" y="${y + 16}">${verdict}</text>`
  })
  const more = drawn.length > MOST_NAMED ? [`${drawn.length - MOST_NAMED} more drawn`] : []
  if (left > 0) more.push(`${left} without a verdict, not drawn`)
  const rest = more.map(
    (text, index) => `<text x="${WIDTH - RIGHT + 18}" y="${HEIGHT - BOTTOM - 16 * (more.length - 1 - index)}">${text}</text>`,
  )
  return [...lines, ...rest].join('\n')
}

/** Kernels that computed nothing or that nothing is known of are counted below the names: a log axis has no zero. */
export function rooflineSvg(roofline: Omit<Roofline, 'svg'>): string {
  const drawn = roofline.points.flatMap((point): Drawn[] => {
    const { intensityFlopsPerByte: intensity = 0, achievedFlopsPerS: flopsPerS = 0 } = point
    return intensity > 0 && flopsPerS > 0 ? [{ point, intensity, flopsPerS }] : []
  })
  const scale = scaleOf(drawn, roofline.roofs)
  const title = roofline.hardware?.name ?? 'a device without known ceilings'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="13" role="img">
<title>Roofline on ${escapeXml(title)}</title>
<style>.grid{stroke:#e2e2e2}.roof{stroke:#333333;stroke-width:2}.axis{font-size:15px}.name{font-weight:600}.number{font-size:12px}circle{fill-opacity:.75;stroke:#ffffff}text{fill:#222222}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${LEFT}" y="36" font-size="20" font-weight="600">Roofline on ${escapeXml(title)}</text>
${grid(scale)}
${roofLines(roofline, scale)}
${dots(drawn, scale)}
${legend(drawn, roofline.points.length - drawn.length)}
</svg>
`
}
