/** `metrics/1`: what a dump of metrics endpoints says, in one set of names and units; with a second dump, what happened between. */
import * as z from 'zod'
import { lossSchema, sourceSchema } from './source.ts'

const unitSchema = z.enum([
  'ratio',
  'B/s',
  'B',
  'W',
  'J',
  'Hz',
  'celsius',
  's',
  'tokens',
  'tokens/s',
  'requests',
  'count',
  'bitmask',
  'code',
])

export const metricEntitySchema = z.object({
  id: z.string().describe('UUID with the MIG instance, else host/index; for engines their model and rank'),
  uuid: z.exactOptional(z.string()),
  host: z.exactOptional(z.string()),
  index: z.exactOptional(z.string().describe('Index as DCGM or NVML orders GPUs: no identity across reboots')),
  model: z.exactOptional(z.string()),
  instance: z.exactOptional(z.string().describe('MIG GPU instance')),
  pod: z.exactOptional(z.string().describe('Of the workload, never of the exporter')),
  engine: z.exactOptional(z.string().describe('Data-parallel engine')),
})

export const metricReadingSchema = z.object({
  quantity: z.string(),
  unit: unitSchema,
  semantics: z.enum(['gauge', 'rate', 'counter', 'info']).describe('Of the field itself, whatever TYPE says; rate: already per second'),
  entity: z.string().describe('entities[].id; `all engines` where data-parallel engines were combined'),
  value: z.number().describe('Last sample in the file'),
  samples: z.int().positive(),
  mean: z.exactOptional(z.number().describe('Over several samples')),
  min: z.exactOptional(z.number()),
  max: z.exactOptional(z.number().describe('Of the samples in the file: a peak only where they were taken during the run')),
  combined: z.exactOptional(z.int().positive().describe('Series that were combined')),
  name: z.string().describe('As the endpoint spelled it'),
})

export const metricDeltaSchema = z.object({
  quantity: z.string(),
  unit: unitSchema,
  entity: z.string(),
  state: z.enum(['counted', 'invalid']).describe('invalid: a counter went back, or the process is another one'),
  delta: z.exactOptional(z.number()),
  perSecond: z.exactOptional(z.number()),
  reason: z.exactOptional(z.string()),
  combined: z.int().positive(),
})

export const metricHistogramSchema = z.object({
  quantity: z.string(),
  unit: unitSchema,
  since: z.enum(['start', 'first dump']),
  count: z.number(),
  mean: z.exactOptional(z.number()),
  quantiles: z
    .array(
      z.object({ quantile: z.number(), above: z.number(), atMost: z.exactOptional(z.number().describe('Absent: beyond the last bucket')) }),
    )
    .describe('The bucket that holds it, no value inside it'),
})

export const derivedMetricSchema = z.object({
  name: z.string(),
  unit: z.enum(['ratio', 'tokens', 'tokens/s', 'J']),
  value: z.exactOptional(z.number()),
  reason: z.exactOptional(z.string().describe('Why there is no value')),
  formula: z.string(),
})

export const metricsSchema = z.object({
  schema: z.literal('metrics/1'),
  sources: z.array(sourceSchema).min(1).max(2),
  dialect: z.enum(['prometheus', 'openmetrics', 'aiperf-telemetry']),
  samples: z.int().nonnegative(),
  entities: z.array(metricEntitySchema),
  readings: z.array(metricReadingSchema),
  deltas: z.exactOptional(z.array(metricDeltaSchema).describe('Counters between the two dumps')),
  histograms: z.array(metricHistogramSchema),
  derived: z.array(derivedMetricSchema),
  unavailable: z
    .array(z.object({ quantity: z.string(), reason: z.string() }))
    .describe('Quantities of a speed-of-light judgement that the endpoint does not export: unavailable, not zero'),
  findings: z.array(z.object({ code: z.string(), text: z.string() })),
  unknownNames: z.array(z.string()).describe('Series names outside the rename table, sorted'),
  losses: z.array(lossSchema),
})
export type MetricsReport = z.infer<typeof metricsSchema>
