/** `source-tolerances/1`: configs/source-tolerances.yaml, how far two sources of one quantity may differ. */
import * as z from 'zod'

const tolerance = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.enum(['ratio', 'points', 'factor']).describe('ratio: part of the compared figure; points: of a ratio, absolute'),
  source: z.string().min(1).describe('Where the value is from; `judgement` where nothing published says it'),
  reason: z.string().min(1),
})

const table = z.strictObject({
  tracing: tolerance,
  counterSampling: tolerance,
  stepTime: tolerance,
  equalBatch: tolerance,
  designEffect: tolerance,
  standardErrors: tolerance,
  kernelNaming: tolerance,
  shortTrace: tolerance,
  replay: tolerance,
  pipeSampling: tolerance,
  mostUncounted: tolerance,
  clocks: tolerance,
  busyWithoutWork: tolerance,
  attainableRoof: tolerance,
  worthCounting: tolerance,
  missingRows: tolerance,
  timeSums: tolerance,
  memoryBytes: tolerance,
  mostlyCounted: tolerance,
})

export const sourceTolerancesSchema = z.strictObject({ schema: z.literal('source-tolerances/1'), tolerances: table })
export type SourceTolerances = z.infer<typeof table>
