/** Points 1, 3 and 4 of the report (the lake shows its own). */
import { type Point, shownByTests } from './point.ts'

export const points: readonly Point[] = [
  shownByTests('1 HTML and PDF by one command; the PDF opened again, pages counted, its text equal to the JSON value by value', {
    paths: ['tests/report/render.test.ts'],
    titles: 'one command|another reader|is refused|equal bytes',
  }),
  shownByTests('1 the HTML in Chromium: no console message, no network, three widths, keyboard, hostile names as text', {
    paths: ['tests/report/browser.test.ts'],
  }),
  shownByTests('3 the report rows of the trap list (H1, H7, H8, H9, H26, D10, E12)', {
    paths: ['src/analysis/report', 'tests/report'],
    titles: 'trap [A-Z][0-9]+:',
  }),
  shownByTests('4 500 cells render in under 10 s', { paths: ['tests/report/render.test.ts'], titles: 'many cells', slow: true }),
]
