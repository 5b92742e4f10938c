/**
 * A campaign (facts/formats.md section 8): cells of one question, each measured over concurrencies. `config.yaml` says what was meant to run,
 * `cells/<id>/normalized.json` what was measured, one row per run; `atlas.jsonl` one row per point, over its trials.
 */
import * as z from 'zod'

/** Ids of campaigns and cells (facts/formats.md section 10): they are path segments and keys in the lake. */
export const campaignIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, “.”, “_” and “-”')

export const focusSchema = z.enum(['latency', 'throughput', 'mixed', 'accuracy'])
export type Focus = z.infer<typeof focusSchema>

export const closeReasonSchema = z.enum(['beat-target', 'measured-plateau', 'infra-wall'])

export const cellStatusSchema = z
  .enum(['full', 'partial', 'failed', 'evicted'])
  .describe('full: every concurrency that was asked for was measured; failed and evicted: nothing of it is')
export type CellStatus = z.infer<typeof cellStatusSchema>

const parallelStrategySchema = z.enum(['TP', 'EP'])
const size = z.int().positive()
const text = z.string().min(1)

export const campaignCellConfigSchema = z.looseObject({
  id: campaignIdSchema,
  backend: z
    .enum([
      'vllm-sweep',
      'sglang-sweep',
      'aiperf',
      'aa',
      'sextant-drive',
      'guidellm',
      'genai-perf',
      'inference-perf',
      'inferencex',
      'llmperf',
      'llm-d',
    ])
    .describe('What drives the load; the first four are the field’s'),
  concurrencies: z.array(size).min(1),
  helm_overrides: z.exactOptional(z.union([z.record(z.string(), z.json()), z.array(z.string()), z.null()])),
  profile: z.exactOptional(z.union([text, z.boolean(), z.null()])),
  notes: z.exactOptional(z.string().nullable()),
  model: z.exactOptional(text),
  hardware: z.exactOptional(text.describe('Exact token or key of the ceilings: B200, GB300, H100, h200_sxm…')),
  quant: z.exactOptional(text),
  tensor_parallel: z.exactOptional(size),
  pipeline_parallel: z.exactOptional(size),
  data_parallel: z.exactOptional(size),
  parallel_strategy: z.exactOptional(parallelStrategySchema),
  max_num_batched_tokens: z.exactOptional(size),
  max_num_seqs: z.exactOptional(size),
  serving_engine: z.exactOptional(text),
  image: z.exactOptional(text),
  kv_cache_dtype: z.exactOptional(text),
  cudagraph_mode: z.exactOptional(text),
  gpu_memory_utilization: z.exactOptional(z.number().positive().max(1)),
  enable_prefix_caching: z.exactOptional(z.boolean()),
  async_scheduling: z.exactOptional(z.boolean()),
  num_speculative_tokens: z.exactOptional(z.int().nonnegative()),
  mtp: z.exactOptional(z.boolean()),
  cache_mode: z.exactOptional(text.describe('cold, warm…: on a repeat a cache is worth up to 86 %')),
  dataset: z.exactOptional(text),
  variant_key: z.exactOptional(text.describe('What sets this arm apart from the others')),
})
export type CampaignCellConfig = z.infer<typeof campaignCellConfigSchema>

const coordinate = z.looseObject({
  K: z.int().min(1).max(4),
  R: z.int().min(1).max(4),
  H: z.int().min(1).max(4),
  P: z.int().min(1).max(4),
  A: z.int().min(1).max(4),
  name: text,
})

export const campaignConfigSchema = z.looseObject({
  campaign: z.looseObject({
    target_release: z.exactOptional(z.string().nullable()),
    target_namespace: z.exactOptional(z.string().nullable()),
    chart_dir: z.exactOptional(z.string().nullable()),
    base_values: z.exactOptional(z.union([z.string(), z.array(z.string()), z.null()])),
    drain_nodes: z.exactOptional(z.union([z.boolean(), z.array(z.string()), z.null()])),
    comparator_baseline: z.exactOptional(z.string().nullable().describe('Id of the cell that others are compared with')),
    title: z.exactOptional(z.string()),
    hypothesis: z.exactOptional(z.string()),
    slo_ttft_ms: z.exactOptional(z.number().positive().describe('Of the SLA operating point; 2000 where absent')),
    slo_tpot_ms: z.exactOptional(z.number().positive().describe('Of the SLA operating point; 50 where absent')),
    gpus_per_node: z.exactOptional(size.describe('8 where absent; a GB300 tray has 4')),
    usd_per_gpu_hour: z.exactOptional(z.number().positive().describe('What this deployment pays; else the public rate of its hardware')),
  }),
  cells: z.array(campaignCellConfigSchema).min(1),
  focus: z.exactOptional(focusSchema),
  next_lever: z.exactOptional(z.string().nullable()),
  close_reason: z.exactOptional(closeReasonSchema.nullable()),
  krhpa: z.exactOptional(z.looseObject({ candidate: coordinate, baseline: coordinate }).nullable()),
  krhpa_exempt_reason: z.exactOptional(z.string().nullable()),
  roofline_gap_arms: z.exactOptional(z.union([z.array(z.string()), z.record(z.string(), z.string()), z.null()])),
})
export type CampaignConfig = z.infer<typeof campaignConfigSchema>

