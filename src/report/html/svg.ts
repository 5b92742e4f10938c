/** A drawing as inline SVG; colours are the page’s, so that light and dark are one drawing. */
import type { Drawing, Role, Shape } from '#report/drawing.ts'

/** For text and for attributes in double quotes. */
export const escaped = (text: string): string =>
  // Most cells have nothing to escape.
  /[&<>"']/.test(text)
    ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
    : text

const round = (value: number): string => String(Math.round(value * 10) / 10)
const fill = (role: Role, opacity?: number): string =>
  `class="f-${role}"${opacity === undefined ? '' : ` fill-opacity="${round(opacity * 100) === '100' ? 1 : opacity.toFixed(3)}"`}`

function shapeSvg(shape: Shape): string {
  switch (shape.kind) {
    case 'line': {
      const points = shape.points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
      return `<polyline class="s-${shape.role}" fill="none" stroke-width="${shape.width}"${shape.dashed === true ? ' stroke-dasharray="5 4"' : ''} points="${points}"/>`
    }
    case 'rect':
      return `<rect ${fill(shape.role, shape.opacity)} x="${round(shape.x)}" y="${round(shape.y)}" width="${round(Math.max(shape.width, 0))}" height="${round(shape.height)}"/>`
    case 'dot':
      return shape.hollow === true
        ? `<circle class="s-${shape.role} f-paper" stroke-width="2" cx="${round(shape.x)}" cy="${round(shape.y)}" r="${shape.radius}"/>`
        : `<circle ${fill(shape.role)} cx="${round(shape.x)}" cy="${round(shape.y)}" r="${shape.radius}"/>`
    case 'dots': {
      const path = shape.points.map(([x, y]) => `M${round(x)},${round(y)}h0`).join('')
      return `<path class="s-${shape.role}" fill="none" stroke-linecap="round" stroke-width="${shape.radius * 2}" d="${path}"/>`
    }
    case 'text':
      return `<text ${fill(shape.role)} x="${round(shape.x)}" y="${round(shape.y)}" font-size="${shape.size}"${shape.anchor === 'start' ? '' : ` text-anchor="${shape.anchor}"`}${shape.bold === true ? ' font-weight="600"' : ''}>${escaped(shape.text)}</text>`
  }
}

/** @param label what the chart is, for who cannot see it; its numbers are in the table beside it. */
export function drawingSvg({ width, height, shapes }: Drawing, label: string, name: string): string {
  return `<svg class="${name}" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-label="${escaped(label)}">${shapes.map(shapeSvg).join('')}</svg>`
}
