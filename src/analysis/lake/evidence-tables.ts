/** sol_v1, ledger_v1, verdict_v1, budget_v1. */
import type { LakeRow } from '#formats/lake/tables.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { joined, type LakeInput } from './lake-input.ts'

interface Cited {
  readonly path: string
  readonly sha256: string
}

function cited(campaign: Campaign, path: string): Cited {
  return { path, sha256: campaign.sources.find((source) => source.path === path)?.sha256 ?? '' }
}

const base = (campaign: Campaign, cell: CampaignCell, { path, sha256 }: Cited): LakeRow => ({
  campaign_id: campaign.id,
  cell_id: cell.id,
  source_artifact: path,
  source_artifact_sha256: sha256,
  focus: campaign.config.focus ?? null,
})

/** A share of samples is a share of time, never a distance to a ceiling. */
function shareRows(campaign: Campaign, cell: CampaignCell): LakeRow[] {
  const categories = Object.entries(cell.kernels?.per_category ?? {})
  const total = categories.reduce((sum, [, samples]) => sum + samples, 0)
  if (total <= 0) return []
  const from = base(campaign, cell, cited(campaign, `cells/${cell.id}/kernels.json`))
  return categories.map(([category, samples]) => ({
    ...from,
    category,
    sol_level: 'L1',
    sol_rigor: 'L1',
    gpu_time_share_pct: (100 * samples) / total,
  }))
}

function dcgmRows(campaign: Campaign, cell: CampaignCell): LakeRow[] {
  const { dcgm } = cell
  if (dcgm === undefined) return []
  const from = { ...base(campaign, cell, cited(campaign, `cells/${cell.id}/dcgm_correlation.json`)), hw_key: dcgm.hw_key }
  const resources = dcgm.resources
    .filter(({ standing }) => standing !== 'not-usable')
    .map(
      (each): LakeRow => ({
        ...from,
        category: each.direction === undefined ? each.resource : `${each.resource}:${each.direction}`,
        sol_level: 'L3',
        sol_rigor: 'L3',
        pct_sol: each.sol_pct,
        ceiling_key: each.peak_key,
        ceiling_value: each.peak_per_gpu,
        ceiling_units: each.peak_per_gpu_units,
        measured_value: each.measured_avg,
        measured_units: each.unit,
        attributed_bytes_total: each.measured_bytes_total,
      }),
    )
  // Shares of time spread over bytes rank nothing (facts, section 2): only reconciled counters are rows.
  if (dcgm.attribution?.state !== 'reconciled') return resources
  const categories = dcgm.per_category_attribution.map(
    (each): LakeRow => ({
      ...from,
      category: each.category,
      sol_level: 'L2',
      sol_rigor: 'L2',
      gpu_time_share_pct: each.time_share_pct,
      pct_sol: each.bound === 'compute' ? each.sol_pct_compute : each.sol_pct_bw,
      bound: each.bound,
      ceiling_key: each.ceiling_metric,
      attributed_bytes_total: each.attributed_bytes_total,
      attributed_flops_total: each.attributed_flops_total,
    }),
  )
  return [...resources, ...categories]
}

function counterRows(campaign: Campaign, cell: CampaignCell): LakeRow[] {
  const { ncu } = cell
  const from = base(campaign, cell, cited(campaign, `cells/${cell.id}/ncu_kernels.json`))
  return (ncu?.kernels ?? []).map((kernel) => ({
    ...from,
    category: kernel.category,
    sol_level: 'L4',
    sol_rigor: 'L4',
    kernel_name: kernel.name_full,
    hw_key: ncu?.hw_key ?? null,
    // How busy the memory was under replay; the roof of its FLOPs is not this file's to say.
    pct_sol: kernel.achieved_dram_pct_peak,
    bound: kernel.achieved_dram_pct_peak === null ? null : 'bandwidth',
    measured_value: kernel.achieved_tflops,
    measured_units: kernel.achieved_tflops === null ? null : 'TFLOP/s',
    attributed_bytes_total: kernel.dram_bytes_total,
    attributed_flops_total: kernel.tensor_flops_total,
    arithmetic_intensity_flops_per_byte: kernel.arithmetic_intensity_flops_per_byte,
  }))
}

