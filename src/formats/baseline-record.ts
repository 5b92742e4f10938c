/** `baseline-record/1` and `baseline-bridge/1`: what registering a baseline and bridging a bundle return. */
import * as z from 'zod'
import { inferencePerfbenchSchema } from './inference-perfbench.ts'
import { directionSchema } from './perf-baseline.ts'
import { sourceSchema } from './source.ts'

export const baselineBridgeSchema = z.object({
  schema: z.literal('baseline-bridge/1'),
  sources: z.array(sourceSchema).min(1),
  document: inferencePerfbenchSchema,
  notes: z.array(z.string()).describe('What was left out, merged or could not be known'),
  written: z.exactOptional(z.string().describe('Base name of the file')),
})
export type BaselineBridge = z.infer<typeof baselineBridgeSchema>

export const baselineRecordSchema = z.object({
  schema: z.literal('baseline-record/1'),
  sources: z.array(sourceSchema).min(1),
  family: z.string(),
  measurement: z.string(),
  unit: z.string(),
  direction: directionSchema,
  value: z.number().nullable(),
  headline: z.number().nullable().describe('Output tokens/s at concurrency 16; null where that was not measured'),
  headlineText: z.string(),
  sourceSha256: z.string().describe('Of the bytes that are kept'),
  registryPath: z.string().describe('Below the repository; of a rehearsal: where it would lie'),
  state: z.enum(['recorded', 'already-recorded', 'dry-run']),
  diffCommand: z.string().describe('What compares the next run with it'),
  notes: z.array(z.string()),
})
export type BaselineRecord = z.infer<typeof baselineRecordSchema>

export const baselineSweepSchema = z.object({
  schema: z.literal('baseline-sweep/1'),
  sources: z.array(sourceSchema).describe('Empty where nothing could be compared'),
  baselines: z.array(
    z.strictObject({
      slug: z.string(),
      state: z.enum(['compared', 'no-newer-run', 'failed']),
      current: z.exactOptional(z.string()),
      classic: z.exactOptional(z.enum(['GREEN', 'YELLOW', 'RED'])),
      statistical: z.exactOptional(z.string()),
      passed: z.exactOptional(z.boolean()),
      headlineChangePct: z.exactOptional(z.number()),
      reason: z.string(),
    }),
  ),
  passed: z.boolean().describe('No comparison failed its gate, and none could not be made'),
})
export type BaselineSweep = z.infer<typeof baselineSweepSchema>
