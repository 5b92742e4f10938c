/**
 * The tables of the lake (facts/formats.md section 10), columns in their exact order. The field's eight, and ledger, verdict and budget.
 * Every column may be null: null is not known, never 0.
 */

export type LakeType = 'str' | 'i64' | 'f64' | 'bool' | 'ts'

export interface LakeColumn {
  readonly name: string
  readonly type: LakeType
  readonly doc?: string
}

export interface LakeTable {
  readonly name: string
  readonly version: 1
  /** What one row is of. */
  readonly key: readonly string[]
  readonly columns: readonly LakeColumn[]
}

/** `ts` values are microseconds since 1970 UTC, i64 whole numbers. */
export type LakeValue = string | number | boolean | null
export type LakeRow = Readonly<Record<string, LakeValue | undefined>>

/** `name:type`, a text where no type is said. */
function columns(spec: string): LakeColumn[] {
  return spec
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [name = '', type = 'str'] = word.split(':')
      const doc = docs[name]
      return { name, type: type as LakeType, ...(doc === undefined ? {} : { doc }) } // the words below are the only input
    })
}

const docs: Readonly<Record<string, string>> = {
  campaign_id: 'Id of run, experiment, campaign and cluster label alike',
  cell_id: 'Arm of the campaign',
  ttft_avg_ms: 'Mean time to first token, ms',
  request_throughput_avg: 'Requests per second of the deployment',
  output_tps_per_user: 'Output tokens per second of one request while it decodes',
  output_tps_per_gpu: 'Output tokens per second of the deployment per GPU',
  total_tps_per_gpu: 'Input and output tokens per second per GPU',
  tpot_median_ms: 'Median over requests of (latency - TTFT) / (tokens - 1), ms',
  itl_avg_ms: 'Mean inter-token latency, ms; its definition stands in extra_json',
  prefix_cache_hit_rate: '0..1',
  extra_json: 'What the row says beyond these columns: definitions, trials, spread, n_gpus',
  captured_at_utc: 'Start of the first run, UTC',
  published_at_utc: 'UTC',
  sol_rigor: 'L1 samples, L2 derived, L3 DCGM, L4 counters, none',
  tokens_per_watt: 'Output tokens per second per watt: tokens per joule',
  usd_per_1m_output_tokens: 'usd_per_gpu_hour * 1e6 / (tokens per second and GPU * 3600)',
  improvement_ratio: 'Of B over A, positive is better: 0.05 is 5 %',
  part_ms: 'Milliseconds of a typical step',
  share_ratio: '0..1 of the step',
  pct_sol: 'Percent of the ceiling',
  gpu_time_share_pct: 'Percent of kernel time or samples',
  effect_low: 'Relative change for the better, 5 % of the draws',
  effect_median: 'Relative change for the better',
  effect_high: 'Relative change for the better, 95 % of the draws',
  output_tpm: 'Output tokens per minute of a node',
  total_tpm: 'Input and output tokens per minute of a node',
  hbm_delivered_Bps_per_gpu: 'Bytes per second, per GPU',
  pct_win_vs_baseline: 'Percent, positive is better',
  source_artifact: 'Relative to the campaign',
  publisher_host: 'Never filled in: host names are not published',
}

