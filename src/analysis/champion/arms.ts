/** Arms of a campaign at one point, against the baseline and the SLO. Nothing is taken from another concurrency (trap H3). */
import { cellRigor, rigorLevel } from '#analysis/campaign/rigor.ts'
import { SextantError } from '#base/errors.ts'
import { differenceOfMeans, intervalOf } from '#base/mean-intervals.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { ChampionArm } from '#formats/champion.ts'
import type { CampaignCell } from '#model/campaign.ts'

export type ChampionMetric = 'output_tps_per_gpu' | 'tpot_median_ms'

/** Lengths within this are one load (the aggregate's own tolerance). */
const LENGTH_TOLERANCE = 0.02
const CONFIDENCE_ALPHA = 0.05

export interface ArmPoint {
  readonly cell: CampaignCell
  readonly point?: AtlasRow
}

export function pointAt(cell: CampaignCell, concurrency: number): AtlasRow | undefined {
  const points = cell.points.filter((row) => row.concurrency === concurrency)
  if (points.length <= 1) return points[0]
  throw new SextantError(
    'ambiguous',
    `${cell.id} has ${points.length} points at concurrency ${concurrency} (other lengths, cache modes or speculation)`,
    'Leave one load per cell: put the others into cells of their own.',
    { cell: cell.id, concurrency },
  )
}

const far = (a: number | null | undefined, b: number | null | undefined): boolean =>
  typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) > LENGTH_TOLERANCE * Math.max(a, b)

/** Why two points are no comparison; undefined where nothing that both say differs. */
export function mismatch(point: AtlasRow, baseline: AtlasRow, metric: ChampionMetric): string | undefined {
  for (const key of ['model', 'hardware', 'cache_mode', 'dataset'] as const)
    if (point[key] !== undefined && baseline[key] !== undefined && point[key] !== baseline[key])
      return `${key} is ${point[key]}, of the baseline ${baseline[key]}`
  if (far(point.mean_input_tokens, baseline.mean_input_tokens)) return 'other input lengths than the baseline'
  if (far(point.mean_output_tokens, baseline.mean_output_tokens)) return 'other output lengths than the baseline'
  const [one, other] = [point.definitions?.[metric], baseline.definitions?.[metric]]
  return one === other ? undefined : `${metric} is defined as ${one ?? 'usual'}, of the baseline as ${other ?? 'usual'}`
}

/** Percent; positive is better. Throughput: value ÷ baseline − 1; latency: baseline ÷ value − 1. */
export const winPct = (value: number, baseline: number, metric: ChampionMetric): number =>
  100 * (metric === 'output_tps_per_gpu' ? value / baseline - 1 : baseline / value - 1)

const valuesOf = (cell: CampaignCell, concurrency: number, metric: ChampionMetric): number[] =>
  cell.rows.filter((row) => row.concurrency === concurrency && (row.invalid?.length ?? 0) === 0).flatMap((row) => row[metric] ?? [])

/** 95 % interval of the relative difference of means over trials; undefined for single runs. */
export function winInterval(cell: CampaignCell, baseline: CampaignCell, concurrency: number, metric: ChampionMetric) {
  const [from, to] = [valuesOf(baseline, concurrency, metric), valuesOf(cell, concurrency, metric)]
  if (from.length < 2 || to.length < 2) return undefined
  const interval = intervalOf(differenceOfMeans(from, to), CONFIDENCE_ALPHA)
  const center = from.reduce((sum, each) => sum + each, 0) / from.length
  if (interval === undefined || !(center > 0)) return undefined
  const scale = (metric === 'output_tps_per_gpu' ? 100 : -100) / center
  const ends = [interval.low * scale, interval.high * scale].sort((a, b) => a - b)
  return { low: ends[0] ?? 0, high: ends[1] ?? 0 }
}

