/** Trends of a lake for a person: what changed first, then every series. */
import { formatRatio, significant } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { LakeTrend, TrendIdentity, TrendPointRow, TrendSeries } from '#formats/lake/lake-trend.ts'
import { oneLine } from './account.ts'
import { table } from './table.ts'

const signed = (ratio: number): string => `${ratio > 0 ? '+' : ''}${formatRatio(ratio)}`

function nameOf({ model, hardware, quant, tensor_parallel, parallel_strategy, mtp, concurrency, cell_id, ...rest }: TrendIdentity): string {
  const parts = [
    cell_id === undefined ? undefined : `${cell_id}:`,
    model,
    hardware,
    quant,
    tensor_parallel === undefined ? undefined : `tp${tensor_parallel}`,
    parallel_strategy,
    mtp === true ? 'MTP' : undefined,
    rest.num_speculative_tokens === undefined ? undefined : `${rest.num_speculative_tokens} speculative`,
    rest.data_parallel === undefined ? undefined : `dp${rest.data_parallel}`,
    rest.pipeline_parallel === undefined ? undefined : `pp${rest.pipeline_parallel}`,
    rest.n_gpus === undefined ? undefined : `${rest.n_gpus} GPUs`,
    rest.serving_engine,
    rest.dataset,
    rest.cache_mode,
    rest.definition,
  ]
  return oneLine(parts.filter((part) => part !== undefined).join(' '))
}

const lengths = (points: readonly TrendPointRow[]): string => {
  const [point] = points
  const round = (tokens: number | undefined): string => (tokens === undefined ? '?' : String(Math.round(tokens)))
  return `${round(point?.mean_input_tokens)}/${round(point?.mean_output_tokens)}`
}

const verdicts: Readonly<Record<TrendSeries['verdict'], string>> = {
  'change-shown': 'CHANGE SHOWN',
  'no-change-shown': 'no change shown',
  'too-few-points': 'too few points',
}

function changeText({ identity, points, change, why }: TrendSeries, options: RenderOptions): string {
  if (change === undefined) return ''
  const { sizeRatio, lowRatio, highRatio, before, after, effect, shape } = change
  const slide = shape === 'drift' ? '\nA line fits better than a step: a drift, whose size is that of the means on both sides.' : ''
  const rows = points.map(({ campaign, captured_at_utc, value, trials, image, engine_version }) => [
    campaign === after ? '>' : '',
    campaign,
    captured_at_utc.slice(0, 16).replace('T', ' '),
    significant(value, 4),
    trials === undefined ? '–' : `${formatRatio(trials.deviation / value)} of ${trials.count}`,
    engine_version ?? image ?? '–',
  ])
  const columns = [
    { title: '' },
    { title: 'campaign', shrinks: true },
    { title: 'captured (UTC)' },
    { title: 'value', align: 'right' as const },
    { title: 'trials', align: 'right' as const },
    { title: 'engine' },
  ]
  const title = `${nameOf(identity)}, concurrency ${identity.concurrency ?? '?'}, ${lengths(points)} tokens`
  return `${title}\n${signed(sizeRatio)} (${signed(lowRatio)} to ${signed(highRatio)}), ${effect}, between ${oneLine(before)} and ${oneLine(after)}: ${why}.${slide}\n\n${table(columns, rows, options)}`
}

function headline({ metric, series, omitted, judged, alpha, alphaEach, leastPoints }: LakeTrend): string {
  const changed = series.filter(({ verdict }) => verdict === 'change-shown').length
  const total = series.length + omitted
  const said =
    judged === 0
      ? `none has the ${leastPoints} points that a change needs to be told from chance${total === 1 ? '' : ` among ${total} series`}`
      : changed === 0
        ? `${judged} judged, no change shown (which is not: no change)`
        : `${judged} judged, ${changed} ${changed === 1 ? 'has' : 'have'} changed beyond ${changed === 1 ? 'its' : 'their'} noise`
  const chance =
    judged === 0
      ? ''
      : `False alarms: ${formatRatio(alpha)} over all, p at most ${significant(alphaEach, 2)} for each; least points ${leastPoints}.\n`
  return `${metric}, ${total} series: ${said}.\n${chance}`
}

export function lakeTrendText(output: LakeTrend, options: RenderOptions): string {
  const { series, omitted, leftOut, next } = output
  const rows = series.map(({ identity, points, verdict, noise, p, change }) => [
    nameOf(identity),
    String(identity.concurrency ?? '?'),
    lengths(points),
    String(points.length),
    noise === undefined ? '–' : formatRatio(noise.ratio),
    p === undefined ? '–' : significant(p, 2),
    change === undefined ? '–' : signed(change.sizeRatio),
    verdicts[verdict],
  ])
  const right = { align: 'right' as const }
  const columns = [
    { title: 'series', shrinks: true },
    { title: 'conc', ...right },
    { title: 'in/out', ...right },
    { title: 'points', ...right },
    { title: 'noise', ...right },
    { title: 'p', ...right },
    { title: 'change', ...right },
    { title: 'verdict' },
  ]
  const changes = series.map((each) => changeText(each, options)).filter((part) => part !== '')
  const left = leftOut.map(({ why, rows: count }) => `Left out: ${count} ${count === 1 ? 'row' : 'rows'}: ${why}.\n`).join('')
  const body = series.length === 0 ? '' : `\n${table(columns, rows, { ...options, omitted })}`
  return `${headline(output)}${body}${left === '' ? '' : `\n${left}`}${changes.length === 0 ? '' : `\n${changes.join('\n')}`}\nNext: ${oneLine(next.lever)} (${next.gate})\n`
}
