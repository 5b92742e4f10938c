/** A report as one HTML file that needs nothing else: no network, no script. Everything in it is text until it is escaped here. */
import type { Figure, Report, ReportPage, ReportTable } from '#formats/report.ts'
import { drawFigure } from '#report/figures/draw-figure.ts'
import { headOf, oneLine, shownCell } from '#report/numbers.ts'
import { coverageTable, factsOf, sourceTable } from '#report/report-tables.ts'
import { style } from './style.ts'
import { drawingSvg, escaped } from './svg.ts'

/** Widths of the drawings: of the column, and of a phone of 390 pixels without its margins. */
const WIDE = 860
const NARROW = 350

/** Above this many letters a text gets a column of its own width instead of a word per line. */
const LONG = 28

const said = (text: string): string => escaped(oneLine(text))

function figureHtml(figure: Figure): string {
  const label = oneLine(`${figure.title}. The table below has its numbers.`)
  return `<figure><figcaption>${said(figure.title)}</figcaption>${drawingSvg(drawFigure(figure, WIDE), label, 'wide')}${drawingSvg(drawFigure(figure, NARROW), label, 'narrow')}</figure>`
}

const classes = { number: 'n', name: 'name', text: 't' } as const

/** A wide table scrolls in a box of its own, which the keyboard can reach. */
function tableHtml(table: ReportTable): string {
  const heads = table.columns.map((column) => `<th scope="col" class="${classes[column.kind]}">${escaped(headOf(column))}</th>`).join('')
  const rows = table.rows.map((row) => {
    const cells = table.columns.map((column, index) => {
      const shown = shownCell(row[index] ?? null, column)
      return `<td class="${classes[column.kind]}${shown.length > LONG ? ' long' : ''}">${escaped(shown)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const title = said(table.title)
  const note = table.note === undefined ? '' : `<p class="notes">${said(table.note)}</p>`
  return `<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><caption>${title}</caption><thead><tr>${heads}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>${note}`
}

const list = (name: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul class="${name}">${items.map((item) => `<li>${said(item)}</li>`).join('')}</ul>`

const headingOf = ({ title, number }: { readonly title: string; readonly number?: string }): string =>
  `${said(title)}${number === undefined ? '' : ` <small>(page ${said(number)})</small>`}`

function pageHtml(page: ReportPage): string {
  const missing = page.missing.length === 0 ? '' : `<div class="partial"><b>Not complete.</b>${list('notes', page.missing)}</div>`
  return `<section id="${page.id}" aria-labelledby="h-${page.id}"><h2 id="h-${page.id}">${headingOf(page)}</h2>
<p class="lead">${said(page.lead)}</p>${missing}
${page.figures.map(figureHtml).join('\n')}
${page.tables.map(tableHtml).join('\n')}
<h3>How each number was made</h3>${list('how', page.how)}${list('notes', page.notes)}</section>`
}

export function renderHtml(report: Report): string {
  const entries = [...report.pages.map(({ id, title }) => [id, title] as const), ['coverage', 'Coverage'] as const]
  const nav = entries.map(([id, title]) => `<li><a href="#${id}">${said(title)}</a></li>`).join('')
  const facts = factsOf(report).map(([key, value]) => `<li>${said(key)}: <b>${said(value)}</b></li>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><link rel="icon" href="data:,">
<title>${said(report.title)}</title><style>${style}</style></head><body>
<a class="skip" href="#content">To the content</a>
<header><h1>${said(report.title)}</h1>${report.question === undefined ? '' : `<p class="lead">${said(report.question)}</p>`}<ul class="facts">${facts.join('')}</ul>
<nav aria-label="Pages"><ol>${nav}</ol></nav></header>
<main id="content">
${report.pages.map(pageHtml).join('\n')}
<section id="coverage" aria-labelledby="h-coverage"><h2 id="h-coverage">Coverage</h2>
<p class="lead">What was measured, what is shown, and why the rest is not.</p>
${tableHtml(coverageTable(report.coverage))}
${tableHtml(report.cells)}
${list('notes', report.notes)}
${tableHtml(sourceTable(report))}
</section></main>
<footer><p class="how">Names of kernels, files and cells are data of the captures; nothing in them was executed.</p></footer>
</body></html>
`
}
