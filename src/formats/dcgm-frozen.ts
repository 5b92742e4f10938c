/** `dcgm_frozen_v1`: DCGM averages over a window, frozen into YAML when Prometheus could be asked. facts/formats.md section 3. */
import * as z from 'zod'
import { dcgmMeasurementSchema } from './dcgm-measurement.ts'

const utc = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/)
  .describe('With its zone')

export const dcgmFrozenResourceSchema = z.object({
  peak_key: z.string().min(1).describe('Key of a ceiling of hw_key'),
  metric: z.string().min(1),
  unit: z.enum(['ratio', 'bytes_per_s']).describe('ratio: 0..1 of the peak; bytes_per_s: of one GPU'),
  measured_avg: z.number().nonnegative(),
  promql: z.string(),
  measured_min: z.exactOptional(z.number().nonnegative().describe('Mean of the GPU that has least')),
  measured_max: z.exactOptional(z.number().nonnegative().describe('Mean of the GPU that has most')),
  coverage: z.exactOptional(z.number().min(0).max(1).describe('Of the GPU that is covered least')),
})

/** Keys as the field already writes them. Unknown keys are refused: a misspelled optional key would be a lost fact. */
export const dcgmFrozenSchema = z
  .strictObject({
    schema_version: z.literal(1).default(1),
    hw_key: z.string().min(1),
    n_gpus: z.int().positive(),
    sweep_start_utc: utc,
    sweep_end_utc: utc,
    captured_at: z.exactOptional(z.string()),
    captured_by: z.exactOptional(z.string()),
    data_tier: z.enum(['prof', 'counter']).default('prof'),
    scrape_interval_s: z.number().positive().default(30),
    power_watts_per_gpu: z.exactOptional(z.number().nonnegative()),
    nodes: z.exactOptional(z.array(z.string())),
    namespace: z.exactOptional(z.string()),
    pod_label_selector: z.exactOptional(z.string()),
    notes: z.exactOptional(z.string()),
    resources: z.array(dcgmFrozenResourceSchema),
    measurement: z.exactOptional(
      dcgmMeasurementSchema.describe('Every field per GPU: means, minima, maxima, coverage. Only in files that Sextant wrote'),
    ),
  })
  .refine(({ resources, measurement }) => resources.length > 0 || measurement !== undefined, {
    message: 'nothing was measured',
    path: ['resources'],
  })
  .refine(({ sweep_start_utc, sweep_end_utc }) => Date.parse(sweep_end_utc) > Date.parse(sweep_start_utc), {
    message: 'the window ends before it begins',
    path: ['sweep_end_utc'],
  })
  .refine(({ resources }) => resources.every(({ unit, measured_avg }) => unit !== 'ratio' || measured_avg <= 1.0001), {
    message: 'a ratio is 0..1: a percentage must be divided by 100',
    path: ['resources'],
  })
export type DcgmFrozen = z.infer<typeof dcgmFrozenSchema>
