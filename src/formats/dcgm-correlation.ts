/**
 * `dcgm_correlation.json` of a campaign cell: the field's keys (facts/formats.md section 2) with what they lack beside them. `null` where
 * the field writes null: not known.
 */
import * as z from 'zod'
import { dcgmFindingSchema, dcgmMeasurementSchema } from './dcgm-measurement.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const amount = z.number().nonnegative()
const known = amount.nullable()

export const dcgmResourceSchema = z.strictObject({
  resource: z.enum(['hbm', 'tensor-pipe', 'nvlink', 'pcie', 'c2c']),
  direction: z.exactOptional(z.enum(['transmit', 'receive', 'both'])),
  is_headline: z.boolean().describe('The figure to quote for this resource: of a link, the busier direction'),
  standing: z.enum(['measured', 'upper-bound', 'not-usable']).describe('not-usable: kept as it was given, with the reason in notes'),
  peak_key: z.string().describe('Key of the ceiling; tensor_pipe_active where no data type was declared'),
  metric: z.string(),
  is_fallback: z.boolean().describe('A coarser field than the one that should be exported'),
  n_gpus: z.int().nonnegative(),
  unit: z.enum(['ratio', 'bytes_per_s']),
  measured_avg: amount.describe('Mean over GPUs of their time-weighted means; bytes_per_s of one GPU'),
  measured_min: z.exactOptional(amount.describe('Mean of the GPU that has least')),
  measured_max: z.exactOptional(amount.describe('Mean of the GPU that has most')),
  imbalance: z.exactOptional(amount.describe('(max - min) / mean over GPUs')),
  coverage: z.exactOptional(z.number().min(0).max(1).describe('Of the GPU that is covered least')),
  inner: z.exactOptional(amount),
  outer: z.exactOptional(amount),
  measured_bytes_total: known.describe('Over the window, all GPUs'),
  measured_bytes_per_s: known.describe('Of one GPU'),
  measured_tflops_avg: known.describe('Of one GPU; an upper bound where standing says so'),
  peak_per_gpu: known,
  peak_per_gpu_units: z.string().nullable(),
  peak_aggregate: known,
  sol_pct: known.describe('May be above 100: notes say why'),
  may_be_called: z.string(),
  must_not_be_called: z.string(),
  notes: z.array(z.string()),
})
export type DcgmResource = z.infer<typeof dcgmResourceSchema>

export const dcgmCategorySchema = z.strictObject({
  category: z.string(),
  time_share_pct: known,
  attributed_bytes_total: z.number().nullable(),
  attributed_flops_total: known,
  effective_bw_during_category_window: known.describe(
    'Bytes per second of the category’s own kernel time; null where only shares are known',
  ),
  effective_tflops_during_category_window: known,
  sol_pct_bw: known,
  sol_pct_compute: known,
  bound: z.enum(['bandwidth', 'compute']).nullable(),
  ceiling_metric: z.string().nullable(),
  covered_pct: z.exactOptional(known.describe('Share of the category’s time whose kernels have counters')),
})
export type DcgmCategory = z.infer<typeof dcgmCategorySchema>

export const dcgmAttributionSchema = z.strictObject({
  basis: z
    .enum(['counters-times-launches', 'time-share'])
    .describe('time-share: distributes the total and can rank nothing, every category has the same bandwidth by construction'),
  scale: z.exactOptional(amount.describe('From the traced window to the measured one')),
  scale_from: z.exactOptional(z.string()),
  measured_bytes_total: known,
  attributed_bytes_total: known,
  residual_bytes: z.number().nullable().describe('Measured - attributed: the row `unattributed`'),
  residual_pct: z.number().nullable(),
  tolerance_pct: z.exactOptional(amount),
  state: z.enum(['reconciled', 'not-reconciled', 'cannot-rank', 'unknown']),
  notes: z.array(z.string()),
})
export type DcgmAttribution = z.infer<typeof dcgmAttributionSchema>

