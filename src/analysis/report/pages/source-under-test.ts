/** Which source was under test, as SOURCE.md says. Absent is unknown and matches nothing (trap H15). */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { name, text } from '#analysis/report/table.ts'

export function sourceUnderTest({ provenance }: ReportSubject): PageAnswer {
  const sources = provenance?.source ?? []
  if (sources.length === 0) return absent('SOURCE.md has no provenance block that names a source: what ran is unknown')
  const lacking = sources.flatMap(({ repo, commit, delivery }) => [
    ...(typeof commit === 'string' ? [] : [`${repo}: no commit, so it is unknown which source ran`]),
    ...(typeof delivery === 'string' ? [] : [`${repo}: no delivery`]),
  ])
  const dirty = sources.filter(({ dirty: is }) => is === true).map(({ repo }) => repo)
  return {
    page: {
      id: 'source-under-test',
      title: 'Source under test',
      lead: sources
        .map(({ repo, commit, delivery }) => `${repo} at ${commit ?? 'an unknown commit'} (${delivery ?? 'delivery unknown'})`)
        .join('; '),
      figures: [],
      tables: [
        {
          title: 'What ran',
          columns: [
            name('repository'),
            name('branch'),
            name('commit'),
            text('changed'),
            text('delivery'),
            name('image'),
            name('digest'),
            name('version'),
          ],
          rows: sources.map((each) => [
            each.repo,
            each.branch ?? null,
            each.commit ?? null,
            each.dirty === undefined || each.dirty === null ? null : each.dirty ? 'yes' : 'no',
            each.delivery ?? null,
            each.image ?? null,
            each.image_digest ?? null,
            each.image_pip_version ?? null,
          ]),
        },
      ],
      how: ['As recorded in the provenance block of SOURCE.md when the campaign began; not read from the cluster.'],
      notes: dirty.length === 0 ? [] : [`${dirty.join(', ')}: changed files that no commit holds; a claim about it stays a draft.`],
      missing: lacking,
    },
  }
}