export const lakeTables: readonly LakeTable[] = [
  {
    name: 'atlas_v1',
    version: 1,
    key: ['campaign_id', 'cell_id', 'concurrency', 'mean_input_tokens', 'mean_output_tokens', 'cache_mode', 'num_speculative_tokens'],
    columns: columns(`
      campaign_id cell_id model hardware quant tensor_parallel:i64 parallel_strategy mtp:bool max_num_batched_tokens:i64
      concurrency:i64 status ttft_avg_ms:f64 request_throughput_avg:f64 output_tps_per_user:f64 output_tps_per_gpu:f64
      total_tps_per_gpu:f64 tpot_median_ms:f64 itl_avg_ms:f64 mean_input_tokens:f64 mean_output_tokens:f64
      prefix_cache_hit_rate:f64 cache_mode dataset cudagraph_mode gpu_memory_utilization:f64 kv_cache_dtype image
      data_parallel:i64 pipeline_parallel:i64 num_speculative_tokens:i64 async_scheduling:bool max_num_seqs:i64
      enable_prefix_caching:bool bench_backend variant_key backend serving_engine router_policy prefix_reuse:f64
      per_replica_cache_hit:f64 acceptance_length:f64 spec_accept_rate:f64 kv_cache_tokens:i64 ep_mode dcgm_sm_active:f64
      dcgm_dram_active:f64 dcgm_tensor_active:f64 raw_path captured_at notes extra_json
    `),
  },
  {
    name: 'campaign_v1',
    version: 1,
    key: ['campaign_id'],
    columns: columns(`
      campaign_id slug captured_at_utc:ts operator cluster_context config_yaml_sha256 source_md_sha256 cell_count:i64
      backends atlas_row_count:i64 sol_complete:bool plot_ready_points:i64 omitted_pages dcgm_grounded:bool
      sol_per_arm_complete:bool partial_pages verdict_tier focus sol_rigor published_at_utc:ts publisher_operator
      publisher_host experiment_id experiment_family evidence_bundle_path title experiment_status tags hypothesis vllm_repo
      vllm_branch vllm_commit vllm_image vllm_image_digest vllm_pip_version delivery overlay_mode code_repo code_sha
      recommended_cell recommended_engine champion_tier champion_baseline_cell next_lever close_reason
    `),
  },
  {
    name: 'sol_v1',
    version: 1,
    key: ['campaign_id', 'cell_id', 'category', 'sol_level', 'kernel_name'],
    columns: columns(`
      campaign_id cell_id category sol_level gpu_time_share_pct:f64 pct_sol:f64 bound ceiling_key ceiling_value:f64
      ceiling_units measured_value:f64 measured_units attributed_bytes_total:f64 attributed_flops_total:f64
      arithmetic_intensity_flops_per_byte:f64 kernel_name hw_key source_artifact source_artifact_sha256
      sol_ceilings_yaml_sha256 captured_at_utc:ts published_at_utc:ts focus sol_rigor
    `),
  },
  {
    name: 'tpm_v1',
    version: 1,
    key: ['campaign_id', 'operating_point', 'basis', 'concurrency'],
    columns: columns(`
      campaign_id model hardware quant tensor_parallel:i64 parallel_strategy mtp:bool operating_point basis
      gpus_per_node:i64 concurrency:i64 output_tpm:f64 total_tpm:f64 ttft_avg_ms:f64 tpot_median_ms:f64 itl_avg_ms:f64
      mean_isl:f64 mean_osl:f64 cache_mode captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'cost_v1',
    version: 1,
    key: ['campaign_id', 'operating_point', 'concurrency'],
    columns: columns(`
      campaign_id model hardware quant tensor_parallel:i64 parallel_strategy mtp:bool operating_point concurrency:i64
      usd_per_gpu_hour:f64 usd_per_1m_output_tokens:f64 usd_per_1m_total_tokens:f64 power_watts_per_gpu:f64
      tokens_per_watt:f64 captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'quality_v1',
    version: 1,
    key: ['campaign_id', 'cell_id', 'metric_kind', 'metric_name'],
    columns: columns(`
      campaign_id cell_id model hardware quant tensor_parallel:i64 parallel_strategy mtp:bool metric_kind metric_name
      metric_value:f64 captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'champion_v1',
    version: 1,
    key: ['campaign_id', 'cell_id'],
    columns: columns(`
      campaign_id cell_id engine is_baseline:bool is_recommended:bool champion_tier focus focus_c:i64 metric
      focus_metric:f64 output_tps_per_gpu:f64 tpot_median_ms:f64 pct_win_vs_baseline:f64 slo_verdict sol_rigor
      hbm_pct_sol:f64 tensor_pct_sol:f64 sm_active_pct:f64 l1_present:bool l2_present:bool l3_present:bool l4_present:bool
      captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'roofline_v1',
    version: 1,
    key: ['campaign_id', 'cell_id', 'phase', 'concurrency', 'isl'],
    columns: columns(`
      campaign_id cell_id model hardware quant kv_dtype tensor_parallel:i64 phase concurrency:i64 isl:i64 osl:i64
      median_tpot_ms:f64 median_ttft_ms:f64 output_throughput:f64 arithmetic_intensity:f64 achieved_tflops_per_gpu:f64
      hbm_delivered_Bps_per_gpu:f64 hbm_delivered_pct:f64 dram_active_pct:f64 tensor_active_pct:f64 sm_active_pct:f64
      compute_peak_pflops_per_gpu:f64 hbm_peak_tbps_per_gpu:f64 ridge_ai:f64 captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'ledger_v1',
    version: 1,
    key: ['campaign_id', 'synthesis', 'handle', 'effect_metric', 'effect_concurrency'],
    columns: columns(`
      campaign_id synthesis rank:i64 handle lever title type engine class status expected_effect effect_metric
      effect_concurrency:f64 effect_low:f64 effect_median:f64 effect_high:f64 bound_ratio:f64 confidence
      confidence_score:f64 cost_hours:f64 score:f64 evidence_artifacts source_refs falsifier trial outcome_measured:f64
      outcome_why focus sol_rigor captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'verdict_v1',
    version: 1,
    key: ['campaign_id', 'trial'],
    columns: columns(`
      campaign_id trial verdict standing reason metric unit definition better_is absolute_a:f64 absolute_b:f64
      improvement_ratio:f64 interval_low:f64 interval_high:f64 p:f64 pairs_counted:i64 pairs_excluded:i64 floor_ratio:f64
      blocks source_artifact source_artifact_sha256 captured_at_utc:ts published_at_utc:ts
    `),
  },
  {
    name: 'budget_v1',
    version: 1,
    key: ['campaign_id', 'cell_id', 'device', 'part'],
    columns: columns(`
      campaign_id cell_id source_artifact source_artifact_sha256 device:i64 device_name part part_ms:f64 share_ratio:f64
      step_ms:f64 step_count:i64 captured_at_utc:ts published_at_utc:ts
    `),
  },
] as const

export type LakeTableName = (typeof lakeTables)[number]['name']

export function lakeTable(name: string): LakeTable {
  const found = lakeTables.find((table) => table.name === name)
  if (found === undefined) throw new Error(`no table ${name} in the lake`)
  return found
}
