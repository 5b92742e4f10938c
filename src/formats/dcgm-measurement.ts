/**
 * What was measured over one window, per GPU: kept inside `dcgm_frozen_v1` beside the field's own keys, so that the same answer can be
 * computed again when the series have aged out. Snake case, as the file around it.
 */
import * as z from 'zod'

const ratio = z.number().min(0).max(1)
const seconds = z.number().nonnegative()
const amount = z.number().nonnegative()

export const measuredGpuSchema = z.strictObject({
  gpu: z.string().describe('gpus[].id, or instances[].id where the field is measured per MIG instance'),
  mean: amount.describe('Time-weighted over the part of the window that is covered; counters: per second'),
  min: z.exactOptional(amount.describe('Smallest sample')),
  max: z.exactOptional(amount.describe('Largest sample')),
  coverage: ratio.describe('Share of the window that samples stand for'),
  samples: z.int().nonnegative().describe('Inside the window'),
  inner: z.exactOptional(amount.describe('Counting only samples that describe nothing but time inside the window: the mean is not below')),
  outer: z.exactOptional(amount.describe('Counting every sample that may describe time inside it: the mean is not above')),
  total: z.exactOptional(amount.describe('Counters: gained over the window, what is not covered taken at the mean')),
  resets: z.exactOptional(z.int().nonnegative()),
})
export type MeasuredGpu = z.infer<typeof measuredGpuSchema>

export const measuredQuantitySchema = z.strictObject({
  quantity: z.string(),
  unit: z.string().describe('SI: ratio, B/s, B, W, J, Hz, s'),
  kind: z.enum(['ratio', 'rate', 'counter', 'point']).describe('From the field’s number, never from the exposition’s TYPE'),
  group: z.enum(['prof', 'device']),
  metrics: z.array(z.string()).min(1).describe('Names under which it was found'),
  gpus: z.array(measuredGpuSchema),
})
export type MeasuredQuantity = z.infer<typeof measuredQuantitySchema>

export const measuredBoardSchema = z.strictObject({
  id: z.string().describe('UUID, else host/index'),
  uuid: z.exactOptional(z.string()),
  host: z.exactOptional(z.string()),
  index: z.exactOptional(z.string()),
  model: z.exactOptional(z.string()),
})
export type MeasuredBoard = z.infer<typeof measuredBoardSchema>

export const dcgmFindingSchema = z.strictObject({
  code: z.string().describe('Stable kebab-case id'),
  severity: z.enum(['info', 'warning', 'error']),
  text: z.string(),
  gpus: z.exactOptional(z.array(z.string())),
})
export type DcgmFinding = z.infer<typeof dcgmFindingSchema>

export const dcgmWindowSchema = z.strictObject({
  start_utc: z.string(),
  end_utc: z.string(),
  duration_s: z.number().positive(),
  chosen_by: z.string().describe('given, or which stamps of which file'),
  reason: z.exactOptional(z.string().describe('Why this hypothesis and not the other, with its evidence')),
})
export type DcgmWindow = z.infer<typeof dcgmWindowSchema>

export const dcgmMeasurementSchema = z.strictObject({
  schema: z.literal('dcgm-measurement/1'),
  window: dcgmWindowSchema,
  cadence: z.strictObject({
    scrape_interval_s: z.number().positive(),
    collect_interval_s: z.number().positive().describe('What one value is an average over'),
    collect_interval_from: z.enum(['repeats', 'at-most-scrape', 'given', 'assumed']),
    intervals_in_window: z.number().positive().describe('Independent values per GPU: window / max(scrape, collect interval)'),
  }),
  selector: z.string(),
  hw_key_given: z.exactOptional(z.string().describe('As the caller said it; absent where the series named the model')),
  dtype: z.exactOptional(z.string().describe('Type that the deployment multiplies in, as the caller declared it')),
  namespace: z.exactOptional(z.string()),
  pod_label_selector: z.exactOptional(z.string()),
  workload: z.exactOptional(
    z
      .strictObject({
        output_tokens_per_s: z.exactOptional(amount),
        total_tokens_per_s: z.exactOptional(amount.describe('Input and output')),
        output_tokens: z.exactOptional(amount),
        from: z.string().describe('Which figures of which file'),
      })
      .describe('What the benchmark did over this window'),
  ),
  expected_gpus: z.exactOptional(z.int().positive()),
  gpus: z.array(measuredBoardSchema),
  instances: z.array(z.strictObject({ id: z.string(), board: z.string(), instance: z.string(), profile: z.exactOptional(z.string()) })),
  pods: z.array(z.string()),
  quantities: z.array(measuredQuantitySchema),
  throttling: z.array(
    z.strictObject({
      gpu: z.string(),
      any: ratio,
      reasons: z.record(z.string(), ratio).describe('Share of the sampled time; reasons can hold at once'),
      coverage: ratio,
    }),
  ),
  unavailable: z.array(z.strictObject({ quantity: z.string(), reason: z.string() })).describe('Not measured, which is not zero'),
  idle_edges: z.exactOptional(z.strictObject({ before_s: seconds, after_s: seconds })),
  queries: z.array(z.strictObject({ quantity: z.string(), metric: z.string(), promql: z.string(), unit: z.string() })),
  findings: z.array(dcgmFindingSchema),
})
export type DcgmMeasurement = z.infer<typeof dcgmMeasurementSchema>
