/** Campaigns for a person. */

import type { RenderOptions } from '#commands/define-command.ts'
import type { CampaignAggregate, CampaignImport, CampaignInit, SynthesisImport } from '#formats/campaign-answers.ts'
import { type Column, table } from './table.ts'

const shown = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '–' : String(Number(value.toPrecision(digits)))

const lines = (title: string, all: readonly string[]): string =>
  all.length === 0 ? '' : `\n${title}\n${all.map((line) => `  ${line}\n`).join('')}`

export function campaignInitText({ campaign, folder, cells, files, dryRun, notes }: CampaignInit): string {
  return `${folder}${dryRun ? ' (nothing written)' : ''}\n${files.map((file) => `  ${file}\n`).join('')}  cells/: ${cells.join(', ')}\n${lines('Notes', notes)}\nNext: sextant campaign import RESULT… --campaign ${campaign} --cell-id ${cells[0] ?? 'CELL'} --trial t1\n`
}

export function importNext(cells: readonly CampaignImport['cells'][number][]): CampaignImport['next'] {
  const open = cells.find(({ missing }) => missing.length > 0)
  return open === undefined
    ? { lever: 'aggregate the campaign', expectedUnlock: 'one row per point over its trials', gate: 'sextant campaign aggregate' }
    : {
        lever: `measure ${open.cell} at concurrency ${open.missing.join(', ')}`,
        expectedUnlock: 'a full cell, comparable with the others at every point',
        gate: `status of ${open.cell} is full`,
      }
}

const rowColumns: readonly Column[] = [
  { title: 'concurrency', align: 'right' },
  { title: 'trial', shrinks: true },
  { title: 'tok/s/GPU', align: 'right' },
  { title: 'tok/s/user', align: 'right' },
  { title: 'mean TTFT ms', align: 'right' },
  { title: 'median TPOT ms', align: 'right' },
]

export function campaignImportText({ campaign, cells, dryRun, notes, next }: CampaignImport, size: RenderOptions): string {
  const parts = cells.map((cell) => {
    const rows = cell.added.map((row) => [
      String(row.concurrency),
      row.trial ?? '',
      shown(row.output_tps_per_gpu),
      shown(row.output_tps_per_user),
      shown(row.ttft_avg_ms),
      (row.invalid?.length ?? 0) > 0 ? 'invalid' : shown(row.tpot_median_ms),
    ])
    const missing = cell.missing.length === 0 ? '' : `; still missing: concurrency ${cell.missing.join(', ')}`
    const head = `${campaign}/${cell.cell}: ${cell.status}${missing}\n${cell.problem === undefined ? '' : `  ${cell.problem}\n`}`
    const present = cell.present === 0 ? '' : `  ${cell.present} rows were there already\n`
    const files = dryRun
      ? '  nothing written (rehearsal)\n'
      : cell.written.length === 0
        ? '  nothing changed\n'
        : `  written: ${cell.written.join(', ')}\n`
    return `${head}${rows.length === 0 ? '' : table([...rowColumns], rows, size)}${present}${files}`
  })
  const said = [...new Set(notes)]
  return `${parts.join('\n')}${lines('Notes', said)}\nNext: ${next.lever} (${next.gate})\n`
}

export function synthesisImportNext({ campaign, rows }: Pick<SynthesisImport, 'campaign' | 'rows'>): SynthesisImport['next'] {
  const open = rows.find(({ status }) => status === 'DRAFT' || status === 'staged')
  return open === undefined
    ? {
        lever: 'render the campaign',
        expectedUnlock: 'what became of every lever, for people who were not there',
        gate: 'sextant report render',
      }
    : { lever: `try ${open.lever} in ${campaign}`, expectedUnlock: open.expected_effect, gate: 'a trial of three pairs or more' }
}

export function synthesisImportText(answer: SynthesisImport, size: RenderOptions): string {
  const { campaign, dryRun, synthesis, bundle, focus, sol_rigor: rigor, rows, settled, written, next } = answer
  const head = `${campaign}: ${synthesis} of ${bundle.family}/${bundle.run_id}, focus ${focus}, rigor ${rigor}`
  const columns = [{ title: '', align: 'right' as const }, { title: 'lever' }, { title: 'status' }, { title: 'expected', shrinks: true }]
  const body =
    rows.length === 0
      ? 'It proposes no lever.\n'
      : table(
          columns,
          rows.map((row) => [String(row.rank), row.lever, row.status, row.expected_effect]),
          size,
        )
  const files = dryRun ? 'Nothing written (rehearsal)' : written.length === 0 ? 'Nothing changed' : `Written: ${written.join(', ')}`
  return `${head}\n\n${body}\n${rows.length} ${rows.length === 1 ? 'lever' : 'levers'}, ${settled} settled by a trial. ${files}\nNext: ${next.lever} (${next.gate})\n`
}

const cellColumns: readonly Column[] = [
  { title: 'cell', shrinks: true },
  { title: 'status' },
  { title: 'runs', align: 'right' },
  { title: 'invalid', align: 'right' },
  { title: 'concurrencies' },
  { title: 'least trials', align: 'right' },
]
const pointColumns: readonly Column[] = [
  { title: 'cell', shrinks: true },
  { title: 'concurrency', align: 'right' },
  { title: 'tok/s/GPU', align: 'right' },
  { title: 'tok/s/user', align: 'right' },
  { title: 'mean TTFT ms', align: 'right' },
  { title: 'median TPOT ms', align: 'right' },
  { title: 'TPOT spread', align: 'right' },
]

export function campaignAggregateText(answer: CampaignAggregate, size: RenderOptions): string {
  const { campaign, cells, points, tpm, unreadable, written, notes, next, dryRun } = answer
  const cellRows = cells.map((cell) => [
    cell.cell,
    cell.status,
    String(cell.runs),
    String(cell.invalid),
    cell.points.join(' '),
    cell.leastTrials === undefined ? '' : String(cell.leastTrials),
  ])
  const pointRows = points.map((row) => {
    const spread = row.spread?.['tpot_median_ms']
    return [
      row.cell_id,
      String(row.concurrency),
      shown(row.output_tps_per_gpu),
      shown(row.output_tps_per_user),
      shown(row.ttft_avg_ms),
      shown(row.tpot_median_ms),
      spread === undefined || spread.n < 2 ? '' : `${shown(spread.min)}..${shown(spread.max)}`,
    ]
  })
  const costs = tpm.map(
    (row) =>
      `${row.cell_id} ${row.operating_point} at c${row.concurrency}: ${row.output_tpm === undefined ? 'tokens unknown' : `${shown(row.output_tpm)} output tokens/min/node`}${row.usd_per_1m_output_tokens === undefined ? '' : `, ${shown(row.usd_per_1m_output_tokens, 3)} USD per 1M output tokens`}`,
  )
  return [
    `Campaign ${campaign}\n\n${table([...cellColumns], cellRows, size)}`,
    lines(
      'Not full, and why',
      cells.flatMap((cell) => (cell.problem === undefined ? [] : [`${cell.cell}: ${cell.problem}`])),
    ),
    pointRows.length === 0 ? '\nNo valid point yet.\n' : `\nMedians over trials\n${table([...pointColumns], pointRows, size)}`,
    lines('Tokens per minute', costs),
    lines(
      'Files that cannot be used',
      unreadable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
    lines('Notes', notes),
    `\n${dryRun ? 'Nothing written (rehearsal)' : written.length === 0 ? 'Nothing changed' : `Written: ${written.join(', ')}`}\nNext: ${next.lever} (${next.gate})\n`,
  ].join('')
}
