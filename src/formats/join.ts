/** `join --json`: how captures relate, what joins at which level, what is refused and why, and what would settle it. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()
const ns = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

export const joinLevelSchema = z
  .enum(['mangled', 'demangled', 'short-name-and-shape', 'normalized', 'short-name', 'family'])
  .describe('How kernels were recognised, from the surest to the weakest: `normalized` are variants of one kernel, not one kernel.')

const amountShape = {
  parts: count.describe('Kernels by name and, where it is known, by grid and block.'),
  rows: z.number().nonnegative().describe('What the source counts: launches, profiled results or samples.'),
  timeNs: z.exactOptional(ns.describe('Absent where the source knows no time of a free run.')),
}
const amountSchema = z.strictObject(amountShape)

export const joinSideSchema = z.strictObject({
  counts: z.enum(['launches', 'results', 'samples']),
  total: amountSchema,
  matched: amountSchema,
  ambiguous: amountSchema.describe('Several kernels of one side fit: which is which is not known.'),
  unmatched: amountSchema,
  byLevel: z.array(z.strictObject({ level: joinLevelSchema, ...amountShape })).describe('Of the matched.'),
  otherShape: amountSchema.describe('Of the matched: launched with a grid or block that the other side does not have of that kernel.'),
  carried: amountSchema.describe('Of the matched: surely one kernel, at a shape that the other side has too: what its counters hold for.'),
  hiddenNs: z.exactOptional(ns.describe('Work of opaque graphs, whose kernels are not named and cannot be joined.')),
})
export type JoinSide = z.infer<typeof joinSideSchema>

export const joinAnswerSchema = z.strictObject({
  question: z.enum(['kernels', 'devices', 'window', 'launches', 'ranks', 'per-step', 'roofs', 'shares']),
  asks: z.string(),
  state: z.enum(['joined', 'refused']),
  by: z.exactOptional(z.string().describe('What carried the join.')),
  reason: z.string(),
  settledBy: z.exactOptional(z.string().describe('The capture or option that would settle it; present when refused.')),
})
export type JoinAnswer = z.infer<typeof joinAnswerSchema>

const deviceSchema = z.strictObject({
  ordinal: z.exactOptional(z.int()),
  uuid: z.exactOptional(z.string()),
  instance: z.exactOptional(z.string().describe('MIG instance.')),
  pciAddress: z.exactOptional(z.string()),
  host: z.exactOptional(z.string()),
  name: z.exactOptional(z.string()),
  pids: z.array(z.int()),
})

export const joinedCaptureSchema = z.strictObject({
  source: sourceSchema,
  kind: z.string(),
  kernels: z.exactOptional(
    z.strictObject({
      counts: z.enum(['launches', 'results', 'samples']),
      ...amountShape,
      names: z.array(z.enum(['mangled', 'demangled', 'shape'])).describe('What it knows of some kernel, beside its bare name.'),
      hiddenNs: z.exactOptional(ns),
    }),
  ),
  devices: z.array(deviceSchema),
  processes: z.array(z.strictObject({ pid: z.int(), name: z.exactOptional(z.string()), rank: z.exactOptional(count) })),
  rank: z.exactOptional(count),
  worldSize: z.exactOptional(count),
  time: z.strictObject({
    epoch: z.enum(['utc', 'unknown']),
    originNs: z.string().describe('Decimal; nanoseconds since 1970 where the epoch is utc.'),
    resolutionNs: ns,
    errorNs: z.exactOptional(ns.describe('As the capture states it; absent = not stated.')),
    firstNs: z.exactOptional(z.number().describe('First device work, from the origin.')),
    lastNs: z.exactOptional(z.number()),
  }),
})

export type JoinedCapture = z.infer<typeof joinedCaptureSchema>

export const joinPairSchema = z.strictObject({
  left: z.string().describe('`path` of its source.'),
  right: z.string(),
  relation: z.strictObject({
    kind: z.enum(['one-recording', 'one-process', 'ranks-of-one-job', 'two-runs', 'little-in-common', 'unrelated', 'unknown']),
    why: z.string(),
  }),
  time: z.strictObject({
    state: z.enum(['overlapping', 'apart', 'unknown']),
    overlapNs: z.exactOptional(ns),
    gapNs: z.exactOptional(ns),
    shiftNs: z.exactOptional(z.number().describe('Origin of the right minus that of the left, corrected by what was measured.')),
    errorNs: z.exactOptional(ns),
    errorFrom: z.exactOptional(z.enum(['one-session', 'collectives', 'assumed', 'stated'])),
    reason: z.string(),
  }),
  devices: z.strictObject({
    matched: z.array(
      z.strictObject({
        left: count.describe('Index in the devices of the left capture.'),
        right: count,
        by: z.enum(['uuid', 'host-and-pci-address', 'host-and-ordinal', 'process-and-ordinal']),
      }),
    ),
    ambiguousLeft: z.array(count),
    ambiguousRight: z.array(count),
    unmatchedLeft: z.array(count),
    unmatchedRight: z.array(count),
    model: z.enum(['equal', 'different', 'unknown']),
    reasons: z.array(z.string()),
  }),
  kernels: z.exactOptional(z.strictObject({ left: joinSideSchema, right: joinSideSchema })),
  matches: z.exactOptional(
    z.array(
      z.strictObject({
        level: joinLevelSchema,
        state: z.enum(['matched', 'ambiguous']),
        left: z.array(z.string()).describe('Names, each once.'),
        right: z.array(z.string()),
        leftRows: z.number().nonnegative(),
        rightRows: z.number().nonnegative(),
        leftNs: z.exactOptional(ns),
        rightNs: z.exactOptional(ns),
      }),
    ),
  ),
  omittedMatches: z.exactOptional(count),
  launches: z.exactOptional(
    z.strictObject({
      left: z.strictObject({ matched: count, ambiguous: count, unmatched: count }),
      right: z.strictObject({ matched: count, ambiguous: count, unmatched: count }),
    }),
  ),
  perStep: z.exactOptional(
    z.array(z.strictObject({ family: z.string(), leftNs: ns, rightNs: ns })).describe('Mean kernel time per step by family.'),
  ),
  shares: z.exactOptional(
    z.array(z.strictObject({ family: z.string(), leftRatio: ratio, rightRatio: ratio })).describe('Of kernel time, or of GPU samples.'),
  ),
  context: z
    .strictObject({ state: z.enum(['equal', 'different', 'unknown']), differences: z.array(z.string()), missing: z.array(z.string()) })
    .describe('What both captures say of model, device, ranks and batch: figures of two runs compare only where it is equal.'),
  answers: z.array(joinAnswerSchema),
})
export type JoinPair = z.infer<typeof joinPairSchema>

export const joinSchema = z.object({
  schema: z.literal('join/1'),
  sources: z.array(sourceSchema),
  captures: z.array(joinedCaptureSchema),
  pairs: z.array(joinPairSchema).describe('Every two of them, in the order given.'),
})
export type JoinReport = z.infer<typeof joinSchema>
