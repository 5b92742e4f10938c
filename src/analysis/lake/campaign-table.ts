/** campaign_v1, and all tables together. */
import { campaignRigor } from '#analysis/campaign/rigor.ts'
import type { LakeRow } from '#formats/lake/tables.ts'
import { atlasRows, backendsOf, championRows, costRows, qualityRows, tpmRows } from './arm-tables.ts'
import { budgetRows, ledgerRows, solRows, verdictRows } from './evidence-tables.ts'
import { joined, type LakeInput, microseconds, type Rows } from './lake-input.ts'
import { rooflineRows } from './roofline-table.ts'

/** A point of page 1: both axes of one of its scatters. */
export function plotReady({ campaign }: LakeInput): number {
  return campaign.cells
    .flatMap(({ points }) => points)
    .filter(
      (row) =>
        (typeof row.ttft_avg_ms === 'number' && typeof row.request_throughput_avg === 'number') ||
        (typeof row.output_tps_per_user === 'number' && typeof row.output_tps_per_gpu === 'number'),
    ).length
}

/** Rules of a verdict that are not met make it a draft; they never block (facts/formats.md section 8). */
export function verdictTier({ campaign }: LakeInput): 'verdict' | 'draft' {
  const { verdict } = campaign
  if (verdict === undefined || verdict.tier !== 'verdict') return 'draft'
  const met =
    (verdict.trials ?? 0) >= 3 &&
    verdict.same_node === true &&
    verdict.baseline_named === true &&
    (verdict.latency_claim !== true || verdict.decode_metric === 'tpot' || verdict.decode_metric === 'itl') &&
    (verdict.which_kernel_claim !== true || (typeof verdict.per_kernel_ref === 'string' && verdict.per_kernel_ref !== ''))
  return met ? 'verdict' : 'draft'
}

/** Below the root of the experiments, of the bundles whose syntheses lie in the campaign. */
function bundlePaths({ ledgers }: LakeInput): string | null {
  const paths = ledgers.flatMap(({ value: { bundle } }) =>
    bundle === undefined ? [] : [`experiments/artifacts/${bundle.family}/${bundle.run_id}`],
  )
  return joined([...new Set(paths)].sort())
}

/** Who published, and on which machine, is not said: host and user names do not leave (facts/methodology.md rule 72). */
function campaignRow(input: LakeInput, atlasCount: number): LakeRow {
  const { campaign, champion, status } = input
  const { config, provenance } = campaign
  const rigor = campaignRigor(campaign)
  const [source] = provenance?.source ?? []
  const recommended = champion?.arms.find(({ is_recommended }) => is_recommended)
  return {
    campaign_id: campaign.id,
    slug: campaign.id.replace(/^\d{8}T\d{6}Z-/, ''),
    config_yaml_sha256: input.configSha256,
    source_md_sha256: input.sourceSha256 ?? null,
    cell_count: campaign.cells.filter(({ kind }) => kind === 'bench').length,
    backends: backendsOf(input),
    atlas_row_count: atlasCount,
    sol_complete: rigor.sol_complete,
    plot_ready_points: status?.plot_ready_points ?? plotReady(input),
    omitted_pages: joined(status?.omitted_pages),
    dcgm_grounded: rigor.dcgm_grounded,
    sol_per_arm_complete: rigor.sol_per_arm_complete,
    partial_pages: joined(status?.partial_pages),
    verdict_tier: verdictTier(input),
    focus: config.focus ?? null,
    sol_rigor: rigor.sol_rigor,
    experiment_id: provenance?.identity.run_id ?? campaign.id,
    experiment_family: provenance?.identity.family ?? null,
    evidence_bundle_path: bundlePaths(input),
    title: config.campaign.title ?? provenance?.identity.title ?? null,
    experiment_status: provenance?.identity.status ?? null,
    tags: joined(provenance?.identity.tags),
    hypothesis: provenance?.identity.hypothesis ?? config.campaign.hypothesis ?? null,
    vllm_repo: source?.repo ?? null,
    vllm_branch: source?.branch ?? null,
    vllm_commit: source?.commit ?? null,
    vllm_image: source?.image ?? null,
    vllm_image_digest: source?.image_digest ?? null,
    vllm_pip_version: source?.image_pip_version ?? null,
    delivery: source?.delivery ?? null,
    overlay_mode: source?.overlay_mode ?? null,
    recommended_cell: champion?.recommended_cell ?? null,
    recommended_engine: recommended?.engine ?? null,
    champion_tier: champion?.champion_tier ?? null,
    champion_baseline_cell: champion?.baseline_cell ?? null,
    next_lever: config.next_lever ?? null,
    close_reason: config.close_reason ?? null,
  }
}

/** Every table but its time of publishing: the writer puts that in, so that equal content is equal. */
export function lakeRows(input: LakeInput): Rows {
  const { campaign } = input
  const atlas = atlasRows(input)
  const rigor = campaignRigor(campaign).sol_rigor
  const captured = microseconds(input.capturedAtUtc)
  const all: Record<string, readonly LakeRow[]> = {
    atlas_v1: atlas,
    campaign_v1: [campaignRow(input, atlas.length)],
    sol_v1: solRows(input),
    tpm_v1: tpmRows(input),
    cost_v1: costRows(input),
    quality_v1: qualityRows(input),
    champion_v1: championRows(input),
    roofline_v1: rooflineRows(input),
    ledger_v1: ledgerRows(input),
    verdict_v1: verdictRows(input),
    budget_v1: budgetRows(input),
  }
  return new Map(
    Object.entries(all).map(([name, rows]) => [
      name,
      name === 'atlas_v1' ? rows : rows.map((row) => ({ captured_at_utc: captured, sol_rigor: rigor, ...row })),
    ]),
  )
}
