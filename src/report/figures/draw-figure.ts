/** A figure as a drawing of a given width, or as several where it must fit a page. */
import type { Figure } from '#formats/report.ts'
import type { Drawing } from '#report/drawing.ts'
import { drawBars, drawHeat, drawStacked, stackedNames } from './rows.ts'
import { drawScatter } from './scatter.ts'

export function drawFigure(figure: Figure, width: number): Drawing {
  switch (figure.kind) {
    case 'scatter':
      return drawScatter(figure, width)
    case 'bars':
      return drawBars(figure, width)
    case 'stacked':
      return drawStacked(figure, width)
    case 'heat':
      return drawHeat(figure, width)
  }
}

function pieces<T>(rows: readonly T[], most: number): T[][] {
  const count = Math.ceil(rows.length / most)
  return Array.from({ length: count }, (_, index) => rows.slice(index * most, (index + 1) * most))
}

/** Pieces of at most `most` rows with one scale and the same colours. A scatter is one piece. */
export function drawPieces(figure: Figure, width: number, most: number): Drawing[] {
  if (figure.kind === 'scatter' || figure.rows.length <= most) return [drawFigure(figure, width)]
  if (figure.kind === 'bars') {
    const end = Math.max(figure.end ?? 0, ...figure.rows.map(({ value, from = 0 }) => from + value))
    return pieces(figure.rows, most).map((rows) => drawBars({ ...figure, rows, end }, width))
  }
  if (figure.kind === 'heat') return pieces(figure.rows, most).map((rows) => drawHeat({ ...figure, rows }, width))
  const names = stackedNames(figure)
  return pieces(figure.rows, most).map((rows) => drawStacked({ ...figure, rows }, width, names))
}
