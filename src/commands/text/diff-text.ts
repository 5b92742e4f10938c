/** `sextant baseline diff` for a person, and the same as Markdown for a pull request. */
import { formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { BaselineDiff, DiffRow } from '#formats/baseline-diff.ts'
import { type Column, table } from './table.ts'

const columns: readonly Column[] = [
  { title: 'metric', shrinks: true },
  { title: 'baseline', align: 'right' },
  { title: 'current', align: 'right' },
  { title: 'change', align: 'right' },
  { title: '95 %', align: 'right', drops: 1 },
  { title: 'tolerance', align: 'right' },
  { title: 'by tolerance' },
  { title: 'statistics' },
]

const signed = (value: number, digits = 3): string => `${value > 0 ? '+' : value < 0 ? '-' : ''}${significant(Math.abs(value), digits)}`

const number = (value: number | null): string => (value === null ? 'not measured' : significant(value, 4))

function change({ kind, delta, deltaPct }: DiffRow): string {
  if (kind === 'points') return delta === undefined ? '-' : `${signed(delta)} points`
  return deltaPct === undefined ? (delta === undefined ? '-' : signed(delta)) : `${signed(deltaPct)} %`
}

function interval({ statistical }: DiffRow): string {
  if (statistical?.lowRatio === undefined || statistical.highRatio === undefined) return '-'
  return `${signed(statistical.lowRatio * 100, 2)} to ${signed(statistical.highRatio * 100, 2)} %`
}

function tolerance({ kind, tolerance: allowed, worse }: DiffRow): string {
  if (allowed === undefined) return '-'
  const sign = worse === 'lower' ? '-' : worse === 'higher' ? '+' : '±'
  return `${sign}${significant(allowed)} ${kind === 'points' ? 'points' : '%'}`
}

const stateNames: Readonly<Record<DiffRow['state'], string>> = {
  compared: '',
  NULL_LEGACY_BASELINE: 'NULL_LEGACY_BASELINE',
  MISSING_CELL: 'missing cell',
  DEFINITIONS_DIFFER: 'other definition',
  UNIT_UNKNOWN: 'unit unknown',
  ZERO_BASELINE: 'baseline is 0',
  SHOWN: 'shown',
}

const byTolerance = ({ state, classic }: DiffRow): string =>
  state === 'compared' ? (classic === 'not-compared' ? '-' : classic) : stateNames[state]

function cells(row: DiffRow): string[] {
  const name = row.headline ? `${row.id} *` : row.id
  return [
    name,
    number(row.baseline),
    number(row.current),
    change(row),
    interval(row),
    tolerance(row),
    byTolerance(row),
    row.statistical?.verdict ?? '-',
  ]
}

/** What exceeds or was proven first, then the headline, then the rest in the order of the sweep. */
function ordered(rows: readonly DiffRow[]): DiffRow[] {
  const rank = (row: DiffRow): number => {
    if (row.statistical?.verdict === 'REGRESSED') return 0
    if (row.classic === 'exceeds') return 1
    if (row.headline) return 2
    if (row.state !== 'compared' && row.state !== 'SHOWN') return 4
    return 3
  }
  return rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => rank(a.row) - rank(b.row) || a.index - b.index)
    .map(({ row }) => row)
}

function contextLines({ context }: BaselineDiff): string[] {
  const words = {
    factor: 'the declared factor',
    label: 'a label',
    missing: 'known on one side only',
    undeclared: 'NOT the declared factor',
  }
  const differences = context.differences.map(
    ({ key, baseline, current, standing }) => `  ${key}: ${baseline ?? 'not said'} → ${current ?? 'not said'} (${words[standing]})`,
  )
  const missing = context.missing.length === 0 ? [] : [`  not known on either side: ${context.missing.join(', ')}`]
  return differences.length + missing.length === 0 ? [] : ['', 'Context:', ...differences, ...missing]
}

function sideLine(name: string, side: BaselineDiff['baseline'], isSweep: boolean): string {
  const parts = [
    side.source,
    ...(side.headline === null ? (isSweep ? ['no headline at c=16'] : []) : [`${significant(side.headline, 4)} tok/s at c=16`]),
    ...(side.capturedAt === undefined ? [] : [`from ${side.capturedAt}`]),
    ...(side.quality === undefined ? [] : [`quality ${side.quality}`]),
  ]
  return `${name}${parts.join(', ')}`
}

