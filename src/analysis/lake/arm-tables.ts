/** atlas_v1, tpm_v1, cost_v1, quality_v1, champion_v1. */
import { type AtlasRow, atlasRowSchema } from '#formats/campaign.ts'
import { type LakeRow, type LakeValue, lakeTable } from '#formats/lake/tables.ts'
import { joined, type LakeInput } from './lake-input.ts'

const atlasColumns = lakeTable('atlas_v1').columns.map(({ name }) => name)

function asValue(value: unknown): LakeValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** What has no column of its own: definitions, trials, spread, keys of others. Keys sorted, so that equal rows are equal text. */
function extraOf(row: AtlasRow): string | null {
  const extra = Object.entries(row).filter(([key, value]) => !atlasColumns.includes(key) && value !== undefined && value !== null)
  return extra.length === 0 ? null : JSON.stringify(Object.fromEntries(extra.sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** One row per point of an arm: its trials are aggregated, because the table's key has none. */
export function atlasRows({ campaign }: LakeInput): LakeRow[] {
  return campaign.cells.flatMap((cell) =>
    cell.points.map((point): LakeRow => {
      const row = atlasRowSchema.parse(point)
      const values = Object.fromEntries(atlasColumns.map((name) => [name, asValue(row[name])]))
      return {
        ...values,
        campaign_id: campaign.id,
        status: cell.status === 'planned' ? null : cell.status,
        notes: row.notes ?? cell.config?.notes ?? null,
        extra_json: extraOf(row),
      }
    }),
  )
}

type Identity = {
  model?: string | null
  hardware?: string | null
  quant?: string | null
  tensor_parallel?: number | null
  parallel_strategy?: string | null
  mtp?: boolean | null
}

const identity = (row: Identity): LakeRow => ({
  model: row.model ?? null,
  hardware: row.hardware ?? null,
  quant: row.quant ?? null,
  tensor_parallel: row.tensor_parallel ?? null,
  parallel_strategy: row.parallel_strategy ?? null,
  mtp: row.mtp ?? null,
})

/** The table has no column for the cell: `basis` names it, so that no two arms' rows look alike. */
export function tpmRows({ campaign, tpm }: LakeInput): LakeRow[] {
  return tpm.map((row) => ({
    campaign_id: campaign.id,
    ...identity(row),
    operating_point: row.operating_point,
    basis: `${row.cell_id}: ${row.basis}`,
    gpus_per_node: row.gpus_per_node,
    concurrency: row.concurrency,
    output_tpm: row.output_tpm ?? null,
    total_tpm: row.total_tpm ?? null,
    ttft_avg_ms: row.ttft_avg_ms ?? null,
    tpot_median_ms: row.tpot_median_ms ?? null,
    itl_avg_ms: row.itl_avg_ms ?? null,
    mean_isl: row.mean_isl ?? null,
    mean_osl: row.mean_osl ?? null,
    cache_mode: row.cache_mode ?? null,
  }))
}

/** `operating_point` says the cell too, for the same reason. */
export function costRows({ campaign, tpm }: LakeInput): LakeRow[] {
  return tpm
    .filter((row) => row.usd_per_gpu_hour !== undefined || row.power_watts_per_gpu !== undefined)
    .map((row) => ({
      campaign_id: campaign.id,
      ...identity(row),
      operating_point: `${row.operating_point}:${row.cell_id}`,
      concurrency: row.concurrency,
      usd_per_gpu_hour: row.usd_per_gpu_hour ?? null,
      usd_per_1m_output_tokens: row.usd_per_1m_output_tokens ?? null,
      usd_per_1m_total_tokens: row.usd_per_1m_total_tokens ?? null,
      power_watts_per_gpu: row.power_watts_per_gpu ?? null,
      tokens_per_watt: row.output_tokens_per_joule ?? null,
    }))
}

export function qualityRows({ campaign }: LakeInput): LakeRow[] {
  return campaign.cells.flatMap((cell) =>
    (cell.quality ?? []).map(({ metric_kind, metric_name, metric_value }) => ({
      campaign_id: campaign.id,
      cell_id: cell.id,
      ...identity(cell.points[0] ?? cell.config ?? {}),
      metric_kind,
      metric_name,
      metric_value,
    })),
  )
}

export function championRows({ campaign, champion }: LakeInput): LakeRow[] {
  return (champion?.arms ?? []).map((arm) => ({
    campaign_id: campaign.id,
    cell_id: arm.cell_id,
    engine: arm.engine ?? null,
    is_baseline: arm.is_baseline,
    is_recommended: arm.is_recommended,
    champion_tier: champion?.champion_tier ?? null,
    focus: champion?.focus ?? null,
    focus_c: champion?.focus_c ?? null,
    metric: champion?.metric ?? null,
    focus_metric: arm.focus_metric ?? null,
    output_tps_per_gpu: arm.output_tps_per_gpu ?? null,
    tpot_median_ms: arm.tpot_median_ms ?? null,
    pct_win_vs_baseline: arm.pct_win_vs_baseline ?? null,
    slo_verdict: arm.verdict,
    sol_rigor: arm.sol_rigor,
    hbm_pct_sol: arm.hbm_pct_sol ?? null,
    tensor_pct_sol: arm.tensor_pct_sol ?? null,
    sm_active_pct: arm.sm_active_pct ?? null,
    l1_present: arm.l1_present,
    l2_present: arm.l2_present,
    l3_present: arm.l3_present,
    l4_present: arm.l4_present,
  }))
}

export const backendsOf = ({ campaign }: LakeInput): string | null =>
  joined([...new Set(campaign.config.cells.map(({ backend }) => backend))].sort())