const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema.nullable())
const amount = optional(z.number().nonnegative())
const count = optional(z.int().nonnegative())
const share = optional(z.number().min(0).max(1))
const said = optional(z.string())
const flag = optional(z.boolean())

/** Spread of one figure over the trials of a point. */
const spreadSchema = z.strictObject({
  n: z.int().positive(),
  min: z.number(),
  max: z.number(),
  std: z.exactOptional(z.number().nonnegative().describe('Of the sample, n - 1; absent for one trial')),
})

/**
 * One measured row. The field's columns by their own names (units are in them), null or absent where not measured; below them what the
 * field's rows lack. Unknown keys are kept: they go to `extra_json` of the lake.
 */
export const atlasRowSchema = z.looseObject({
  campaign_id: said,
  cell_id: z.string().min(1),
  model: said,
  hardware: said,
  quant: said,
  tensor_parallel: count,
  parallel_strategy: said,
  mtp: flag,
  max_num_batched_tokens: count,
  concurrency: z.int().positive(),
  status: optional(cellStatusSchema),
  ttft_avg_ms: amount,
  request_throughput_avg: amount.describe('Requests per second of the deployment'),
  output_tps_per_user: amount.describe('Output tokens per second of one request while it decodes'),
  output_tps_per_gpu: amount.describe('Output tokens per second of the deployment ÷ its GPUs'),
  total_tps_per_gpu: amount.describe('Input and output tokens'),
  tpot_median_ms: amount.describe('Median over requests of (latency - TTFT) / (tokens - 1)'),
  itl_avg_ms: amount.describe('As `definitions` says: tools mean three different things by it'),
  mean_input_tokens: amount,
  mean_output_tokens: amount,
  prefix_cache_hit_rate: share.describe('0..1'),
  cache_mode: said,
  dataset: said,
  cudagraph_mode: said,
  gpu_memory_utilization: share,
  kv_cache_dtype: said,
  image: said,
  data_parallel: count,
  pipeline_parallel: count,
  num_speculative_tokens: count,
  async_scheduling: flag,
  max_num_seqs: count,
  enable_prefix_caching: flag,
  bench_backend: said.describe('The load generator that wrote the result'),
  variant_key: said,
  backend: said.describe('Of the cell in config.yaml'),
  serving_engine: said,
  router_policy: said,
  prefix_reuse: amount,
  per_replica_cache_hit: amount,
  acceptance_length: amount,
  spec_accept_rate: share,
  kv_cache_tokens: count,
  ep_mode: said,
  dcgm_sm_active: share,
  dcgm_dram_active: share,
  dcgm_tensor_active: share,
  raw_path: said.describe('Relative to the cell'),
  captured_at: said.describe('UTC start, ISO 8601'),
  notes: said,
  // Not the field's:
  trial: said.describe('Which run of this point; rows of one point without it are ambiguous'),
  node: said.describe('Where it ran'),
  raw_sha256: said,
  ttft_median_ms: amount,
  ttft_p99_ms: amount.describe('Absent where the run has too few requests for it'),
  tpot_p99_ms: amount.describe('Absent where the run has too few requests for it'),
  n_gpus: optional(size.describe('That per-GPU figures were divided by')),
  requests: count.describe('Completed'),
  errors: count.describe('Failed'),
  duration_s: amount,
  invalid: z.exactOptional(z.array(z.string()).describe('Why the run proves nothing; such rows are kept and never aggregated')),
  definitions: z.exactOptional(z.record(z.string(), z.string()).describe('What a figure measures, by its own key')),
  trials: z.exactOptional(z.int().positive().describe('In atlas.jsonl: how many runs the figures are the medians of')),
  trial_nodes: z.exactOptional(z.array(z.string()).describe('In atlas.jsonl: where they ran; absent where one of them does not say')),
  spread: z.exactOptional(z.record(z.string(), spreadSchema).describe('In atlas.jsonl: of each figure over the trials')),
})
export type AtlasRow = z.infer<typeof atlasRowSchema>