export const dcgmEnergySchema = z.strictObject({
  joules: amount.describe('Boards only: no CPU, NIC, NVSwitch, fans, power supplies'),
  from: z.enum(['counter', 'power']),
  n_gpus: z.int().positive(),
  power_joules: z.exactOptional(amount.describe('Window times mean power, as a check')),
  difference_pct: z.exactOptional(z.number()),
  joules_per_output_token: z.exactOptional(amount),
  output_tokens_per_joule: z.exactOptional(amount.describe('The same as output tokens per second per watt')),
  joules_per_total_token: z.exactOptional(amount.describe('Input and output tokens')),
  total_tokens_per_joule: z.exactOptional(amount),
  tokens_from: z.exactOptional(z.string()),
})
export type DcgmEnergy = z.infer<typeof dcgmEnergySchema>

export const dcgmCorrelationSchema = z.strictObject({
  schema: z.literal('dcgm-correlation/1'),
  schema_version: z.literal(1),
  sources: z.array(sourceSchema),
  captured_sources: z.array(z.string()),
  hw_key: z.string(),
  hardware: z.strictObject({
    key: z.string(),
    name: z.string(),
    matched_by: z.enum(['key', 'field-key', 'device-name']),
    assumes: z.exactOptional(z.string()),
  }),
  sweep_start_utc: z.string(),
  sweep_end_utc: z.string(),
  duration_s: z.number().positive(),
  n_gpus: z.int().nonnegative(),
  gpu_count: z.strictObject({
    found: z.int().nonnegative(),
    expected: z.exactOptional(z.int().positive()),
    state: z.enum(['as-expected', 'differs', 'not-checked']),
  }),
  dcgm_group_level: z.enum(['prof', 'counter', 'absent']),
  scrape_interval_s: z.number().positive(),
  short_sweep_warning: z.boolean(),
  dry_run: z.literal(false),
  power_watts_per_gpu: z.exactOptional(amount),
  nodes: z.array(z.string()),
  namespace: z.string().nullable(),
  pod_label_selector: z.string().nullable(),
  kernels_json_path: z.exactOptional(z.string()),
  resources: z.array(dcgmResourceSchema),
  tensor_bounds: z
    .array(
      z.strictObject({
        dtype: z.string(),
        peak_key: z.string(),
        tflops_at_most: amount,
        sol_pct_at_most: amount,
        clock: z.enum(['measured-mean', 'maximum']),
      }),
    )
    .describe('If all tensor work were of this type: bounds of one reading, not measurements, and not to be added'),
  queries: z.array(
    z.strictObject({ peak_key: z.string(), metric: z.string(), promql: z.string(), unit: z.string(), is_fallback: z.boolean() }),
  ),
  per_category_attribution: z.array(dcgmCategorySchema),
  attribution: z.exactOptional(dcgmAttributionSchema),
  energy: z.exactOptional(dcgmEnergySchema),
  clocks: z.exactOptional(
    z.strictObject({
      sm_clock_mean_hz: amount,
      sm_clock_min_hz: z.exactOptional(amount),
      of_max_pct: z.exactOptional(amount),
      throttled_pct: z.exactOptional(amount.describe('Share of the time of the GPU that was throttled most')),
      throttle_reasons: z.exactOptional(z.record(z.string(), amount).describe('Percent of time, of the GPU with most of each')),
    }),
  ),
  measurement: z.exactOptional(dcgmMeasurementSchema.describe('Per GPU, with semantics and coverage; absent in files of other tools')),
  provenance: z.strictObject({
    from: z.enum(['server', 'responses', 'frozen']),
    server: z.exactOptional(z.string()),
    captured_at: z.exactOptional(z.string()),
    captured_by: z.exactOptional(z.string()),
  }),
  findings: z.array(dcgmFindingSchema),
  next: nextLeverSchema,
})
export type DcgmCorrelation = z.infer<typeof dcgmCorrelationSchema>
