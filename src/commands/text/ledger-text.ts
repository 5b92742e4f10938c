/** A ledger, its calibration and its verification for a person. */
import { formatCount, formatRatio } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { Calibration, Ledger } from '#formats/ledger.ts'
import type { LedgerVerify } from '#formats/ledger-verify.ts'
import { section } from './account.ts'
import { table } from './table.ts'
import { wrapText } from './wrap.ts'

export function ledgerText({ family, run_id, rows, events }: Ledger, { width, rows: most }: RenderOptions): string {
  const cells = rows
    .slice(0, most)
    .map((row) => [row.handle, row.lever, `${row.status} (${row.confidence})`, predicted(row), measured(row)])
  const columns = [{ title: '' }, { title: 'lever' }, { title: 'status' }, { title: 'predicted', shrinks: true }, { title: 'measured' }]
  const shown = rows.length === 0 ? '  no rows\n' : table(columns, cells, { width, indent: '  ', omitted: Math.max(0, rows.length - most) })
  const history = events.map(({ at_utc, lever, from, to, why }) => `${at_utc} ${lever}: ${from} to ${to}; ${why}`)
  return wrapText(`${family}/${run_id}\n${shown}${section('History', history)}`, width)
}

const predicted = ({ effects, bound }: Ledger['rows'][number]): string => {
  const [first] = effects
  if (first === undefined) return `unknown, at most ${formatRatio(bound.ceilingRatio)}`
  return `${first.metric} ${formatRatio(first.change.median)} better (${formatRatio(first.change.low)} to ${formatRatio(first.change.high)})`
}

const measured = ({ outcome }: Ledger['rows'][number]): string => {
  if (outcome?.measured === undefined) return '-'
  const place = outcome.insidePrediction === undefined ? '' : outcome.insidePrediction ? ', as predicted' : ', not as predicted'
  return `${outcome.measured >= 0 ? '+' : '-'}${formatRatio(Math.abs(outcome.measured))}${place}`
}

export function calibrationText({ ledgers, rows, levers, inside }: Calibration, { width }: RenderOptions): string {
  const head = `${formatCount(ledgers)} ledgers, ${formatCount(rows)} rows; ${levers.length === 0 ? 'no lever was tried yet' : `${levers.length} levers tried`}\n`
  if (levers.length === 0) return head
  const right = (title: string) => ({ title, align: 'right' as const })
  const cells = levers.map((lever) => [
    lever.lever,
    String(lever.trials),
    String(lever.proven),
    String(lever.refuted),
    String(lever.tried_null),
    String(lever.held),
    lever.nextRecordFactor.toFixed(2),
  ])
  const columns = [{ title: 'lever' }, right('trials'), right('proven'), right('refuted'), right('null'), right('as predicted')]
  const share =
    inside === undefined ? '' : `${formatRatio(inside)} of measured changes lie in their 5 to 95 % interval; 90 % would be right\n`
  return `${head}${table([...columns, right('next factor')], cells, { width, indent: '  ' })}${share}`
}

export function ledgerVerifyText({ verdict, pages, checked, problems }: LedgerVerify, { width, rows }: RenderOptions): string {
  const { artifacts, citations, rows: ledgerRows, outcomes } = checked
  const counted = `${formatCount(artifacts)} artifacts, ${formatCount(citations)} citations, ${formatCount(ledgerRows)} rows, ${formatCount(outcomes)} outcomes computed again`
  const lines = problems.slice(0, rows).map(({ code, where, what }) => `${code} ${where}: ${what}`)
  const more = problems.length > rows ? [`${problems.length - rows} more`] : []
  return wrapText(`${verdict}: ${counted}\n${section('Pages', pages)}${section('Problems', [...lines, ...more])}`, width)
}
