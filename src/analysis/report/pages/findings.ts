/** What somebody found and recorded, worst first. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, name, text } from '#analysis/report/table.ts'
import { findingSeverities } from '#formats/findings.ts'

export function findingsPage({ findings }: ReportSubject): PageAnswer {
  if (findings.length === 0) return absent('no findings/findings.yaml with a finding (sextant findings record)')
  const sorted = findings.toSorted((a, b) => findingSeverities.indexOf(a.severity) - findingSeverities.indexOf(b.severity))
  const open = sorted.filter(({ status }) => status !== 'resolved')
  return {
    page: {
      id: 'findings',
      title: 'Findings',
      lead:
        open[0] === undefined
          ? `${counted(sorted.length, 'finding')}, all resolved.`
          : `${counted(sorted.length, 'finding')}, ${open.length} not resolved. First: ${open[0].headline}.`,
      figures: [],
      tables: [
        {
          title: 'Every finding, worst first',
          columns: [text('severity'), text('status'), name('what was found'), text('what to do'), name('evidence')],
          rows: sorted.map((each) => [each.severity, each.status, each.headline, each.recommended_action, each.evidence_path ?? null]),
        },
      ],
      how: ['As people and commands recorded them in findings.yaml; their figures are not computed again here.'],
      notes: [],
      missing: [],
    },
  }
}
