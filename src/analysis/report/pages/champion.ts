/** Page 8: which arm to serve with, as champion_select.json says. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { measured, name, number, text } from '#analysis/report/table.ts'

const METRICS = {
  output_tps_per_gpu: { title: 'output per GPU', unit: 'tok/s/GPU' },
  tpot_median_ms: { title: 'median TPOT', unit: 'ms' },
} as const

export function champion({ champion: chosen, kind }: ReportSubject): PageAnswer {
  if (chosen === undefined)
    return absent(
      kind === 'bundle' ? 'a bundle has no arms to choose from' : 'no champion_select.json that can be read (sextant champion-select)',
    )
  if (chosen.arms.length === 0) return absent('champion_select.json has no arm')
  const best = chosen.arms.find(({ is_recommended }) => is_recommended)
  const win = best?.pct_win_vs_baseline
  const gain = win === undefined ? '' : `, ${win > 0 ? '+' : ''}${win.toFixed(1)} % against ${chosen.baseline_cell}`
  const bars = chosen.arms.flatMap(({ cell_id, focus_metric, verdict }) =>
    focus_metric === undefined ? [] : [{ label: cell_id, value: focus_metric, detail: verdict }],
  )
  return {
    page: {
      id: 'champion',
      number: '8',
      title: 'Champion',
      lead:
        chosen.recommended_cell === chosen.baseline_cell
          ? `The baseline ${chosen.baseline_cell} stays (${chosen.champion_tier.toUpperCase()}).`
          : `Serve with ${chosen.recommended_cell}${gain} (${chosen.champion_tier.toUpperCase()}).`,
      figures:
        bars.length === 0
          ? []
          : [
              {
                kind: 'bars',
                title: `${METRICS[chosen.metric].title} at concurrency ${chosen.focus_c}`,
                unit: METRICS[chosen.metric].unit,
                rows: bars,
              },
            ],
      tables: [
        {
          title: 'Arms, best first',
          columns: [
            name('arm'),
            text('verdict'),
            number(METRICS[chosen.metric].title, METRICS[chosen.metric].unit),
            number('win', '%'),
            number('from', '%'),
            number('to', '%'),
            number('trials'),
            text('rigor'),
            text('why'),
          ],
          rows: chosen.arms.map((arm) => [
            arm.cell_id,
            arm.verdict,
            measured(arm.focus_metric),
            measured(arm.pct_win_vs_baseline),
            measured(arm.win_interval_pct?.low),
            measured(arm.win_interval_pct?.high),
            measured(arm.trials),
            arm.sol_rigor,
            arm.lever === undefined ? arm.why : `${arm.why}; lever ${arm.lever.id}: ${arm.lever.title}`,
          ]),
        },
        {
          title: 'Gates of a verdict',
          columns: [text('gate'), text('state'), text('why')],
          rows: chosen.gates.map(({ gate, state, why }) => [gate, state, why]),
        },
      ].filter(({ rows }) => rows.length > 0),
      how: [
        `${chosen.focus}: ${chosen.metric} at concurrency ${chosen.focus_c} and no other; SLO: ${chosen.slo.text}. Intervals: 95 % over trials.`,
      ],
      notes: chosen.notes,
      missing: [],
    },
  }
}
