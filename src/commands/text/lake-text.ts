/** The lake for a person. */
import type { RenderOptions } from '#commands/define-command.ts'
import type { LakePublish, LakeQuery, LakeVerify } from '#formats/lake/lake-answers.ts'
import { table } from './table.ts'

const outcomes: Readonly<Record<LakePublish['outcome'], string>> = {
  published: 'published',
  replaced: 'published, in place of what was there',
  unchanged: 'was there already with equal content',
  skipped: 'left as it was there: its content is other',
  rehearsed: 'would be published (rehearsal, nothing written)',
}

export function lakePublishText({ campaign, lake, outcome, commit, gaps, written, local, next }: LakePublish, size: RenderOptions): string {
  const rows = commit.tables.map(({ table: name, rows: count, key }) => [name, String(count), key])
  const loud =
    gaps.length === 0
      ? ''
      : `\nWARNING: ${gaps.length} ${gaps.length === 1 ? 'gap is' : 'gaps are'} recorded with it\n${gaps.map(({ gap, why }) => `  ${gap}: ${why}\n`).join('')}`
  const files =
    outcome === 'rehearsed'
      ? ''
      : `\n${written.length} objects of the lake written; of the campaign: ${local.join(', ') || 'nothing changed'}\n`
  return `${campaign} ${outcomes[outcome]}: ${lake}, rigor ${commit.sol_rigor}\n\n${table([{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'key', shrinks: true }], rows, size)}${loud}${files}\nNext: ${next.lever} (${next.gate})\n`
}

const cell = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number' && !Number.isInteger(value)
      ? String(Number(value.toPrecision(5)))
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)

export function lakeQueryText({ columns, rows, omitted, campaigns }: LakeQuery, size: RenderOptions): string {
  const shown = columns.map((title, index) => ({
    title,
    align: rows.every((row) => row[index] === null || typeof row[index] === 'number') ? ('right' as const) : ('left' as const),
  }))
  const body =
    rows.length === 0
      ? 'No row.\n'
      : table(
          shown,
          rows.map((row) => row.map(cell)),
          size,
        )
  const more = omitted === 0 ? '' : `${omitted} more rows: --limit 0\n`
  return `${body}${more}\nOver ${campaigns.length} ${campaigns.length === 1 ? 'campaign' : 'campaigns'}: ${campaigns.join(', ')}\n`
}

export function lakeVerifyText({ lake, ok, campaigns, problems, next }: LakeVerify, size: RenderOptions): string {
  const rows = campaigns.map(({ campaign, dt, tables, rows: count, sol_rigor, gaps }) => [
    campaign,
    dt,
    String(tables),
    String(count),
    sol_rigor,
    String(gaps.length),
  ])
  const columns = [
    { title: 'campaign', shrinks: true },
    { title: 'captured' },
    { title: 'tables', align: 'right' as const },
    { title: 'rows', align: 'right' as const },
    { title: 'rigor' },
    { title: 'gaps', align: 'right' as const },
  ]
  const said = problems.map(({ severity, code, path, what }) => `  ${severity} ${code} ${path}: ${what}\n`).join('')
  return `${lake}: ${ok ? 'every published table is what its commit names' : 'NOT what its commits name'}\n\n${rows.length === 0 ? 'Nothing is published here.\n' : table(columns, rows, size)}${said === '' ? '' : `\n${said}`}\nNext: ${next.lever} (${next.gate})\n`
}
