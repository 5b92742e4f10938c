/** `tolerances/1`: configs/tolerances.yaml, what a metric may lose before it counts as a regression. */
import * as z from 'zod'

export const toleranceSchema = z.strictObject({
  tolerance: z.number().nonnegative().describe('Percent of the baseline or points, by kind'),
  kind: z.enum(['percent', 'points']),
  worse: z.enum(['lower', 'higher']).describe('Direction that is a regression'),
  short: z.array(z.string()).default([]),
})

export const tolerancesSchema = z.strictObject({
  schema: z.literal('tolerances/1'),
  umbrellaPercent: z.number().nonnegative(),
  headline: z.strictObject({ metric: z.string(), concurrency: z.int().positive() }),
  metrics: z.record(z.string(), toleranceSchema),
})
export type TolerancesFile = z.infer<typeof tolerancesSchema>
