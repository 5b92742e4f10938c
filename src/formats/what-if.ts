/** What a change would do to the step of a capture: a prediction (DRAFT) with its interval, never a measurement. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from './source.ts'

const ns = z.number().nonnegative()

const intervalSchema = z
  .strictObject({ low: z.number(), median: z.number(), high: z.number() })
  .describe('5 %, 50 % and 95 % of the replays, uncertain sizes drawn from their ranges.')

export const whatIfRowSchema = z.strictObject({
  change: z.string().describe('As asked; `together` is all of them at once.'),
  effect: z.string().describe('What the replay changes.'),
  stepNs: intervalSchema,
  speedup: intervalSchema.describe('Measured step over new step: above 1 is faster.'),
  savedRatio: z.number().describe('Median part of the step that goes; negative where the step grows.'),
})
export type WhatIfRow = z.infer<typeof whatIfRowSchema>

export const whatIfSchema = z.strictObject({
  schema: z.literal('what-if/1'),
  sources: z.array(sourceSchema),
  state: z.enum(['computed', 'unknown']),
  standing: z.literal('DRAFT').describe('A prediction: only a trial makes it a verdict.'),
  tier: z.literal('L2').describe('From a timeline.'),
  device: z.exactOptional(z.int().nonnegative()),
  phase: z.exactOptional(z.enum(['decode', 'unknown'])).describe('unknown: something repeats that cannot be called decode.'),
  windows: z.exactOptional(z.int().positive().describe('Stretches of consecutive typical steps that were replayed.')),
  steps: z.exactOptional(z.int().positive().describe('Steps in them.')),
  measuredStepNs: z.exactOptional(ns.describe('Mean cadence of a window, median over windows.')),
  replayErrorRatio: z.exactOptional(z.number().describe('Largest difference of the unchanged replay from the measured step.')),
  residualRatio: z.exactOptional(z.number().describe('Part of the step that no recorded dependency explains: kept in every replay.')),
  draws: z.exactOptional(z.int().positive()),
  changes: z.array(whatIfRowSchema),
  assumptions: z.array(z.string()),
  unknowns: z.array(z.strictObject({ code: z.string(), reason: z.string(), settledBy: z.string() })),
  next: nextLeverSchema,
})
export type WhatIfReport = z.infer<typeof whatIfSchema>
