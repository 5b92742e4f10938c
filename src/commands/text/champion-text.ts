/** A champion for a person. */
import type { RenderOptions } from '#commands/define-command.ts'
import type { ChampionSelect } from '#formats/champion.ts'
import { type Column, table } from './table.ts'

const columns: readonly Column[] = [
  { title: 'arm' },
  { title: 'verdict' },
  { title: 'metric', align: 'right' },
  { title: 'win', align: 'right' },
  { title: '95 % interval', align: 'right' },
  { title: 'trials', align: 'right' },
  { title: 'rigor' },
  { title: 'why', shrinks: true },
]
const percent = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)} %`

export function championText(answer: ChampionSelect, size: RenderOptions): string {
  const { recommended_cell: cell, baseline_cell: baseline, arms, gates, slo, notes, written, next } = answer
  const best = arms.find(({ is_recommended }) => is_recommended)
  const win = best?.pct_win_vs_baseline
  const head =
    cell === baseline
      ? `The baseline ${cell} stays.`
      : `${cell} (${answer.champion_tier.toUpperCase()})${win === undefined ? '' : `: ${percent(win)} against ${baseline}`}`
  const rows = arms.map((arm) => [
    `${arm.is_recommended ? '* ' : '  '}${arm.cell_id}`,
    arm.verdict,
    arm.focus_metric === undefined ? '–' : String(Number(arm.focus_metric.toPrecision(4))),
    arm.pct_win_vs_baseline === undefined ? '' : percent(arm.pct_win_vs_baseline),
    arm.win_interval_pct === undefined ? '' : `${arm.win_interval_pct.low.toFixed(1)}..${arm.win_interval_pct.high.toFixed(1)}`,
    String(arm.trials ?? 0),
    arm.sol_rigor,
    arm.lever === undefined ? arm.why : `${arm.why}; lever ${arm.lever.id}`,
  ])
  const said = gates.map(({ gate, state, why }) => `  ${state.padEnd(8)}${gate}: ${why}\n`).join('')
  const levers = answer.proven_levers.map(({ lever, title }) => `  ${lever}: ${title}\n`).join('')
  return [
    `${head}\n${answer.focus}: ${answer.metric} at concurrency ${answer.focus_c}; SLO: ${slo.text}\n\n${table([...columns], rows, size)}`,
    said === '' ? '' : `\nGates of a verdict\n${said}`,
    levers === '' ? '' : `\nProven levers of the ledger\n${levers}`,
    notes.length === 0 ? '' : `\n${notes.map((note) => `${note}\n`).join('')}`,
    `\n${written === undefined ? 'Nothing written (rehearsal)' : `Written: ${written.join(', ')}`}\nNext: ${next.lever} (${next.gate})\n`,
  ].join('')
}
