/** A report of everything that a subject has, and for what it lacks the reason. */
import { campaignRigor } from '#analysis/campaign/rigor.ts'
import type { CoverageLine, PageId, Report, ReportStatus, ReportTable } from '#formats/report.ts'
import { categoryAttribution } from './pages/category-attribution.ts'
import { categorySol } from './pages/category-sol.ts'
import { champion } from './pages/champion.ts'
import { dcgmSol } from './pages/dcgm-sol.ts'
import { decodeBudget } from './pages/decode-budget.ts'
import { findingsPage } from './pages/findings.ts'
import { heatTables } from './pages/heat-tables.ts'
import { kernelBreakdown } from './pages/kernel-breakdown.ts'
import { isPlotReady, latencyThroughput } from './pages/latency-throughput.ts'
import { ncuRoofline } from './pages/ncu-roofline.ts'
import { phaseRoofline } from './pages/phase-roofline.ts'
import { recommendations } from './pages/recommendations.ts'
import { sourceUnderTest } from './pages/source-under-test.ts'
import { arms, type PageAnswer, type ReportSubject } from './report-subject.ts'
import { name, number, text } from './table.ts'

interface Builder {
  readonly id: PageId
  readonly number?: string
  readonly title: string
  readonly build: (subject: ReportSubject) => PageAnswer
}

/** What a reader decides with comes first; the field’s numbers stay with its pages. */
const builders: readonly Builder[] = [
  { id: 'champion', number: '8', title: 'Champion', build: champion },
  { id: 'recommendations', title: 'What to change', build: recommendations },
  { id: 'findings', title: 'Findings', build: findingsPage },
  { id: 'latency-throughput', number: '1', title: 'Latency against throughput', build: latencyThroughput },
  { id: 'heat-tables', number: '2', title: 'By concurrency', build: heatTables },
  { id: 'decode-budget', title: 'Decode step', build: decodeBudget },
  { id: 'kernel-breakdown', number: '3', title: 'Kernels', build: kernelBreakdown },
  { id: 'category-sol', number: '4', title: 'Categories and their ceilings', build: categorySol },
  { id: 'ncu-roofline', number: '5', title: 'Kernels on the roofline', build: ncuRoofline },
  { id: 'dcgm-sol', number: '6', title: 'The workload against the hardware (DCGM)', build: dcgmSol },
  { id: 'category-attribution', number: '6b', title: 'Where the bytes go', build: categoryAttribution },
  { id: 'phase-roofline', number: '7', title: 'Prefill and decode', build: phaseRoofline },
  { id: 'source-under-test', title: 'Source under test', build: sourceUnderTest },
]

function cellTable({ cells }: ReportSubject): ReportTable {
  return {
    title: 'Cells',
    columns: [
      name('cell'),
      text('kind'),
      text('status'),
      number('runs', undefined, 9),
      number('invalid', undefined, 9),
      number('points', undefined, 9),
      text('why'),
    ],
    rows: cells.map((cell) => [
      cell.id,
      cell.kind === 'bench' ? 'load' : 'roofline sweep',
      cell.status,
      cell.rows.length,
      cell.rows.filter(({ invalid }) => (invalid?.length ?? 0) > 0).length,
      cell.points.length,
      [
        ...(cell.problem === undefined ? [] : [`${cell.problem.stage}: ${cell.problem.reason}`]),
        ...cell.unreadable.map(({ path, reason }) => `${path} ${reason}`),
      ].join('; '),
    ]),
  }
}

function coverageLine({ id, number: no, title }: Builder, answer: PageAnswer): CoverageLine {
  const head = { page: id, title, ...(no === undefined ? {} : { number: no }) }
  if (!('page' in answer)) return { ...head, state: 'omitted', reason: answer.absent }
  const { missing } = answer.page
  return missing.length === 0 ? { ...head, state: 'rendered', reason: '' } : { ...head, state: 'partial', reason: missing.join('; ') }
}

export function buildReport(subject: ReportSubject): Report {
  const answers = builders.map((builder) => ({ builder, answer: builder.build(subject) }))
  const { arms_uncovered: _, ...rigor } = campaignRigor(subject)
  return {
    schema: 'report/1',
    sources: [...subject.sources],
    id: subject.id,
    kind: subject.kind,
    title: subject.title,
    ...(subject.question === undefined ? {} : { question: subject.question }),
    ...(subject.focus === undefined ? {} : { focus: subject.focus }),
    standing: subject.standing,
    rigor,
    pages: answers.flatMap(({ answer }) => ('page' in answer ? [answer.page] : [])),
    coverage: answers.map(({ builder, answer }) => coverageLine(builder, answer)),
    cells: cellTable(subject),
    notes: [...subject.notes],
  }
}

const shown = ({ number: no, page }: CoverageLine): string => no ?? page

export function statusOf(subject: ReportSubject, report: Report): ReportStatus {
  const all = arms(subject)
  const withPoint = all.filter(({ points }) => points.length > 0)
  const rooflined = new Set(
    subject.cells.flatMap(({ arm, roofline }) => (roofline !== undefined && roofline.points.length > 0 ? [arm] : [])),
  )
  const of = (state: CoverageLine['state']) => report.coverage.filter((line) => line.state === state)
  return {
    schema: 'report_status_v1',
    rendered_pages: [...of('rendered'), ...of('partial')].map(shown).sort((a, b) => (a < b ? -1 : 1)),
    omitted_pages: of('omitted').map((line) => ({ page: shown(line), reason: line.reason })),
    partial_pages: of('partial').map((line) => ({ page: shown(line), reason: line.reason })),
    plot_ready_points: all.reduce((sum, { points }) => sum + points.filter(isPlotReady).length, 0),
    non_plot_ready_full_cells: all.filter(({ status, points }) => status === 'full' && !points.some(isPlotReady)).map(({ id }) => id),
    sol_complete: report.rigor.sol_complete,
    focus: subject.focus ?? null,
    sol_rigor: report.rigor.sol_rigor,
    dcgm_grounded: report.rigor.dcgm_grounded,
    arms_total: withPoint.length,
    arms_with_roofline: withPoint.filter(({ id }) => rooflined.has(id)).length,
    arms_uncovered: [...campaignRigor(subject).arms_uncovered],
    sol_per_arm_complete: report.rigor.sol_per_arm_complete,
  }
}
