/** `timeline --json`: what is on each physical device, how busy it was, and why it was idle. */
import * as z from 'zod'
import { coverageSchema } from '#formats/coverage.ts'
import { hostSummarySchema } from '#formats/host-summary.ts'
import { lossSchema, sourceSchema } from '#formats/source.ts'

const count = z.int().nonnegative()
const durationNs = z.number().nonnegative()
/** Relative to the origin; rows may start before it. */
const timeNs = z.number()
const ratio = z.number().min(0).max(1)

const activityTotalsSchema = z.object({ count, sumNs: durationNs.describe('Sum over streams: may exceed the wall.') })
const byteTotalsSchema = activityTotalsSchema.extend({
  bytes: z.exactOptional(z.number().nonnegative().describe('Of the rows that say; absent when none does.')),
  rowsWithoutBytes: z.exactOptional(count),
})

const activitiesSchema = {
  kernels: activityTotalsSchema,
  graphTraces: activityTotalsSchema.describe('Graph launches whose kernels are not resolved.'),
  memcpy: byteTotalsSchema,
  memset: byteTotalsSchema,
  busyNs: durationNs.describe('Union of kernels, graph rows, copies and memsets.'),
  firstStartNs: timeNs,
  lastEndNs: timeNs,
}

const neighbourSchema = z.object({
  kind: z.enum(['kernel', 'graph', 'memcpy', 'memset']),
  name: z.exactOptional(z.string()),
  stream: z.exactOptional(z.number()),
})

export const idleCategorySchema = z.enum([
  'launch-limited',
  'synchronisation',
  'sync-return',
  'host-wait',
  'host-busy',
  'queued',
  'inside-graph',
  'unknown',
])

const idleGapSchema = z.object({
  startNs: timeNs,
  endNs: timeNs,
  durationNs,
  before: z.exactOptional(neighbourSchema.describe('The activity that ended last before the gap.')),
  after: z.exactOptional(neighbourSchema),
  cause: z.exactOptional(idleCategorySchema.describe('The largest part of the gap.')),
})

const idleCausesSchema = z.object({
  causes: z.array(z.object({ cause: idleCategorySchema, totalNs: durationNs, ratio, gaps: count })).describe('Sums to idleNs.'),
  unknownRatio: ratio,
  claimable: z.boolean().describe('False above a tenth unknown, or where rows are missing: then no cause may be claimed.'),
  reason: z.exactOptional(z.string()),
  rangeTexts: z.array(z.object({ text: z.string(), totalNs: durationNs })).describe('Ranges in which the host was busy.'),
})

const memoryOperationSchema = z.object({
  operation: z.enum(['memcpy', 'memset']),
  direction: z.exactOptional(
    z
      .enum(['unknown', 'host-to-device', 'device-to-host', 'device-to-device', 'peer-to-peer', 'host-to-host', 'other'])
      .describe('Of copies.'),
  ),
  count,
  totalNs: durationNs,
  minNs: durationNs,
  medianNs: durationNs.describe('May end in .5.'),
  maxNs: durationNs,
  bytes: z.exactOptional(z.number().nonnegative().describe('Of the rows that say; absent when none does.')),
  rowsWithoutBytes: z.exactOptional(count),
  pageable: z.exactOptional(
    count.describe(
      'Of copies: through pageable host memory, which the calling thread waits for; absent where the kind of memory is not recorded.',
    ),
  ),
})
export type MemoryOperation = z.infer<typeof memoryOperationSchema>

/** Parts of the span; each instant is in exactly one. */
const overlapSchema = z.object({
  computeOnlyNs: durationNs,
  communicationExposedNs: durationNs,
  communicationHiddenNs: durationNs,
  copyExposedNs: durationNs,
  copyHiddenNs: durationNs,
  otherMixtureNs: durationNs.describe('Communication beside copies.'),
  graphOpaqueNs: durationNs.describe('What ran inside the graph is unknown: communication and copies there are not told apart.'),
  memsetOnlyNs: durationNs,
  idleNs: durationNs,
  communicationNs: durationNs.describe('Union of communication kernels.'),
  copyNs: durationNs.describe('Union of copies.'),
})

const placeSchema = z.object({
  name: z.string(),
  launches: count,
  inGraphs: count.describe('Of these, inside graphs.'),
  idleBeforeNs: durationNs.describe('Time in which the device was idle right before one of them.'),
})

export const deviceSummarySchema = z.object({
  device: z.int().describe('The ordinal in the file; equal ordinals are told apart by uuid or processes.'),
  uuid: z.exactOptional(z.string()),
  pciAddress: z.exactOptional(z.string()),
  name: z.exactOptional(z.string()),
  host: z.exactOptional(z.string()),
  ...activitiesSchema,
  spanNs: durationNs,
  idleNs: durationNs,
  busyRatio: ratio.describe('Of the span; see coverage for whether it may be claimed.'),
  processes: z.array(
    z.object({
      pid: z.exactOptional(z.int()),
      name: z.exactOptional(z.string()),
      rank: z.exactOptional(z.int()),
      ...activitiesSchema,
    }),
  ),
  overlap: overlapSchema,
  kernelPlaces: z.exactOptional(
    z
      .object({
        kernels: z.array(placeSchema).describe('The forty names with the most time.'),
        families: z.array(placeSchema).describe('All of them.'),
      })
      .describe('Where kernels stand in the time of the device; absent where launches were not joined to host calls.'),
  ),
  idleGaps: z.object({
    count,
    histogram: z
      .array(z.object({ fromNs: durationNs, toNs: durationNs, count, totalNs: durationNs }))
      .describe('Bins [from, to) that are not empty; edges at 1, 2 and 5 of every decade.'),
    largest: z.array(idleGapSchema),
    attribution: z.exactOptional(idleCausesSchema.describe('Where the capture holds host calls.')),
  }),
})
export type DeviceSummary = z.infer<typeof deviceSummarySchema>

export const timelineSummarySchema = z.object({
  schema: z.literal('timeline-summary/1'),
  sources: z.array(sourceSchema),
  kind: z.string().describe('Reader that read the file.'),
  originNs: z.string().describe('Decimal: the nanoseconds that time 0 stands for.'),
  epoch: z.enum(['utc', 'unknown']),
  resolutionNs: z.number().positive(),
  graphMode: z.enum(['graph', 'node', 'unknown']),
  rank: z.exactOptional(z.int()),
  worldSize: z.exactOptional(z.int()),
  devices: z.array(deviceSummarySchema),
  memoryOperations: z.array(memoryOperationSchema).describe('Copies by direction, and memsets, over all devices; by falling total time.'),
  unknownFamilyRatio: z.exactOptional(ratio.describe('Share of kernel time in kernels without a family: may hide communication.')),
  hostCalls: z.exactOptional(hostSummarySchema.describe('Absent where host calls were not recorded: that is not zero.')),
  coverage: coverageSchema,
  losses: z.array(lossSchema),
})
export type TimelineSummary = z.infer<typeof timelineSummarySchema>