function solOf(cell: CampaignCell) {
  const rigor = cellRigor(cell)
  const of = (resource: string) =>
    cell.dcgm?.resources.find((each) => each.resource === resource && each.is_headline && each.standing !== 'not-usable')?.sol_pct ??
    undefined
  const [hbm, tensor] = [of('hbm'), of('tensor-pipe')]
  return {
    sol_rigor: rigorLevel(rigor),
    l1_present: rigor.l1,
    l2_present: rigor.l2,
    l3_present: rigor.l3,
    l4_present: rigor.l4,
    ...(hbm === undefined ? {} : { hbm_pct_sol: hbm }),
    ...(tensor === undefined ? {} : { tensor_pct_sol: tensor }),
  }
}

export interface Comparison {
  readonly baseline: { readonly cell: CampaignCell; readonly point: AtlasRow }
  readonly concurrency: number
  readonly metric: ChampionMetric
  /** Undefined: there is none, and a throughput arm cannot pass. */
  readonly sloMs?: number
}

/** Missing is NO-DATA, never a pass (trap H2). */
function judged(
  cell: CampaignCell,
  point: AtlasRow | undefined,
  { baseline, concurrency, metric, sloMs }: Comparison,
): Pick<ChampionArm, 'verdict' | 'why'> {
  if (cell.id === baseline.cell.id) return { verdict: 'BASELINE', why: 'what the others are compared with' }
  if (point === undefined)
    return {
      verdict: 'NO-DATA',
      why: `no valid point at concurrency ${concurrency}${cell.problem === undefined ? '' : ` (${cell.problem.stage}: ${cell.problem.reason})`}`,
    }
  const other = mismatch(point, baseline.point, metric)
  if (other !== undefined) return { verdict: 'NO-DATA', why: `not comparable: ${other}` }
  if (typeof point[metric] !== 'number') return { verdict: 'NO-DATA', why: `${metric} was not measured` }
  const tpot = point.tpot_median_ms
  if (typeof tpot !== 'number') return { verdict: 'NO-DATA', why: 'TPOT was not measured: whether the SLO holds is not known' }
  if (sloMs === undefined) return { verdict: 'NO-DATA', why: 'there is no SLO: the baseline’s TPOT was not measured and none is given' }
  const rounded = Number(tpot.toPrecision(4))
  return tpot <= sloMs
    ? { verdict: 'PASS-SLO', why: `median TPOT ${rounded} ms within ${Number(sloMs.toPrecision(4))} ms` }
    : { verdict: 'SLO-FAIL', why: `median TPOT ${rounded} ms above ${Number(sloMs.toPrecision(4))} ms` }
}

export function armOf(cell: CampaignCell, comparison: Comparison): Omit<ChampionArm, 'is_recommended'> {
  const { baseline, concurrency, metric } = comparison
  const point = pointAt(cell, concurrency)
  const standing = judged(cell, point, comparison)
  const value = point?.[metric]
  const of = baseline.point[metric]
  const isComparable = standing.verdict === 'PASS-SLO' || standing.verdict === 'SLO-FAIL'
  const win =
    isComparable && typeof value === 'number' && typeof of === 'number' && of > 0 && value > 0 ? winPct(value, of, metric) : undefined
  const interval = win === undefined ? undefined : winInterval(cell, baseline.cell, concurrency, metric)
  const sm = point?.dcgm_sm_active
  return {
    cell_id: cell.id,
    ...(point?.serving_engine === undefined || point.serving_engine === null ? {} : { engine: point.serving_engine }),
    is_baseline: cell.id === baseline.cell.id,
    ...standing,
    ...(typeof value === 'number' ? { focus_metric: value } : {}),
    ...(typeof point?.output_tps_per_gpu === 'number' ? { output_tps_per_gpu: point.output_tps_per_gpu } : {}),
    ...(typeof point?.tpot_median_ms === 'number' ? { tpot_median_ms: point.tpot_median_ms } : {}),
    ...(win === undefined ? {} : { pct_win_vs_baseline: win }),
    ...(interval === undefined ? {} : { win_interval_pct: interval }),
    ...(point?.trials === undefined ? {} : { trials: point.trials }),
    ...(point?.trial_nodes === undefined ? {} : { nodes: point.trial_nodes }),
    ...(typeof sm === 'number' ? { sm_active_pct: 100 * sm } : {}),
    ...solOf(cell),
  }
}
