/** The `findings` commands for a person, and the page that `findings render` makes. */
import { formatCount } from '#base/units.ts'
import {
  type FindingSeverity,
  type FindingsDiff,
  type FindingsRecord,
  type FindingsRender,
  findingSeverities,
  type NumberedFinding,
} from '#formats/findings.ts'
import { inert } from '#store/baselines/pages.ts'
import { oneLine } from './account.ts'
import { table } from './table.ts'

export const statusWords = { open: 'open', in_progress: 'in progress', resolved: 'resolved' } as const

const evidenceWords: Readonly<Record<NumberedFinding['evidence'], string>> = {
  exists: '',
  missing: ' (NOT in the bundle)',
  'not-named': 'no evidence named',
  'cannot-tell': ' (not checked: the file stands in no bundle)',
}

const evidenceOf = ({ evidence_path: path, evidence }: NumberedFinding): string => `${path ?? ''}${evidenceWords[evidence]}`

export function severityCounts(counts: Partial<Record<FindingSeverity, number>>): string {
  const parts = findingSeverities.flatMap((severity) => ((counts[severity] ?? 0) > 0 ? [`${counts[severity]} ${severity}`] : []))
  return parts.length === 0 ? 'no findings' : parts.join(', ')
}

/** Text of findings is made inert: a headline cannot add a row, a link or a heading. */
export function findingsMarkdown(findings: readonly NumberedFinding[]): string {
  if (findings.length === 0) return '# Findings\n\nNone yet.\n'
  const rows = findings.map(
    ({ number, severity, status, headline }) => `| ${number} | ${severity} | ${statusWords[status]} | ${inert(headline)} |`,
  )
  const blocks = findings.map((finding) => {
    const { number, headline, id, severity, status, source_skill: skill, source_query: query, recommended_action: action } = finding
    const entities = (finding.affected_entities ?? []).map(({ kind, value }) => `${kind} ${value}`).join(', ')
    const lines: readonly (readonly [string, string])[] = [
      ['Id', id],
      ['Severity, status', `${severity}, ${statusWords[status]}`],
      ['Do', action],
      ['Evidence', evidenceOf(finding)],
      ['Asked', `${query} (${skill})`],
      ['Affects', entities],
      ['See also', (finding.references ?? []).join(', ')],
      ['Notes', finding.notes ?? ''],
      ['Detected (UTC)', finding.detected_at_utc ?? ''],
    ]
    const said = lines.flatMap(([name, text]) => (text === '' ? [] : [`- ${name}: ${inert(text)}`]))
    return `## ${number}: ${inert(headline)}\n\n${said.join('\n')}\n`
  })
  return `# Findings\n\n| | Severity | Status | Headline |\n|---|---|---|---|\n${rows.join('\n')}\n\n${blocks.join('\n')}`
}

export function findingsRecordText({ state, finding, counted, notes, newVersions, findings_yaml }: FindingsRecord): string {
  const words = { appended: 'Recorded', replaced: 'Replaced', unchanged: 'There already, unchanged', 'dry-run': 'Would be recorded' }[state]
  const lines = [
    `${words}: ${oneLine(finding.id)} (${finding.severity}, ${statusWords[finding.status]}): ${oneLine(finding.headline)}`,
    `  Evidence:  ${oneLine(finding.evidence_path ?? 'none named')}`,
    `  Do:        ${oneLine(finding.recommended_action)}`,
    ...notes.map((note) => `  note: ${oneLine(note)}`),
    `${oneLine(findings_yaml)}: ${formatCount(counted)} ${counted === 1 ? 'finding' : 'findings'}${newVersions.length > 0 ? '; a new version is kept' : ''}`,
  ]
  return `${lines.join('\n')}\n`
}

export function findingsRenderText({ findings_yaml, counts, open, findings }: FindingsRender, width: number): string {
  const columns = [{ title: '' }, { title: 'Status' }, { title: 'Headline', shrinks: true }, { title: 'Evidence', drops: 1 }]
  const rows = findings.map((finding) => [finding.number, statusWords[finding.status], finding.headline, evidenceOf(finding).trim()])
  const actions = findings
    .filter(({ status }) => status !== 'resolved')
    .map(({ number, recommended_action: action }) => `  ${number.padEnd(4)}${oneLine(action)}\n`)
  const head = `${oneLine(findings_yaml)}: ${severityCounts(counts)}${findings.length > 0 ? `; ${open} not resolved` : ''}\n`
  if (findings.length === 0) return head
  return `${head}\n${table(columns, rows, { width })}${actions.length > 0 ? `\nTo do\n${actions.join('')}` : ''}\nAs a page for a review: --page\n`
}

export function findingsDiffText(diff: FindingsDiff): string {
  const { new: added, resolved, statusChanges, severityChanges, unchanged } = diff
  const group = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`
  const head = ({ id, severity, headline }: { id: string; severity: string; headline: string }) => `${id} (${severity}): ${headline}`
  const total = `${added.length} new, ${resolved.length} resolved, ${statusChanges.length} with another status, ${unchanged} unchanged\n`
  return [
    total,
    group(
      'New',
      added.map((each) => `${head(each)}${each.status === 'open' ? '' : ` [${statusWords[each.status]}]`}`),
    ),
    group(
      'Resolved',
      resolved.map((each) => `${head(each)}${each.how === 'absent' ? ' [no longer in the list]' : ''}`),
    ),
    group(
      'Status',
      statusChanges.map((each) => `${head(each)} [${statusWords[each.before]} → ${statusWords[each.after]}]`),
    ),
    group(
      'Severity',
      severityChanges.map(({ id, before, after }) => `${id}: ${before} → ${after}`),
    ),
  ].join('')
}
