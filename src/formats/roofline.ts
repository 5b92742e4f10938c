/** `roofline --json`: how far kernels are from what the chip can do, at the tier that the captures allow. */
import * as z from 'zod'
import { joinLevelSchema } from './join.ts'
import { lossSchema, nextLeverSchema, sourceSchema } from './source.ts'

const amount = z.number().nonnegative()
const ratio = z.number().nonnegative()
const share = z.number().min(0).max(1)

const distanceShape = {
  bound: z.exactOptional(z.enum(['compute', 'memory']).describe('Which roof counted work would hit first; absent = cannot be decided.')),
  roofRatio: z.exactOptional(
    ratio.describe('Least time at the roof ÷ duration: 1 = at the roof. Above 1 is a clock above that of the published peak.'),
  ),
  computeRatio: z.exactOptional(ratio),
  memoryRatio: z.exactOptional(ratio),
}

export const rooflinePointSchema = z.object({
  tier: z.literal('L4'),
  name: z.string(),
  family: z.string(),
  launches: z.int().nonnegative().describe('Of this kernel in the capture of counters.'),
  measuredNs: z.exactOptional(amount.describe('Of the launches measured, under replay: not a time of a free run.')),
  flops: z.exactOptional(amount),
  dramBytes: z.exactOptional(amount),
  l2Bytes: z.exactOptional(amount),
  intensityFlopsPerByte: z.exactOptional(amount.describe('FLOP ÷ DRAM bytes.')),
  l2IntensityFlopsPerByte: z.exactOptional(amount.describe('FLOP ÷ bytes between L2 and the multiprocessors; L2 has no published roof.')),
  achievedFlopsPerS: z.exactOptional(amount),
  achievedDramBytesPerS: z.exactOptional(amount),
  ridgeFlopsPerByte: z.exactOptional(amount),
  ...distanceShape,
  types: z.array(
    z.object({
      pipe: z.enum(['scalar', 'tensor']),
      type: z.string(),
      flops: amount,
      ceilingPath: z.exactOptional(z.string()),
      peakRatio: z.exactOptional(ratio.describe('FLOP/s of this type ÷ its peak; sparse operations are measured against the sparse peak.')),
    }),
  ),
  ceilings: z.array(z.string()).describe('Key paths that the verdict is of.'),
  lowerBound: z.exactOptional(z.literal(true).describe('Part of the work was not collected: at least this near.')),
  undecidable: z.exactOptional(z.string().describe('Why no verdict is possible.')),
})
export type RooflinePoint = z.infer<typeof rooflinePointSchema>

export const rooflineFamilySchema = z.object({
  tier: z.literal('L2+L4').describe('Times of a timeline, distance to the roof from counters of the same kernels in another run.'),
  family: z.string(),
  totalNs: amount,
  shareRatio: share.describe('Of the kernel time of the timeline.'),
  levels: z.array(joinLevelSchema).describe('How its covered kernels were recognised.'),
  coveredRatio: share.describe('Part of the family’s time whose kernels have counters that decide.'),
  ...distanceShape,
  leastNs: z.exactOptional(amount.describe('Time that the covered part needs at its roof.')),
})
export type RooflineFamily = z.infer<typeof rooflineFamilySchema>

export const rooflineShareSchema = z.object({
  tier: z.literal('L1'),
  family: z.string(),
  shareRatio: share,
  shareLowRatio: z.exactOptional(share),
  shareHighRatio: z.exactOptional(share),
  ceilingPath: z.exactOptional(z.string().describe('Ceiling that such a kernel usually meets: a convention, not a measurement.')),
})

export const rooflineSchema = z.object({
  schema: z.literal('roofline/1'),
  sources: z.array(sourceSchema),
  hardware: z.exactOptional(
    z.object({
      key: z.string(),
      name: z.string(),
      from: z.enum(['input', 'device-name']),
      assumes: z.exactOptional(z.string()),
      dividedBy: z.exactOptional(z.int().describe('Devices per entry of the table.')),
    }),
  ),
  hardwareUnknown: z.exactOptional(
    z.string().describe('Why no ceilings apply: then there is no verdict, and what was counted is still there.'),
  ),
  roofs: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(['memory', 'compute']),
      dtype: z.exactOptional(z.string()),
      perS: amount.describe('byte/s or FLOP/s.'),
    }),
  ),
  points: z.array(rooflinePointSchema).describe('Per kernel, from counters, by falling time.'),
  omittedPoints: z.exactOptional(z.int().nonnegative()),
  families: z.array(rooflineFamilySchema),
  join: z.exactOptional(
    z
      .object({
        coveredNs: amount.describe('Kernel time with a distance to the roof: the same kernel at the same grid and block was counted.'),
        byLevel: z
          .array(z.strictObject({ level: joinLevelSchema, timeNs: amount, kernels: z.int().nonnegative() }))
          .describe('How the covered kernels were recognised.'),
        unmatchedNs: amount.describe('Kernel time without counters.'),
        ambiguousNs: amount.describe('Kernel time whose name stands for several kernels with counters.'),
        variantNs: amount.describe('Kernel time of which only a variant has counters: another tile or type of the same kernel.'),
        otherShapeNs: amount.describe('Kernel time launched with a grid or block that was not counted.'),
        undecidedNs: amount.describe(
          'Kernel time whose counters do not decide: operations or bytes were not collected, or no ceiling applies.',
        ),
        hiddenNs: z.exactOptional(amount.describe('Work of opaque graphs beside it, whose kernels are not known.')),
        countersUnmatched: z.int().nonnegative().describe('Kernels with counters that the timeline does not name.'),
      })
      .describe('Timeline and counters by kernel identity, never by time: they are two runs.'),
  ),
  shares: z.array(rooflineShareSchema).describe('Proxy only: a share of samples says nothing of bytes or FLOPs.'),
  notes: z.array(z.string()),
  next: z.exactOptional(nextLeverSchema),
  svg: z.exactOptional(z.string().describe('The drawing, where it was asked for.')),
  losses: z.array(lossSchema),
})
export type Roofline = z.infer<typeof rooflineSchema>
