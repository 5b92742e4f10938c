/** Points of the report, and of the lake (lake-points.ts). */
import { lakePoints } from './lake-points.ts'
import { type Point, shownByTests } from './point.ts'

export const points: readonly Point[] = [
  shownByTests('1 HTML and PDF by one command; the PDF opened again, pages counted, its text equal to the JSON value by value', {
    paths: ['tests/report/render.test.ts'],
    titles: 'one command|another reader|is refused|equal bytes',
  }),
  shownByTests('1 the HTML in Chromium: no console message, no network, three widths, keyboard, hostile names as text', {
    paths: ['tests/report/browser.test.ts'],
  }),
  shownByTests('1 a bundle without a campaign, from its raw captures: what the commands say of the same files; gates first; PDF equal', {
    paths: ['tests/report/bundle.test.ts'],
  }),
  shownByTests('3 the report, champion and value rows of the trap list (H1 to H9, H15, H16, H18, H20 to H24, H26, D10, E12)', {
    paths: [
      'src/analysis/report',
      'src/analysis/champion',
      'src/analysis/value',
      'src/analysis/campaign',
      'src/pipeline/campaign',
      'src/cli',
      'src/mcp',
      'tests/report',
      'tests/campaign-example.test.ts',
    ],
    titles: 'trap (?:H|D10|E12)[0-9]*:',
  }),
  shownByTests('3 every verb of the field with the field’s arguments', { paths: ['src/cli/field-verbs.test.ts'] }),
  shownByTests('4 500 cells render in under 10 s', { paths: ['tests/report/render.test.ts'], titles: 'many cells', slow: true }),
  ...lakePoints,
]
