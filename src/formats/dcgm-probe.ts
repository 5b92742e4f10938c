/** What `dcgm probe` found before any range is read: names, labels, series, spacing, and which GPUs a selection means. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from './source.ts'

export const probeFindingSchema = z.strictObject({
  code: z.string().describe('Stable kebab-case id'),
  severity: z.enum(['info', 'warning', 'error']),
  text: z.string(),
})
export type ProbeFinding = z.infer<typeof probeFindingSchema>

export const probedMetricSchema = z.strictObject({
  quantity: z.string().describe('What it measures, whatever its name'),
  name: z.string().describe('As the exporter writes it'),
  fieldId: z.int().describe('Number in dcgm_fields.h: semantics follow from it, never from TYPE'),
  kind: z.enum(['ratio', 'rate', 'counter', 'point']),
  unit: z.string().describe('After the factor'),
  factor: z.number().describe('Value times factor is in the unit'),
  group: z.enum(['prof', 'device']),
  series: z.int().positive().describe('With a sample in the window'),
  gpus: z.int().positive(),
  scrapeIntervalS: z.exactOptional(z.number().positive()).describe('Median distance of samples; absent with fewer than two'),
})
export type ProbedMetric = z.infer<typeof probedMetricSchema>

export const probedGpuSchema = z.strictObject({
  uuid: z.exactOptional(z.string()),
  host: z.exactOptional(z.string()),
  index: z.exactOptional(z.string()),
  model: z.exactOptional(z.string()),
  pods: z.array(z.string()).describe('namespace/pod that used it within the window'),
  migInstances: z.array(z.string()).describe('profile and instance id'),
  /** Names of metrics, so that a GPU without the profiling group is seen. */
  hasProf: z.boolean(),
})
export type ProbedGpu = z.infer<typeof probedGpuSchema>

export const probedFleetSchema = z.strictObject({
  server: z.strictObject({ kind: z.string(), version: z.exactOptional(z.string()) }),
  window: z.strictObject({ startUtc: z.string(), endUtc: z.string(), durationS: z.number().positive() }),
  tier: z.enum(['prof', 'counter', 'absent']).describe('prof: profiling counters; counter: only what the driver counts; absent: no DCGM'),
  exporters: z.array(z.string()).describe('Generations told from names and labels'),
  labels: z.strictObject({
    host: z.array(z.string()),
    uuid: z.array(z.string()),
    pod: z.array(z.string()),
    honorLabels: z.enum(['on', 'off', 'mixed', 'unknown']).describe('unknown: no series names a workload'),
  }),
  scrapeIntervalS: z.exactOptional(z.number().positive()),
  collectIntervalS: z.exactOptional(z.number().positive()),
  collectIntervalFrom: z.exactOptional(z.enum(['repeats', 'at-most-scrape', 'assumed'])),
  series: z.int().nonnegative().describe('Of all metrics below'),
  metrics: z.array(probedMetricSchema),
  missing: z.array(z.string()).describe('Quantities of the profiling group that no exporter writes: unavailable, not zero'),
  gpus: z.array(probedGpuSchema),
  expectedGpus: z.exactOptional(z.int().positive()),
  selectors: z.array(z.string()).describe('What was asked, one per form of labels: {…} to put behind a metric name'),
  findings: z.array(probeFindingSchema),
  warnings: z.array(z.string()).describe('In the server’s words'),
  next: nextLeverSchema,
})
export type ProbedFleet = z.infer<typeof probedFleetSchema>

export const dcgmProbeSchema = z.strictObject({
  schema: z.literal('dcgm-probe/1'),
  sources: z.array(sourceSchema).describe('Empty: a server is no file'),
  dryRun: z.boolean(),
  requests: z.array(z.string()).describe('Of a dry run: what would be asked, with the labels of a default installation'),
  found: z.exactOptional(probedFleetSchema),
})
export type DcgmProbe = z.infer<typeof dcgmProbeSchema>