export const normalizedSchema = z.array(atlasRowSchema).describe('normalized.json of a cell: a row per run')

/** Figures that are measured: of these the aggregate takes medians. Everything else must be equal over the trials of a point. */
export const atlasFigures = [
  'ttft_avg_ms',
  'request_throughput_avg',
  'output_tps_per_user',
  'output_tps_per_gpu',
  'total_tps_per_gpu',
  'tpot_median_ms',
  'itl_avg_ms',
  'ttft_median_ms',
  'ttft_p99_ms',
  'tpot_p99_ms',
  'mean_input_tokens',
  'mean_output_tokens',
  'prefix_cache_hit_rate',
  'prefix_reuse',
  'per_replica_cache_hit',
  'acceptance_length',
  'spec_accept_rate',
  'dcgm_sm_active',
  'dcgm_dram_active',
  'dcgm_tensor_active',
] as const satisfies readonly (keyof AtlasRow)[]
export type AtlasFigure = (typeof atlasFigures)[number]

/** `roofline_sweep.json` of a cell `<id>-decode` or `<id>-prefill`. */
export const rooflineSweepPointSchema = z.looseObject({
  phase: z.enum(['decode', 'prefill']),
  concurrency: count,
  isl: count,
  osl: count,
  num_prompts: count,
  median_tpot_ms: amount,
  median_ttft_ms: amount,
  output_throughput: amount.describe('Output tokens per second of the deployment'),
  input_throughput: amount.describe('Input tokens per second of the deployment'),
  sm_active: share,
  tensor_active: share,
  dram_active: share,
  nvlink_tx_bytes_per_s: amount,
  nvlink_rx_bytes_per_s: amount,
  is_steady: z.exactOptional(z.boolean().describe('False below twice the concurrency in requests: ramp and drain dominate')),
  captured_at: said,
  notes: z.exactOptional(z.array(z.string())),
})
export type RooflineSweepPoint = z.infer<typeof rooflineSweepPointSchema>

export const rooflineSweepSchema = z.looseObject({
  schema: z.literal('roofline_sweep_points_v1'),
  cell_id: z.string(),
  phase: z.enum(['decode', 'prefill']),
  hw_key: said,
  n_gpus: optional(size),
  model: said,
  quant: said,
  kv_dtype: said,
  tensor_parallel: count,
  points: z.array(rooflineSweepPointSchema),
  source: z.exactOptional(z.strictObject({ path: z.string(), sha256: z.string() })),
})
export type RooflineSweep = z.infer<typeof rooflineSweepSchema>

/** `import.json` of a cell: what was brought in, and at which stage something went wrong (trap H18). */
export const cellImportsSchema = z.strictObject({
  schema: z.literal('campaign_cell_imports/1'),
  imports: z.array(
    z.strictObject({
      kind: z.enum(['bench', 'kernels', 'ncu', 'dcgm', 'decode-budget', 'roofline-sweep', 'variant']),
      source: z.string(),
      sha256: z.string(),
      trial: z.exactOptional(z.string()),
      rows: z.int().nonnegative().describe('Rows of normalized.json that came of it'),
      redactions: z.exactOptional(z.int().positive().describe('Secrets replaced in the copy')),
      notes: z.array(z.string()),
    }),
  ),
  problem: z.exactOptional(
    z
      .strictObject({ stage: z.enum(['deploy', 'bench', 'import', 'evicted']), reason: z.string() })
      .describe('Why the cell is not full, where somebody said it'),
  ),
})
export type CellImports = z.infer<typeof cellImportsSchema>

/** `verdict.json` of a campaign. Rules that are not met make it a draft; they never block. */
export const campaignVerdictSchema = z.looseObject({
  tier: z.enum(['draft', 'verdict']),
  trials: optional(z.int().nonnegative()),
  same_node: flag,
  decode_metric: optional(z.enum(['tpot', 'itl', 'throughput'])),
  baseline_named: flag,
  latency_claim: flag,
  per_kernel_ref: said,
  which_kernel_claim: flag,
})
export type CampaignVerdict = z.infer<typeof campaignVerdictSchema>

/** `quality.json` of a cell: what the model still answers right. */
export const cellQualitySchema = z.array(
  z.looseObject({
    metric_kind: z.string().min(1).describe('accuracy, toolcall…'),
    metric_name: z.string().min(1),
    metric_value: z.number().describe('Of an accuracy: 0..1'),
  }),
)
export type CellQuality = z.infer<typeof cellQualitySchema>