function solLines({ speedOfLight }: BaselineDiff): string[] {
  if (speedOfLight === undefined) return []
  const { baselinePct, currentPct, deltaPoints, ceilingKey, note } = speedOfLight
  const pct = (value: number | null) => (value === null ? 'not known' : `${significant(value)} %`)
  const moved = deltaPoints === undefined ? '' : `, ${signed(deltaPoints)} points`
  return [
    `Speed of light:   ${pct(baselinePct)} → ${pct(currentPct)}${moved} of ${ceilingKey ?? 'a ceiling not named'}${note === undefined ? '' : `; ${note}`}`,
  ]
}

export function diffText(diff: BaselineDiff, { width, rows }: RenderOptions): string {
  const { classic, statistical, gate } = diff
  const isSweep = diff.rows.some(({ concurrency }) => concurrency !== undefined)
  const notes = diff.rows.flatMap(({ id, note, state }) =>
    note === undefined || state === 'NULL_LEGACY_BASELINE' ? [] : [`  ${id}: ${note}`],
  )
  const lines = [
    `By tolerance:     ${classic.verdict}: ${classic.reason}`,
    `By statistics:    ${statistical.verdict}: ${statistical.reason}`,
    `Gate:             ${gate.text}`,
    sideLine('Baseline:         ', diff.baseline, isSweep),
    sideLine('Current:          ', diff.current, isSweep),
    ...solLines(diff),
    ...contextLines(diff),
    '',
    table(columns, ordered(diff.rows).map(cells), { width, rows }).trimEnd(),
    '* headline',
    ...(notes.length === 0 ? [] : ['', 'Not compared:', ...notes]),
    '',
    `Of ${Object.values(statistical.counts).reduce((sum, each) => sum + each, 0)} rows beside the primary: ${countsText(statistical.counts)}`,
    `The tolerance rule alone: ${classic.falseAlarms}.`,
    '',
    'What to do:',
    ...diff.recommendations.map((each) => `  ${each}`),
    '',
    `Next lever:       ${diff.next.lever}`,
    `Expected unlock:  ${diff.next.expectedUnlock}`,
    `Gate of it:       ${diff.next.gate}`,
    `Standing:         ${diff.standing}: ${diff.standingReasons.join('; ')}`,
    ...(diff.written === undefined ? [] : [`Written to:       ${diff.written}`]),
  ]
  return `${lines.join('\n')}\n`
}

function countsText(counts: BaselineDiff['statistical']['counts']): string {
  const said = Object.entries(counts).filter(([, count]) => count > 0)
  return said.length === 0 ? 'none can be tested' : said.map(([verdict, count]) => `${count} ${verdict}`).join(', ')
}

/** Text of strangers within a table of Markdown: no separators, no markup, no HTML, one line. */
const inert = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#@]/g, (character) => `\\${character}`)

/** Rows that a reviewer needs; the rest is counted. */
export function diffMarkdown(diff: BaselineDiff): string {
  const { classic, statistical, gate } = diff
  const told = ordered(diff.rows).filter(
    (row) =>
      row.headline ||
      row.classic === 'exceeds' ||
      row.classic === 'improved' ||
      ['REGRESSED', 'IMPROVED'].includes(row.statistical?.verdict ?? ''),
  )
  const row = (each: readonly string[]) => `| ${each.map(inert).join(' | ')} |`
  const titles = columns.map(({ title }) => title)
  const change16 = diff.rows.find(({ headline }) => headline)?.deltaPct
  const context = contextLines(diff).filter((line) => line.startsWith('  '))
  return [
    `### ${gate.passed ? 'Passed' : 'Failed'}: ${classic.verdict} by tolerance, ${statistical.verdict} by statistics`,
    '',
    `Throughput at concurrency 16: ${number(diff.baseline.headline)} → ${number(diff.current.headline)} tok/s${change16 === undefined ? '' : ` (${formatRatio(change16 / 100)})`}.`,
    inert(statistical.reason),
    '',
    row(titles),
    row(titles.map(() => '---')).replaceAll('\\', ''),
    ...told.map((each) => row(cells(each))),
    '',
    `${diff.rows.length - told.length} further rows in diff.json. Baseline ${inert(diff.baseline.source)}, current ${inert(diff.current.source)}.`,
    ...(context.length === 0 ? [] : ['', ...context.map((line) => `- ${inert(line.trim())}`)]),
    '',
    ...diff.recommendations.map((each) => `- ${inert(each)}`),
    '',
    `Next: ${inert(diff.next.lever)} (${inert(diff.next.expectedUnlock)}; ${inert(diff.next.gate)}).`,
    '',
  ].join('\n')
}
