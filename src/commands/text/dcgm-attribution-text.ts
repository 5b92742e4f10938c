/** The split of a DCGM total over kernel categories, for a person. */
import { formatBytes, formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import { section } from './account.ts'
import { type Column, table } from './table.ts'

const right = (title: string): Column => ({ title, align: 'right' })
const percent = (value: number | null | undefined): string => (value === null || value === undefined ? '' : formatRatio(value / 100))

function signedBytes(value: number | null): string {
  if (value === null) return ''
  return value < 0 ? `-${formatBytes(-value)}` : formatBytes(value)
}

const states = {
  reconciled: 'reconciled: the parts and the total agree within the tolerance',
  'not-reconciled': 'NOT reconciled: the parts miss the total by more than the tolerance; use the total only',
  'cannot-rank': 'this distributes the total by time: every category has the same bandwidth by construction, so it ranks nothing',
  unknown: 'nothing to reconcile',
} as const

export function dcgmAttributionText({ attribution, per_category_attribution: rows }: DcgmCorrelation, size: RenderOptions): string {
  if (attribution === undefined) return ''
  const columns = [
    { title: 'category', shrinks: true },
    right('time'),
    right('bytes'),
    right('bytes/s'),
    right('of HBM'),
    right('TFLOP/s'),
    right('of compute'),
    right('covered'),
  ]
  const cells = rows.map((row) => [
    row.category,
    percent(row.time_share_pct),
    signedBytes(row.attributed_bytes_total),
    row.effective_bw_during_category_window === null ? '' : `${formatBytes(row.effective_bw_during_category_window)}/s`,
    percent(row.sol_pct_bw),
    row.effective_tflops_during_category_window === null ? '' : significant(row.effective_tflops_during_category_window),
    percent(row.sol_pct_compute),
    percent(row.covered_pct),
  ])
  const { residual_pct: pct, tolerance_pct: tolerance } = attribution
  const residual = pct === null || tolerance === undefined ? '' : ` (residual ${significant(pct)} %, tolerance ${significant(tolerance)} %)`
  return `\nAttribution: ${states[attribution.state]}${residual}\n${table(columns, cells, size)}${section('Of the attribution', attribution.notes)}`
}
