/** Tables and facts that every report ends or begins with. */
import type { CoverageLine, Report, ReportTable } from '#formats/report.ts'

export const coverageTable = (lines: readonly CoverageLine[]): ReportTable => ({
  title: 'Pages',
  columns: [
    { title: 'page', kind: 'text' },
    { title: 'number', kind: 'text' },
    { title: 'state', kind: 'text' },
    { title: 'reason', kind: 'text' },
  ],
  rows: lines.map(({ title, number, state, reason }) => [title, number ?? '', state, reason]),
})

export const sourceTable = ({ sources }: Report): ReportTable => ({
  title: 'Files that all of this comes from',
  columns: [
    { title: 'file', kind: 'name' },
    { title: 'SHA-256', kind: 'name' },
  ],
  rows: sources.map(({ path, sha256 }) => [path, sha256]),
})

export function factsOf(report: Report): [string, string][] {
  const { rigor } = report
  return [
    [report.kind === 'campaign' ? 'Campaign' : 'Run', report.id],
    ['Focus', report.focus ?? 'not said'],
    ['Standing', report.standing.toUpperCase()],
    ['Rigor', rigor.sol_rigor === 'none' ? 'none: nothing shows the distance to speed of light' : rigor.sol_rigor],
    ['Grounded in DCGM', rigor.dcgm_grounded ? 'yes' : 'no'],
  ]
}
