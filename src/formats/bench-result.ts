/** `bench-result/1`: what load generators measured, every figure with its definition; and which of them may not be set side by side. */
import * as z from 'zod'
import { lossSchema, sourceSchema } from './source.ts'

const statisticSchema = z.string().describe('mean, std, min, max, p50, p99, p99.9…; a percentile by its number, whatever the tool calls it')

export const instantSchema = z.object({
  text: z.string(),
  zone: z.enum(['utc', 'absent']).describe('absent: joins nothing by time'),
  epochNs: z.exactOptional(z.string().describe('Decimal nanoseconds since 1970')),
})

export const latencyMetricSchema = z.object({
  quantity: z.string(),
  statistic: statisticSchema,
  valueNs: z.number(),
  definition: z.string().describe('What exactly was measured; equal quantities of different definitions are different quantities'),
  n: z.exactOptional(z.int().nonnegative()),
  estimable: z.enum(['yes', 'no', 'unknown']).describe('no: too few requests for a finite interval of that percentile'),
  origin: z.enum(['reported', 'recomputed']),
  key: z.string().describe('Where it stood in the file'),
  unit: z.string().describe('In which unit it stood there'),
})

export const rateMetricSchema = z.object({
  quantity: z.enum(['requests', 'output-tokens', 'input-tokens', 'total-tokens', 'goodput-requests', 'goodput-tokens']),
  per: z.enum(['deployment', 'gpu', 'user']),
  statistic: statisticSchema,
  perSecond: z.number(),
  window: z.enum(['wall', 'first-request-to-last-response', 'trimmed', 'per-request', 'decode-only', 'unknown']),
  origin: z.enum(['reported', 'recomputed']),
  key: z.string(),
})

const contextFieldSchema = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  key: z.string(),
})

export const benchCellSchema = z.object({
  id: z.string().describe('c16, rate-10, stage-3…; trials of one point c16-t2'),
  source: z.string().describe('sources[].path'),
  tool: z.string(),
  concurrency: z.exactOptional(z.number()),
  requestRate: z.exactOptional(z.union([z.number(), z.literal('unlimited')])),
  trial: z.exactOptional(z.number()),
  durationNs: z.exactOptional(z.number()),
  startedAt: z.exactOptional(instantSchema),
  endedAt: z.exactOptional(instantSchema),
  steady: z.exactOptional(
    z
      .object({ startedAt: instantSchema, endedAt: instantSchema })
      .describe('While at least 90 % of the most requests in flight were in flight; ramp and drain are outside'),
  ),
  latencies: z.array(latencyMetricSchema),
  rates: z.array(rateMetricSchema),
  counts: z.array(z.object({ name: z.string(), count: z.number(), origin: z.enum(['reported', 'recomputed']), key: z.string() })),
  others: z.array(z.object({ name: z.string(), statistic: statisticSchema, value: z.number(), unit: z.string(), key: z.string() })),
  findings: z.array(z.object({ code: z.string(), severity: z.enum(['info', 'warning', 'error']), text: z.string() })),
  context: z.array(contextFieldSchema).describe('What the file says of the deployment and the workload; nothing is filled in'),
})

export const benchResultSchema = z.object({
  schema: z.literal('bench-result/1'),
  sources: z.array(sourceSchema).min(1),
  tool: z.string().describe('Of every file; `several` where they differ'),
  files: z.array(
    z.object({
      source: z.string(),
      tool: z.string(),
      form: z.string(),
      toolVersion: z.exactOptional(z.string()),
      context: z.array(contextFieldSchema).describe('Stated alike by every cell of the file'),
      unknownKeys: z.array(z.string()),
      losses: z.array(lossSchema),
    }),
  ),
  cells: z.array(benchCellSchema),
  incomparable: z
    .array(z.object({ quantity: z.string(), statistic: statisticSchema, cells: z.array(z.string()), reason: z.string() }))
    .describe('Figures of one name that may not be set side by side, with why'),
})
export type BenchResultReport = z.infer<typeof benchResultSchema>
