/** The page that a roofline is drawn on, and how values become places on it. */
import type { Roofline, RooflinePoint } from '#formats/roofline.ts'

/** A slide of 16:9. */
export const page = { width: 1280, height: 720, left: 96, right: 372, top: 88, bottom: 108 } as const

export const plot = {
  right: page.width - page.right,
  bottom: page.height - page.bottom,
  width: page.width - page.left - page.right,
  height: page.height - page.top - page.bottom,
} as const

/** Okabe and Ito's palette: told apart by colour-blind people too. */
export const boundColours = { memory: '#0072b2', compute: '#d55e00', undecided: '#8a8a8a' } as const

/** A kernel with a place: it computed something, and both axes are known. */
export interface Drawn {
  readonly point: RooflinePoint
  readonly intensity: number
  readonly flopsPerS: number
}

export function drawnPoints({ points }: Pick<Roofline, 'points'>): Drawn[] {
  return points.flatMap((point): Drawn[] => {
    const { intensityFlopsPerByte: intensity = 0, achievedFlopsPerS: flopsPerS = 0 } = point
    return intensity > 0 && flopsPerS > 0 ? [{ point, intensity, flopsPerS }] : []
  })
}

export interface Scale {
  readonly x: (intensity: number) => number
  readonly y: (flopsPerS: number) => number
  readonly fromX: number
  readonly toX: number
  readonly fromY: number
  readonly toY: number
}

const decade = (value: number, up: boolean): number => 10 ** (up ? Math.ceil(Math.log10(value)) : Math.floor(Math.log10(value)))

/** Whole decades that hold every kernel, every ridge and every peak. */
export function scaleOf(drawn: readonly Drawn[], roofs: Roofline['roofs']): Scale {
  const memory = roofs.find(({ kind }) => kind === 'memory')?.perS ?? 1e12
  const peaks = roofs.filter(({ kind }) => kind === 'compute').map(({ perS }) => perS)
  const intensities = [...drawn.map(({ intensity }) => intensity), ...peaks.map((peak) => peak / memory), 1]
  const rates = [...drawn.map(({ flopsPerS }) => flopsPerS), ...peaks]
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
    x: (intensity) => page.left + along(intensity, fromX, toX) * plot.width,
    y: (flopsPerS) => plot.bottom - along(flopsPerS, fromY, toY) * plot.height,
  }
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

export const fixed = (value: number): string => value.toFixed(1)

export function cutName(name: string, length: number): string {
  return name.length > length ? `${name.slice(0, length - 1)}…` : name
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly class?: string
  readonly transform?: string
}

export function textAt(x: number, y: number, text: string, options: TextOptions = {}): string {
  const attributes = [
    ...(options.class === undefined ? [] : [`class="${options.class}"`]),
    `x="${fixed(x)}" y="${fixed(y)}"`,
    ...(options.anchor === undefined ? [] : [`text-anchor="${options.anchor}"`]),
    ...(options.transform === undefined ? [] : [`transform="${options.transform}"`]),
  ]
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`
}
