/** `ceilings --json`: the peaks of one hardware or the list of all, each with its source, and what does not follow from SM count and clock. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const perSecond = z.number().nonnegative()

export const ceilingRowSchema = z.object({
  path: z.string().describe('Key path to cite: hardware.metric.'),
  metric: z.string(),
  value: z.union([z.number(), z.boolean(), z.string()]),
  units: z.exactOptional(z.string()),
  baseValue: z.exactOptional(z.number().describe('The value in FLOP/s, byte/s, byte or Hz.')),
  quantity: z.enum(['compute', 'memory-bandwidth', 'memory-capacity', 'link-bandwidth', 'pcie-bandwidth', 'nic-bandwidth', 'other']),
  dtype: z.exactOptional(z.string()),
  sparsity: z.exactOptional(z.enum(['dense', 'sparse'])),
  direction: z.exactOptional(z.enum(['one', 'both']).describe('both: the sum of the two directions.')),
  sources: z.array(z.string()),
  confidence: z.exactOptional(z.string()),
  notes: z.exactOptional(z.string()),
  dcgm: z.exactOptional(
    z.union([
      z.object({
        metrics: z.array(z.string()),
        unit: z.exactOptional(z.string()),
        combine: z.exactOptional(z.enum(['sum', 'max'])),
        fallbackMetric: z.exactOptional(z.string()),
      }),
      z.object({ metrics: z.array(z.string()).length(0), reason: z.string() }),
    ]),
  ),
  corrections: z.exactOptional(
    z
      .array(z.object({ fieldValue: z.exactOptional(z.union([z.number(), z.boolean()])), reason: z.string() }))
      .describe('Where a published file of the same shape says otherwise, and why this value is used.'),
  ),
})
export type CeilingRow = z.infer<typeof ceilingRowSchema>

export const ceilingHardwareRowSchema = z.object({
  key: z.string(),
  name: z.string(),
  arch: z.exactOptional(z.string()),
  confidence: z.exactOptional(z.string()),
  bf16DenseFlopPerS: z.exactOptional(perSecond),
  fp8DenseFlopPerS: z.exactOptional(perSecond),
  fp4DenseFlopPerS: z.exactOptional(perSecond),
  memoryBytesPerS: z.exactOptional(perSecond),
  linkBytesPerSPerDirection: z.exactOptional(perSecond),
  fieldKeys: z.exactOptional(z.array(z.string()).describe('Keys of other files that mean it.')),
})
export type CeilingHardwareRow = z.infer<typeof ceilingHardwareRowSchema>

export const ceilingsSchema = z.object({
  schema: z.literal('ceilings/1'),
  sources: z.array(sourceSchema),
  asOf: z.exactOptional(z.string()),
  hardware: z.array(ceilingHardwareRowSchema),
  asked: z.exactOptional(
    z.object({
      key: z.string(),
      matchedBy: z.enum(['key', 'field-key', 'device-name']),
      assumes: z.exactOptional(z.string().describe('What the name left open.')),
      name: z.string(),
      computeCapability: z.exactOptional(z.string()),
      devicesPerEntry: z.exactOptional(z.int().describe('Devices that software sees per entry, where more than one: divide by it.')),
      notes: z.exactOptional(z.string()),
      disagreements: z.array(z.string()).describe('What documents disagree on, and which value is used.'),
      ceilings: z.array(ceilingRowSchema),
    }),
  ),
  check: z
    .object({
      compared: z.int().nonnegative(),
      agreeing: z.int().nonnegative(),
      toleranceRatio: z.number(),
      disagreeing: z.array(z.object({ path: z.string(), publishedPerS: perSecond, derivedPerS: perSecond, ratio: z.number() })),
      notDerivable: z.array(z.string()),
    })
    .describe('Dense peaks against SM count x FLOP per SM and clock x clock, of the hardware listed.'),
  categoryCeilings: z
    .array(z.object({ category: z.string(), metric: z.string(), bound: z.enum(['bandwidth', 'compute']) }))
    .describe('Which ceiling the field reads a kernel category against: a convention, not a measurement.'),
})
export type CeilingsReport = z.infer<typeof ceilingsSchema>
