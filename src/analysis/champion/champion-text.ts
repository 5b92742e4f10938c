/** CHAMPION.md. Names come from strangers and are escaped. */
import { inMarkdown } from '#base/markdown.ts'
import type { ChampionSelect } from '#formats/champion.ts'

const shown = (value: number | undefined, digits = 4): string =>
  value === undefined ? 'not measured' : String(Number(value.toPrecision(digits)))
const percent = (value: number | undefined): string => (value === undefined ? '' : `${value > 0 ? '+' : ''}${value.toFixed(1)} %`)

export function championMarkdown(answer: Omit<ChampionSelect, 'written'>): string {
  const { recommended_cell: cell, baseline_cell: baseline, champion_tier: tier, arms, gates, slo, metric, focus, focus_c: at } = answer
  const best = arms.find(({ is_recommended }) => is_recommended)
  const title =
    cell === baseline
      ? `The baseline ${inMarkdown(cell)} stays`
      : `${inMarkdown(cell)}, ${percent(best?.pct_win_vs_baseline)} against ${inMarkdown(baseline)}`
  const rows = arms.map(
    (arm) =>
      `| ${inMarkdown(arm.cell_id)} | ${arm.verdict} | ${shown(arm.focus_metric)} | ${percent(arm.pct_win_vs_baseline)} | ${arm.win_interval_pct === undefined ? '' : `${arm.win_interval_pct.low.toFixed(1)}..${arm.win_interval_pct.high.toFixed(1)} %`} | ${shown(arm.tpot_median_ms)} | ${arm.trials ?? 0} | ${arm.sol_rigor} | ${inMarkdown(arm.lever === undefined ? arm.why : `${arm.why}; lever ${arm.lever.id}`)} |`,
  )
  const proven = answer.proven_levers.map(
    ({ lever, title: said, trial, measured }) =>
      `- ${inMarkdown(lever)}: ${inMarkdown(said)}${measured === undefined ? '' : `, measured ${percent(100 * measured)}`}${trial === undefined ? '' : ` (trial ${inMarkdown(trial)})`}`,
  )
  return `# Champion: ${title}

- Campaign: ${inMarkdown(answer.campaign)}
- Focus: ${focus}, ${metric} at concurrency ${at}
- SLO: ${slo.text}
- Tier: ${tier.toUpperCase()}${tier === 'draft' && gates.length > 0 ? ' (gates below that do not pass)' : ''}

| arm | verdict | ${metric} | win | 95 % interval | median TPOT ms | trials | rigor | why |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

${gates.length === 0 ? 'No gate was asked: nothing is recommended over the baseline.' : `## Gates\n\n${gates.map(({ gate, state, why }) => `- ${gate}: ${state} — ${inMarkdown(why)}`).join('\n')}`}
${proven.length === 0 ? '' : `\n## Proven levers of the ledger\n\n${proven.join('\n')}\n`}${answer.notes.length === 0 ? '' : `\n## Notes\n\n${answer.notes.map((note) => `- ${inMarkdown(note)}`).join('\n')}\n`}
## Next

${inMarkdown(answer.next.lever)} (${inMarkdown(answer.next.gate)}): ${inMarkdown(answer.next.expectedUnlock)}.
`
}
