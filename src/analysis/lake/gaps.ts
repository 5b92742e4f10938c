/** What a strict publish refuses and every publish records (facts/formats.md section 11). */
import { campaignRigor } from '#analysis/campaign/rigor.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { LakeGap } from '#formats/lake/lake-answers.ts'
import { plotReady, verdictTier } from './campaign-table.ts'
import type { LakeInput } from './lake-input.ts'

/** Methodology of each measured row: without these a number cannot set a default. */
const methodology: readonly (readonly [string, (row: AtlasRow) => boolean])[] = [
  ['cache_mode', (row) => has(row.cache_mode)],
  ['max_num_batched_tokens', (row) => (row.max_num_batched_tokens ?? 0) > 0],
  ['ISL/OSL', (row) => (row.mean_input_tokens ?? 0) > 0 && (row.mean_output_tokens ?? 0) > 0],
  ['dataset', (row) => has(row.dataset)],
  ['cudagraph_mode', (row) => has(row.cudagraph_mode)],
  ['kv_cache_dtype', (row) => has(row.kv_cache_dtype)],
  ['image', (row) => has(row.image)],
  ['gpu_memory_utilization', (row) => (row.gpu_memory_utilization ?? 0) > 0],
]

function has(value: string | null | undefined): boolean {
  return typeof value === 'string' && value !== '' && value !== 'unknown'
}

function methodologyGaps({ campaign }: LakeInput): LakeGap[] {
  const rows = campaign.cells.flatMap(({ points }) => points)
  return methodology.flatMap(([name, isSaid]) => {
    const cells = [...new Set(rows.filter((row) => !isSaid(row)).map(({ cell_id }) => cell_id))].sort()
    return cells.length === 0 ? [] : [{ gap: `methodology:${name}`, why: `not said of rows of ${cells.join(', ')}` }]
  })
}

function provenanceGaps({ campaign }: LakeInput): LakeGap[] {
  const sources = campaign.provenance?.source ?? []
  if (sources.length === 0) return [{ gap: 'provenance', why: 'SOURCE.md names no source under test' }]
  return sources.some(({ commit, delivery }) => !has(commit) || delivery === undefined || delivery === null)
    ? [{ gap: 'provenance', why: 'a commit or its delivery is not said' }]
    : []
}

export function lakeGaps(input: LakeInput): LakeGap[] {
  const { campaign, status } = input
  const { config } = campaign
  const rigor = campaignRigor(campaign)
  const focus = config.focus
  const swept = campaign.cells.filter(({ roofline }) => roofline !== undefined).map(({ arm }) => arm)
  const exempt = Array.isArray(config.roofline_gap_arms) ? config.roofline_gap_arms : Object.keys(config.roofline_gap_arms ?? {})
  const unswept = campaign.cells
    .filter(({ id, kind, points }) => kind === 'bench' && points.length > 0 && !swept.includes(id) && !exempt.includes(id))
    .map(({ id }) => id)
  const is = (isGap: boolean, gap: string, why: string): LakeGap[] => (isGap ? [{ gap, why }] : [])
  return [
    ...is(
      plotReady(input) === 0 && focus !== 'latency' && focus !== 'accuracy',
      'plot-ready-points',
      'no point has both axes of a scatter',
    ),
    ...is(swept.length === 0 && (focus === 'throughput' || focus === 'mixed'), 'roofline', 'no prefill/decode roofline sweep (page 7)'),
    ...is(swept.length > 0 && unswept.length > 0, 'roofline-per-arm', `no sweep of ${unswept.join(', ')}`),
    ...is(!rigor.dcgm_grounded, 'dcgm-grounded', 'DCGM measured nothing against a ceiling'),
    ...is(!rigor.sol_per_arm_complete, 'sol-per-arm', `nothing stands behind ${rigor.arms_uncovered.join(', ') || 'any arm'}`),
    ...is(
      campaign.verdict?.tier === 'verdict' && verdictTier(input) === 'draft',
      'verdict',
      'verdict.json claims a verdict and its rules are not met: published as draft',
    ),
    ...is(
      rigor.sol_rigor === 'L4' && !config.krhpa && !has(config.krhpa_exempt_reason),
      'krhpa',
      'counters without the coordinates of candidate and baseline (krhpa, or krhpa_exempt_reason)',
    ),
    ...is(!has(config.next_lever) && !config.close_reason, 'next-lever', 'config.yaml names neither next_lever nor close_reason'),
    ...methodologyGaps(input),
    ...provenanceGaps(input),
    ...is(status === undefined, 'report', 'report_status.json is not there: sextant report render'),
    ...campaign.cells.flatMap(({ unreadable }) => unreadable.map(({ path, reason }) => ({ gap: 'unreadable', why: `${path}: ${reason}` }))),
  ]
}
