/** `--against`: what moved between two captures. "Before" is the file named by `--against`, "after" the one asked about. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()
const ns = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

export const partShiftSchema = z.strictObject({
  part: z.string(),
  beforeNs: ns,
  afterNs: ns,
  deltaNs: z.number(),
  ofCadenceRatio: z.number().describe('Delta over the cadence before.'),
})

export const budgetAgainstSchema = z.strictObject({
  sources: z.array(sourceSchema).describe('The captures compared with: "before".'),
  devices: z.array(
    z.strictObject({
      before: count.describe('Index in the devices of the budget before.'),
      after: count.describe('Index in devices.'),
      matchedBy: z.enum(['uuid', 'rank', 'order']),
      cadence: partShiftSchema,
      parts: z.array(partShiftSchema).describe('Means per step, by falling size of the change; they sum to the cadence’s.'),
      families: z.array(partShiftSchema).describe('Kernel time per step by family, by falling size of the change.'),
      classBefore: z.string(),
      classAfter: z.string(),
    }),
  ),
  unmatched: z.strictObject({ before: z.array(count), after: z.array(count) }),
  caveats: z.array(z.string()),
})
export type BudgetAgainst = z.infer<typeof budgetAgainstSchema>

export const kernelsAgainstSchema = z.strictObject({
  sources: z.array(sourceSchema).describe('The capture compared with: "before".'),
  families: z.array(
    z.strictObject({
      family: z.string(),
      beforeNs: ns,
      afterNs: ns,
      deltaNs: z.number(),
      beforeCount: count,
      afterCount: count,
      beforeRatio: ratio.describe('Of all kernel time before: comparable where windows differ in length.'),
      afterRatio: ratio,
    }),
  ),
})
export type KernelsAgainst = z.infer<typeof kernelsAgainstSchema>
