/** `kernels --json`: statistics per kernel, short name, normalised name or family. */
import * as z from 'zod'
import { coverageSchema } from '#formats/coverage.ts'
import { sampleSharesSchema, shareIntervalShape } from '#formats/sample-shares.ts'
import { kernelsAgainstSchema } from '#formats/shift.ts'
import { lossSchema, nextLeverSchema, sourceSchema } from '#formats/source.ts'

const count = z.int().nonnegative()
const durationNs = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

export const kernelGroupingSchema = z.enum(['name', 'short-name', 'normalized-name', 'family'])

export const kernelRowSchema = z.object({
  name: z.string().describe('What the rows share; the heaviest name of the group where that is not the name.'),
  shortName: z.string(),
  family: z.string().describe('`unknown` where no rule, or more than one, matches.'),
  role: z.exactOptional(z.string()),
  ambiguousRules: z.exactOptional(z.array(z.string()).describe('Rules that claim the name and that nothing settles.')),
  group: z.exactOptional(z.string().describe('The key of the group, when not grouped by name.')),
  names: z.exactOptional(count.describe('Distinct names in the group, when more than one.')),
  count: z.exactOptional(count.describe('Absent where the source counts samples, not kernels.')),
  totalNs: z.exactOptional(durationNs.describe('Absent where the source knows shares only.')),
  samples: z.exactOptional(z.number().nonnegative()),
  minNs: z.exactOptional(durationNs),
  medianNs: z.exactOptional(durationNs.describe('May end in .5.')),
  maxNs: z.exactOptional(durationNs),
  standardDeviationNs: z.exactOptional(durationNs.describe('Sample deviation, n - 1.')),
  shareRatio: ratio.describe('Of the kernel time listed, which is a sum over streams; of GPU samples where there are no times.'),
  ...shareIntervalShape,
})
export type KernelRow = z.infer<typeof kernelRowSchema>

export const rangeRowSchema = z.object({
  text: z.string(),
  ranges: count,
  kernels: count.describe('Launched in such a range or in one inside it.'),
  totalNs: durationNs,
  ownKernels: count.describe('Whose innermost range has this text.'),
  ownNs: durationNs,
})

export const kernelSummarySchema = z.object({
  schema: z.literal('kernel-summary/1'),
  sources: z.array(sourceSchema),
  by: kernelGroupingSchema,
  device: z.exactOptional(z.int()),
  source: z
    .enum(['timeline', 'statistics', 'samples'])
    .describe('statistics: the rows of a vendor summary, without a timeline; samples: shares of samples, without times.'),
  count: z.exactOptional(count.describe('Kernels; absent where the source counts samples.')),
  totalNs: z.exactOptional(durationNs),
  kernels: z.array(kernelRowSchema),
  omittedKernels: z.exactOptional(count.describe('Rows left out because of --limit.')),
  families: z.array(
    z.object({
      family: z.string(),
      role: z.exactOptional(z.string()),
      count: z.exactOptional(count),
      totalNs: z.exactOptional(durationNs),
      samples: z.exactOptional(z.number().nonnegative()),
      shareRatio: ratio,
      ceilings: z.exactOptional(
        z
          .object({ paths: z.array(z.string()), reason: z.string() })
          .describe('Key paths of what such kernels can meet on this device; with two, only counters tell which.'),
      ),
      ...shareIntervalShape,
    }),
  ),
  unknownFamilyRatio: ratio,
  byRange: z.exactOptional(
    z.object({
      rows: z.array(rangeRowSchema),
      outside: z.object({ kernels: count, totalNs: durationNs }).describe('Launched in no range.'),
      unmatched: z.object({ kernels: count, totalNs: durationNs }).describe('Launch call not in the capture.'),
      crossThreadRanges: count,
      cutRanges: count,
    }),
  ),
  coverage: z.exactOptional(coverageSchema.describe('Whether the kernels listed are those that ran.')),
  against: z.exactOptional(kernelsAgainstSchema),
  samples: z.exactOptional(sampleSharesSchema),
  deviceNames: z.exactOptional(z.array(z.string()).describe('Distinct names that the capture gives its devices.')),
  ceilingKey: z.exactOptional(z.string().describe('Key of the device’s ceilings (`sextant ceilings KEY`), where its name is known.')),
  next: z.exactOptional(nextLeverSchema.describe('What to capture where times or shares alone cannot judge.')),
  losses: z.array(lossSchema),
})
export type KernelSummary = z.infer<typeof kernelSummarySchema>
