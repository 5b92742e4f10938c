/**
 * `inference_perfbench_v1`: what a serving benchmark measured, per concurrency, as the field exchanges it (facts/baselines.md section 1).
 * Keys are the field's own. Null and absent both mean: not measured. Unknown keys are kept, because additive fields stay v1.
 */
import * as z from 'zod'
import { jsonText } from '#base/json-text.ts'

export const PERFBENCH_SCHEMA = 'inference_perfbench_v1'

const said = z.union([z.string(), z.number(), z.boolean()])
const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema.nullable())
const figure = optional(z.number().nonnegative())
const percent = optional(z.number().min(0).max(100))
const count = optional(z.int().nonnegative())

/** The figures of one cell, or of one run of it. */
const figures = {
  throughput_toks_per_s: figure.describe('Output tokens per second of the deployment; the headline at concurrency 16'),
  ttft_p50_ms: figure,
  ttft_p95_ms: figure,
  ttft_p99_ms: figure,
  itl_p50_ms: figure.describe('Median over requests of each request’s mean (AIPerf), unless `definitions` says otherwise'),
  tps_per_user: figure.describe('1 / ITL: decoding only'),
  request_latency_p50_ms: figure,
  errors: count,
  requests: count.describe('Requests that completed (additive)'),
}

/** One run of a cell (additive). Runs are blocks of a comparison: they are kept apart and never pooled. */
export const perfbenchRunSchema = z.looseObject({
  run: z.string().min(1).describe('Equal over the cells that one execution of the sweep measured'),
  node: optional(z.string()).describe('Where it ran: differences are taken within a node'),
  captured_at: optional(z.string()).describe('UTC start'),
  duration_effective_s: figure,
  ...figures,
})
export type PerfbenchRun = z.infer<typeof perfbenchRunSchema>

export const perfbenchCellSchema = z.looseObject({
  ...figures,
  runs: z.exactOptional(
    z
      .array(perfbenchRunSchema)
      .min(1)
      .describe('Every run of this cell (additive); the figures beside it are then the median of these, per figure'),
  ),
  definitions: z.exactOptional(
    z
      .record(z.string(), z.string())
      .describe('What a figure measures where it is not AIPerf’s, by the figure’s own key (additive): ttft_p50_ms → first-chunk'),
  ),
})
export type PerfbenchCell = z.infer<typeof perfbenchCellSchema>

export const perfbenchDeploymentSchema = z.looseObject({
  namespace: optional(z.string()),
  cluster: optional(z.string()).describe('Context of kubectl'),
  service: optional(z.string()),
  vllm_version: optional(said),
  tensor_parallel_size: optional(said),
  quantization: optional(said).describe('NVFP4, FP8, BF16, FP4, INT4'),
  kv_cache_dtype: optional(said).describe('fp8_e4m3, bf16…'),
  speculative_decoding: optional(said).describe('eagle3, mtp, none'),
})

export const perfbenchWorkloadSchema = z.looseObject({
  dataset: optional(said),
  split: optional(said),
  conversation_num: optional(said),
  concurrency_sweep: optional(z.array(z.int().positive())),
  input_token_band: optional(said).describe('1k, 10k, 100k, mixed'),
  output_token_band: optional(said).describe('1k, 1.5k, 2k, mixed'),
})

export const perfbenchServerMetricsSchema = z.looseObject({
  prefix_cache_hit_rate_pre: figure,
  prefix_cache_hit_rate_post: figure,
  prefix_cache_hit_rate_unit: optional(z.enum(['ratio', 'percent'])).describe('Of both (additive); without it 0.8 is ambiguous'),
  gpu_cache_usage_perc_peak: figure.describe('Sampled during the run: a reading before and one after are no peak'),
  gpu_cache_usage_perc_unit: optional(z.enum(['ratio', 'percent'])).describe('Additive; vLLM exports 0..1 under this name'),
  num_requests_running_peak: figure,
  avg_generation_throughput_toks_per_s: figure,
})

export const inferencePerfbenchSchema = z.looseObject({
  schema: z.literal(PERFBENCH_SCHEMA),
  model: optional(z.string()).describe('Name under which it is served'),
  model_path: optional(z.string()).describe('Organisation and repository'),
  deployment: z.exactOptional(perfbenchDeploymentSchema.nullable()),
  workload: z.exactOptional(perfbenchWorkloadSchema.nullable()),
  metrics: z.record(z.string().regex(/^[1-9][0-9]*$/, 'a concurrency'), perfbenchCellSchema).describe('Key: concurrency'),
  server_metrics_delta: z.exactOptional(perfbenchServerMetricsSchema.nullable()),
  kernel_class_gpu_pct: z.exactOptional(
    z.record(z.string(), z.number().min(0).max(100).nullable()).nullable().describe('Percent of GPU samples per class; open'),
  ),
  cpu_spinpoll_pct: percent.describe('Percent of on_cpu samples in the engine’s busy wait'),
  kernel_profile: z.exactOptional(z.looseObject({}).nullable()),
  kernel_internals: z.exactOptional(z.looseObject({}).nullable()),
  bench: z.exactOptional(
    z
      .looseObject({
        captured_at: optional(z.string()).describe('UTC start of the window; older bundles stamp its end'),
        duration_effective_s: figure,
      })
      .nullable(),
  ),
  sol_pct: optional(z.number().nonnegative()),
  sol_ceiling_key: optional(z.string()),
  sol_ceiling_value: figure,
})
export type InferencePerfbench = z.infer<typeof inferencePerfbenchSchema>

/** Figures of a cell in the order of the facts. */
export const perfbenchFigures = [
  'throughput_toks_per_s',
  'ttft_p50_ms',
  'ttft_p95_ms',
  'ttft_p99_ms',
  'itl_p50_ms',
  'tps_per_user',
  'request_latency_p50_ms',
] as const satisfies readonly (keyof typeof figures)[]
export type PerfbenchFigure = (typeof perfbenchFigures)[number]

/** AIPerf's, from which the field takes these figures (facts/bench-results.md section 8). */
export const perfbenchDefinitions: Readonly<Record<PerfbenchFigure, string>> = {
  throughput_toks_per_s: 'first-request-to-last-response',
  ttft_p50_ms: 'first-content',
  ttft_p95_ms: 'first-content',
  ttft_p99_ms: 'first-content',
  itl_p50_ms: 'request-mean-without-first',
  tps_per_user: 'decode-only',
  request_latency_p50_ms: 'until-last-content',
}

/** As it is written: two spaces, one newline at the end, keys in the order given. Throws ZodError on a document that is none: a bug of the writer. */
export function perfbenchText(document: InferencePerfbench): string {
  return jsonText(inferencePerfbenchSchema.parse(document))
}