export function solRows({ campaign, ceilingsSha256 }: LakeInput): LakeRow[] {
  return campaign.cells
    .flatMap((cell) => [...shareRows(campaign, cell), ...dcgmRows(campaign, cell), ...counterRows(campaign, cell)])
    .map((row) => ({ ...row, sol_ceilings_yaml_sha256: ceilingsSha256 }))
}

/** A row per predicted effect of a lever; of one without any, one row. */
export function ledgerRows({ campaign, ledgers }: LakeInput): LakeRow[] {
  return ledgers.flatMap(({ path, value }) =>
    value.rows.flatMap((row) => {
      const effects = row.effects.length === 0 ? [undefined] : row.effects
      return effects.map(
        (effect): LakeRow => ({
          campaign_id: campaign.id,
          synthesis: path,
          rank: row.rank,
          handle: row.handle,
          lever: row.lever,
          title: row.title,
          type: row.type,
          engine: row.engine,
          class: row.class,
          status: row.status,
          expected_effect: row.expected_effect,
          effect_metric: effect?.metric ?? null,
          effect_concurrency: effect?.concurrency ?? null,
          effect_low: effect?.change.low ?? null,
          effect_median: effect?.change.median ?? null,
          effect_high: effect?.change.high ?? null,
          bound_ratio: row.bound.ceilingRatio,
          confidence: row.confidence,
          confidence_score: row.confidence_score,
          cost_hours: row.cost.hours,
          score: row.score,
          evidence_artifacts: joined(row.evidence_artifacts.map((each) => each.path)),
          source_refs: row.source_refs.length === 0 ? null : JSON.stringify(row.source_refs),
          falsifier: row.falsifier,
          trial: row.outcome?.trial ?? null,
          outcome_measured: row.outcome?.measured ?? null,
          outcome_why: row.outcome?.why ?? null,
          focus: value.focus ?? null,
          sol_rigor: row.sol_rigor,
        }),
      )
    }),
  )
}

export function verdictRows({ campaign, verdicts }: LakeInput): LakeRow[] {
  return verdicts.map(({ path, sha256, value }) => ({
    campaign_id: campaign.id,
    trial: value.trial,
    verdict: value.verdict,
    standing: value.standing,
    reason: value.reason,
    metric: value.metric,
    unit: value.unit ?? null,
    definition: value.definition ?? null,
    better_is: value.betterIs,
    absolute_a: value.absolute.A ?? null,
    absolute_b: value.absolute.B ?? null,
    improvement_ratio: value.improvementRatio ?? null,
    interval_low: value.interval?.low ?? null,
    interval_high: value.interval?.high ?? null,
    p: value.p ?? null,
    pairs_counted: value.pairs.counted,
    pairs_excluded: value.pairs.excluded,
    floor_ratio: value.floor?.ratio ?? null,
    blocks: joined(value.blocks),
    source_artifact: path,
    source_artifact_sha256: sha256,
  }))
}

/** A row per part of the typical step of each device; parts sum to the step by their means. */
export function budgetRows({ campaign, budgets }: LakeInput): LakeRow[] {
  return budgets.flatMap(({ cell, path, sha256, value }) =>
    value.devices.flatMap((device, index) => {
      const { parts, cadenceNs } = device
      if (parts === undefined || cadenceNs === undefined) return []
      const stepMs = cadenceNs.meanNs / 1e6
      return Object.entries(parts).map(
        ([part, spread]): LakeRow => ({
          campaign_id: campaign.id,
          cell_id: cell,
          source_artifact: path,
          source_artifact_sha256: sha256,
          device: index,
          device_name: device.name ?? null,
          part: part.replace(/Ns$/, ''),
          part_ms: spread.meanNs / 1e6,
          share_ratio: stepMs > 0 ? spread.meanNs / 1e6 / stepMs : null,
          step_ms: stepMs,
          step_count: device.steps?.cadences ?? null,
        }),
      )
    }),
  )
}
