/** Page 6b: bytes of categories from counters, held against what DCGM measured; what is left over is a row of its own. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { isNumber, measured, name, number, text } from '#analysis/report/table.ts'

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
  const left = all.filter((each) => !ranked.includes(each)).map(({ cell, whole }) => `${cell}: ${whole.state} (${whole.basis})`)
  return {
    page: {
      id: 'category-attribution',
      number: '6b',
      title: 'Where the bytes go',
      lead: ranked
        .map(
          ({ cell, whole }) =>
            `${cell}: ${whole.residual_pct === null ? 'residual unknown' : `${whole.residual_pct.toFixed(1)} % of the measured bytes are unattributed`}`,
        )
        .join('; '),
      figures:
        rows.length === 0
          ? []
          : [{ kind: 'bars', title: 'Share of the ceiling during the category’s own time', unit: '%', end: 100, rows }],
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
