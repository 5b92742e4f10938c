/** Tables of a campaign as Markdown and CSV. Text of strangers is escaped: a cell of a table is one line without markup. */
import { inMarkdown } from '#base/markdown.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { TpmRow } from '#formats/campaign-answers.ts'
import type { Campaign } from '#model/campaign.ts'

const shown = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? 'not measured' : String(Number(value.toPrecision(digits)))

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [`| ${titles.join(' | ')} |`, `|${titles.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')

export function resultsTable(campaign: Campaign, atlas: readonly AtlasRow[]): string {
  const rows = atlas.map((row) => [
    inMarkdown(row.cell_id),
    String(row.concurrency),
    shown(row.output_tps_per_gpu),
    shown(row.output_tps_per_user),
    shown(row.ttft_avg_ms),
    shown(row.tpot_median_ms),
    String(row.trials ?? 1),
  ])
  const others = campaign.cells
    .filter(({ kind, status }) => kind === 'bench' && status !== 'full')
    .map(
      ({ id, status, problem }) =>
        `- ${inMarkdown(id)}: ${status}${problem === undefined ? '' : ` (${problem.stage}: ${inMarkdown(problem.reason)})`}`,
    )
  return [
    rows.length === 0
      ? 'No cell has a valid point yet.'
      : table(['cell', 'concurrency', 'output tok/s/GPU', 'tok/s/user', 'mean TTFT ms', 'median TPOT ms', 'trials'], rows),
    ...(others.length === 0 ? [] : ['', ...others]),
    '',
    'Medians over trials; every figure with its definition: atlas.jsonl.',
  ].join('\n')
}

const columns = [
  'cell_id',
  'operating_point',
  'concurrency',
  'output_tpm',
  'total_tpm',
  'ttft_avg_ms',
  'tpot_median_ms',
  'usd_per_gpu_hour',
  'usd_per_1m_output_tokens',
  'usd_per_1m_total_tokens',
  'gpus_per_node',
  'basis',
] as const satisfies readonly (keyof TpmRow)[]

/** RFC 4180; a text that a spreadsheet would take for a formula is made text. */
function csvField(value: string | number | boolean | undefined): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}

export function tpmCsv(rows: readonly TpmRow[]): string {
  return [columns.join(','), ...rows.map((row) => columns.map((column) => csvField(row[column])).join(','))]
    .map((line) => `${line}\n`)
    .join('')
}

export function tpmMarkdown(rows: readonly TpmRow[]): string {
  const cells = rows.map((row) => [
    inMarkdown(row.cell_id),
    row.operating_point,
    String(row.concurrency),
    shown(row.output_tpm, 5),
    shown(row.total_tpm, 5),
    shown(row.ttft_avg_ms),
    shown(row.tpot_median_ms),
    shown(row.usd_per_1m_output_tokens),
  ])
  const titles = [
    'cell',
    'point',
    'concurrency',
    'output tokens/min/node',
    'all tokens/min/node',
    'mean TTFT ms',
    'median TPOT ms',
    'USD per 1M output tokens',
  ]
  const bases = [...new Set(rows.map(({ operating_point, basis }) => `- ${operating_point}: ${basis}`))]
  return `# Tokens per minute\n\n${rows.length === 0 ? 'No point with output tokens per GPU.' : `${table(titles, cells)}\n\n${bases.join('\n')}`}\n`
}
