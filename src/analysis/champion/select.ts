/** Which arm to serve with (facts/formats.md section 12 with its corrections). */
import { SextantError } from '#base/errors.ts'
import type { Focus } from '#formats/campaign.ts'
import type { ChampionArm, ChampionSelect } from '#formats/champion.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { armOf, type ChampionMetric, pointAt } from './arms.ts'
import { type ProvenLever, withLevers } from './lever-arms.ts'
import { verdictGates } from './verdict-gates.ts'

/** A TPOT a tenth above the baseline's is still within (facts). */
export const DEFAULT_SLO_RELATIVE = 1.1
const defaultConcurrency = { throughput: 32, latency: 1 } as const

export interface ChampionOptions {
  readonly focus?: Focus
  readonly concurrency?: number
  readonly baseline?: string
  readonly sloRelative?: number
  /** Replaces the relative one. */
  readonly sloAbsMs?: number
}

function focusOf(campaign: Campaign, given: Focus | undefined): 'throughput' | 'latency' {
  const focus = given ?? campaign.config.focus
  if (focus === 'throughput' || focus === 'latency') return focus
  throw new SextantError(
    'usage',
    focus === undefined
      ? 'the campaign has no focus'
      : focus === 'accuracy'
        ? 'a campaign about accuracy has no fastest arm: its focus is its own'
        : 'a mixed campaign has two champions',
    'Say which is wanted: --focus throughput or --focus latency.',
  )
}

function baselineOf(campaign: Campaign, given: string | undefined): CampaignCell {
  const arms = campaign.cells.filter(({ kind }) => kind === 'bench')
  const id = given ?? campaign.config.campaign.comparator_baseline ?? undefined
  const found = arms.find((cell) => cell.id === id)
  if (found !== undefined) return found
  throw new SextantError(
    'usage',
    id === undefined || id === '' ? 'no baseline is named' : `the baseline ${id} is no arm of the campaign`,
    `Name it in config.yaml (campaign.comparator_baseline) or with --baseline: ${arms.map(({ id: each }) => each).join(', ')}.`,
  )
}

const rank: Readonly<Record<ChampionArm['verdict'], number>> = { 'PASS-SLO': 0, BASELINE: 0, 'SLO-FAIL': 1, 'NO-DATA': 2 }

function ordered(arms: readonly Omit<ChampionArm, 'is_recommended'>[], metric: ChampionMetric) {
  const sign = metric === 'output_tps_per_gpu' ? -1 : 1
  const value = ({ focus_metric }: { focus_metric?: number }) =>
    focus_metric === undefined ? Number.POSITIVE_INFINITY : sign * focus_metric
  return [...arms].sort(
    (a, b) => rank[a.verdict] - rank[b.verdict] || (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.cell_id < b.cell_id ? -1 : 1),
  )
}

function sloOf(options: ChampionOptions, tpot: number | null | undefined): ChampionSelect['slo'] {
  if (options.sloAbsMs !== undefined)
    return { tpot_ms: options.sloAbsMs, from: 'absolute', text: `median TPOT at most ${options.sloAbsMs} ms, as given` }
  const relative = options.sloRelative ?? DEFAULT_SLO_RELATIVE
  if (typeof tpot !== 'number') return { from: 'none', text: 'none: the baseline’s TPOT was not measured' }
  const tpotMs = tpot * relative
  return {
    tpot_ms: tpotMs,
    from: 'baseline',
    text: `median TPOT at most ${relative} × the baseline’s, ${Number(tpotMs.toPrecision(4))} ms`,
  }
}

function nextOf(recommended: ChampionArm, gates: ChampionSelect['gates'], arms: readonly ChampionArm[]): ChampionSelect['next'] {
  const open = gates.find(({ state }) => state !== 'pass')
  const lacking = arms.find(({ verdict }) => verdict === 'NO-DATA')
  if (open !== undefined)
    return {
      lever: `pass the gate ${open.gate} for ${recommended.cell_id}`,
      expectedUnlock: 'a verdict instead of a draft',
      gate: open.why,
    }
  if (lacking !== undefined)
    return { lever: `measure ${lacking.cell_id}`, expectedUnlock: 'an arm that may be better than the champion', gate: lacking.why }
  return {
    lever: `prove ${recommended.cell_id} as it will be delivered`,
    expectedUnlock: 'the win in production',
    gate: 'a run of its own delivery tier',
  }
}

/** Throws `usage` without focus or baseline, `missing_data` where the baseline has no point at the focus, `ambiguous` for two. */
export function selectChampion(
  campaign: Campaign,
  options: ChampionOptions,
  ledger: readonly ProvenLever[] = [],
): Omit<ChampionSelect, 'schema' | 'sources'> {
  const focus = focusOf(campaign, options.focus)
  const concurrency = options.concurrency ?? defaultConcurrency[focus]
  const metric: ChampionMetric = focus === 'throughput' ? 'output_tps_per_gpu' : 'tpot_median_ms'
  const baseline = baselineOf(campaign, options.baseline)
  const point = pointAt(baseline, concurrency)
  if (point === undefined || typeof point[metric] !== 'number')
    throw new SextantError(
      'missing_data',
      `the baseline ${baseline.id} has no ${metric} at concurrency ${concurrency}${point === undefined ? '' : ', only other figures'}: nothing can be compared there`,
      `Measure it, or choose another point with --focus-c: ${[...new Set(baseline.points.map((row) => row.concurrency))].join(', ') || 'it has none yet'}.`,
      { cell: baseline.id, concurrency },
    )
  const slo = sloOf(options, point.tpot_median_ms)
  const comparison = {
    baseline: { cell: baseline, point },
    concurrency,
    metric,
    ...(slo.tpot_ms === undefined ? {} : { sloMs: slo.tpot_ms }),
  }
  const measured = campaign.cells.filter(({ kind }) => kind === 'bench').map((cell) => armOf(cell, comparison))
  const levers = withLevers(measured, campaign, concurrency, ledger)
  const arms = ordered(levers.arms, metric)
  const best = arms.find(({ verdict, pct_win_vs_baseline: win }) => verdict === 'PASS-SLO' && win !== undefined && win > 0)
  const recommendedId = best?.cell_id ?? baseline.id
  const marked: ChampionArm[] = arms.map((arm) => ({ ...arm, is_recommended: arm.cell_id === recommendedId }))
  const recommended = marked.find(({ is_recommended }) => is_recommended)
  const own = marked.find(({ is_baseline }) => is_baseline)
  if (recommended === undefined || own === undefined) throw new Error('the baseline is an arm')
  const gates = best === undefined ? [] : verdictGates(campaign, recommended, own)
  return {
    campaign: campaign.id,
    focus,
    focus_c: concurrency,
    metric,
    baseline_cell: baseline.id,
    slo,
    recommended_cell: recommendedId,
    champion_tier: gates.length > 0 && gates.every(({ state }) => state === 'pass') ? 'verdict' : 'draft',
    arms: marked,
    gates,
    proven_levers: levers.proven,
    notes: [...(best === undefined ? ['no arm that passes the SLO wins over the baseline: it stays'] : []), ...levers.notes],
    next: nextOf(recommended, gates, marked),
  }
}
