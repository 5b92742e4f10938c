/** Page 6b: bytes of categories from counters, held against what DCGM measured; what is left over is a row of its own. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { isNumber, measured, name, number, text } from '#analysis/report/table.ts'
import type { CampaignCell } from '#model/campaign.ts'

type Correlation = NonNullable<CampaignCell['dcgm']>

/** Below a tenth of a per cent either way the two measurements agree as far as anybody can tell. */
const AGREE_PCT = 0.1

function residualText(pct: number | null): string {
  if (pct === null) return 'what is left over is not known'
  if (Math.abs(pct) < AGREE_PCT) return `the categories make up what DCGM measured (within ${AGREE_PCT} %)`
  const amount = `${Math.abs(pct).toFixed(1)} %`
  return pct > 0 ? `${amount} of the measured bytes belong to no category` : `the categories count ${amount} more bytes than DCGM measured`
}

/** With what is left over, where that is an amount: more counted than measured is no part of a bar. */
function bytesOf(categories: Correlation['per_category_attribution'], whole: NonNullable<Correlation['attribution']>) {
  const parts = categories.flatMap(({ category, attributed_bytes_total: bytes }) =>
    isNumber(bytes) && bytes > 0 ? [{ name: category, value: bytes / 1e9 }] : [],
  )
  const isNamed = categories.some(({ category }) => category === 'unattributed')
  return isNamed || !isNumber(whole.residual_bytes) || whole.residual_bytes <= 0
    ? parts
    : [...parts, { name: 'unattributed', value: whole.residual_bytes / 1e9 }]
}

export function categoryAttribution(subject: ReportSubject): PageAnswer {
  const all = subject.cells.flatMap(({ id, dcgm }) =>
    dcgm?.attribution === undefined || dcgm.per_category_attribution.length === 0
      ? []
      : [{ cell: id, rows: dcgm.per_category_attribution, whole: dcgm.attribution }],
  )
  if (all.length === 0)
    return absent('no dcgm_correlation.json attributes bytes to categories (sextant dcgm correlate --kernels-json … --ncu …)')
  const ranked = all.filter(({ whole }) => whole.basis === 'counters-times-launches' && whole.state === 'reconciled')
  if (ranked.length === 0)
    return absent(
      `no attribution can rank categories: ${[...new Set(all.map(({ cell, whole }) => `${cell} is ${whole.state} (${whole.basis})`))].join('; ')}. Sharing a total by time gives every category the same bandwidth`,
    )
  const rows = ranked.flatMap(({ cell, rows: categories }) =>
    categories.flatMap((each) => {
      const value = each.bound === 'compute' ? each.sol_pct_compute : each.sol_pct_bw
      return isNumber(value) ? [{ label: `${cell} · ${each.category}`, value, ...(each.bound === null ? {} : { detail: each.bound }) }] : []
    }),
  )
  const bytes = ranked
    .map(({ cell, rows: categories, whole }) => ({ label: cell, parts: bytesOf(categories, whole) }))
    .filter(({ parts }) => parts.length > 0)
  const left = all.filter((each) => !ranked.includes(each)).map(({ cell, whole }) => `${cell}: ${whole.state} (${whole.basis})`)
  return {
    page: {
      id: 'category-attribution',
      number: '6b',
      title: 'Where the bytes go',
      lead: `${ranked.map(({ cell, whole }) => `${cell}: ${residualText(whole.residual_pct)}`).join('; ')}.`,
      figures: [
        ...(bytes.length === 0 ? [] : [{ kind: 'stacked' as const, title: 'Bytes of the window by category', unit: 'GB', rows: bytes }]),
        ...(rows.length === 0
          ? []
          : [{ kind: 'bars' as const, title: 'Share of the ceiling during the category’s own time', unit: '%', end: 100, rows }]),
      ],
      tables: [
        {
          title: 'Every category, and what is left over',
          columns: [
            name('cell'),
            name('category'),
            number('time share', '%'),
            number('bytes', 'GB'),
            number('of the bandwidth', '%'),
            number('of the compute peak', '%'),
            text('bound'),
            number('covered', '%'),
          ],
          rows: ranked.flatMap(({ cell, rows: categories, whole }) => [
            ...categories.map((each) => [
              cell,
              each.category,
              measured(each.time_share_pct),
              isNumber(each.attributed_bytes_total) ? each.attributed_bytes_total / 1e9 : null,
              measured(each.sol_pct_bw),
              measured(each.sol_pct_compute),
              each.bound ?? '',
              measured(each.covered_pct),
            ]),
            ...(categories.some(({ category }) => category === 'unattributed')
              ? []
              : [[cell, 'unattributed', null, isNumber(whole.residual_bytes) ? whole.residual_bytes / 1e9 : null, null, null, '', null]]),
          ]),
        },
      ],
      how: ['Launches × bytes per launch (Nsight Compute), scaled to DCGM’s window. Attributed + unattributed = what DCGM measured. L2.'],
      notes: ranked.flatMap(({ cell, whole }) => whole.notes.map((note) => `${cell}: ${note}`)),
      missing: left.length === 0 ? [] : [`not drawn, because they rank nothing: ${left.join('; ')}`],
    },
  }
}
