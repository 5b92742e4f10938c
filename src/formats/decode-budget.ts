/** What a decode step's time goes to: per device, over ranks, reconciled with the driver where it was asked. */
import * as z from 'zod'
import { liveWindowSchema } from './live-window.ts'
import { budgetAgainstSchema } from './shift.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const count = z.int().nonnegative()
const ns = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

export const decodeClasses = ['kernel-bound', 'host-bound', 'comm-bound', 'copy-bound', 'mixed'] as const
export const decodeClassSchema = z.enum(decodeClasses)
export type DecodeClass = z.infer<typeof decodeClassSchema>

const spread = { medianNs: ns, p25Ns: ns, p75Ns: ns, p99Ns: ns, meanNs: ns }
export const spreadSchema = z
  .strictObject(spread)
  .describe('Over the decode steps that count; percentiles by linear interpolation between closest ranks. Medians may end in .5.')
export type Spread = z.infer<typeof spreadSchema>

export const partsSchema = z
  .strictObject({
    computeNs: spreadSchema.describe('Any kernel but a collective is active.'),
    opaqueGraphNs: spreadSchema.describe('Only graphs whose kernels were not recorded are active.'),
    communicationExposedNs: spreadSchema.describe('A collective is active, and no compute and no opaque graph.'),
    copyExposedNs: spreadSchema.describe('Only copies or memsets are active.'),
    hostGapWithinNs: spreadSchema.describe('Idle before the last activity of the step has ended.'),
    hostGapBetweenNs: spreadSchema.describe('Idle from the last activity of the step to the first of the next.'),
  })
  .describe('For each step the parts sum to its cadence; medians of parts need not, means do.')
export type PartSpreads = z.infer<typeof partsSchema>

export const causes = ['kernel', 'host', 'communication', 'copy'] as const
export const sharesSchema = z
  .strictObject({ kernel: ratio, host: ratio, communication: ratio, copy: ratio })
  .describe('Mean part over mean cadence: kernel is compute and opaque graphs, host both gaps, the others exposed time. Sum to 1.')
export type Shares = z.infer<typeof sharesSchema>

export const unknownCodes = [
  'no-device-rows',
  'rows-dropped',
  'under-recorded',
  'no-steps',
  'too-few-steps',
  'irregular-steps',
  'unlike-steps',
  'signals-disagree',
  'shared-device',
  'busy-share-distorted',
  'recording-unproven',
  'file-ends-early',
  'communication-in-graphs',
  'communication-unproven',
  'ranks-not-matched',
  'tokens-per-step-assumed',
  'live-window-refused',
] as const
export const unknownSchema = z.strictObject({
  code: z.enum(unknownCodes),
  device: z.exactOptional(count.describe('Index in devices; absent: the whole answer.')),
  reason: z.string().min(1),
  settledBy: z.string().min(1).describe('What would settle it.'),
})
export type BudgetUnknown = z.infer<typeof unknownSchema>

export const dropReasons = ['truncated-end', 'truncated-start', 'warm-up', 'profiler-start-skew', 'pause'] as const
export const stepPhases = ['prefill', 'decode', 'mixed', 'capture', 'unknown'] as const

const batchSchema = z
  .strictObject({ realMedian: z.exactOptional(z.number()), paddedMedian: z.exactOptional(z.number()) })
  .describe('Sequences in a step, where annotations say: real ones, and the size of the captured graph that ran them.')

export const stepsSchema = z.strictObject({
  count: count.describe('Complete steps of every phase, transients included.'),
  cadences: count.describe(
    'Decode steps in the statistics: complete, steady and directly followed by another step. n steps have n - 1 cadences.',
  ),
  measuredPhase: z.enum(stepPhases).describe('decode; unknown where a motif repeats that cannot be called decode.'),
  source: z.enum(['annotations', 'periodicity']),
  assignedBy: z.exactOptional(z.enum(['launch-correlation', 'device-annotation', 'host-time'])),
  anchor: z.exactOptional(
    z.strictObject({
      kind: z.enum(['token', 'replay', 'gap']),
      name: z.string(),
      agreementRatio: ratio,
      regularityRatio: ratio,
      coverageRatio: ratio,
    }),
  ),
  purityRatio: ratio.describe('Share of segments that have a like.'),
  phases: z.array(
    z.strictObject({
      phase: z.enum(stepPhases),
      inferred: z.boolean(),
      count,
      medianCadenceNs: z.exactOptional(ns),
      batch: z.exactOptional(batchSchema),
    }),
  ),
  batch: z.exactOptional(batchSchema),
  dropped: z.array(
    z.strictObject({ index: count, phase: z.enum(stepPhases), reason: z.enum(dropReasons), startNs: z.number(), durationNs: ns }),
  ),
  notes: z.array(z.string()),
})

export const communicationSchema = z.strictObject({
  unionNs: spreadSchema.describe('Union of collectives, whatever ran beside them.'),
  ofBusyRatio: ratio.describe('Union over busy time.'),
  exposedRatio: ratio.describe('Exposed time over cadence.'),
  resolved: z.enum(['yes', 'partly', 'no']).describe('no: all work is in opaque graphs, so collectives inside them cannot be seen.'),
  disagreement: z.exactOptional(z.string().describe('Where the share of busy time and the exposed time point to different classes.')),
})

export const verdictSchema = z.strictObject({
  class: decodeClassSchema.describe('By the largest share; mixed when it leads the second by less than 0.10.'),
  largest: z.enum(causes),
  second: z.enum(causes),
  marginRatio: ratio,
  atMostRatio: ratio.describe('Share of the step that the named lever can at most win.'),
  speedupCeiling: z.number().min(1).describe('1 / (1 - atMostRatio).'),
  isSuspect: z.boolean().describe('The cadence does not reconcile with the driver: the capture is wrong before the deployment is.'),
})

export const reconciliationSchema = z.strictObject({
  driverTpotNs: ns,
  tokensPerStep: z.number().positive(),
  tokensPerStepFrom: z.enum(['option', 'annotations', 'assumed']),
  cadencePerTokenNs: ns.describe('Median cadence over tokens per step and sequence.'),
  ratio: z.number().positive().describe('Cadence per token over the driver TPOT.'),
  toleranceRatio: ratio,
  reconciled: z.boolean(),
})

export const budgetDeviceSchema = z.strictObject({
  capture: count.describe('Index in captures.'),
  device: z.int().describe('Ordinal in the file.'),
  uuid: z.exactOptional(z.string()),
  name: z.exactOptional(z.string()),
  rank: z.exactOptional(count),
  processes: z.array(z.int()).describe('Process ids; -1 unknown.'),
  state: z.enum(['measured', 'unknown']),
  window: z.exactOptional(
    z
      .strictObject({ fromNs: z.number(), toNs: z.number(), wholeSpanNs: ns })
      .describe('First to last decode step that counts; the denominator is the steps, never the whole span.'),
  ),
  steps: z.exactOptional(stepsSchema),
  cadenceNs: z.exactOptional(spreadSchema),
  parts: z.exactOptional(partsSchema),
  hostGapNs: z.exactOptional(spreadSchema.describe('Both gaps of a step. The signal to trust in framework-profiler traces.')),
  busyNs: z.exactOptional(spreadSchema),
  busyRatio: z.exactOptional(ratio.describe('Mean busy time over mean cadence. Absent where the profiler distorts it.')),
  distortedBusyRatio: z.exactOptional(ratio.describe('What a framework-profiler trace reads: not the deployment.')),
  shares: z.exactOptional(sharesSchema),
  families: z.exactOptional(
    z
      .array(z.strictObject({ family: z.string(), ...spread, ofKernelsRatio: ratio }))
      .describe('Kernel time per step summed over streams, by descending mean.'),
  ),
  communication: z.exactOptional(communicationSchema),
  verdict: z.exactOptional(verdictSchema),
  reconciliation: z.exactOptional(reconciliationSchema),
  next: nextLeverSchema,
})
export type BudgetDevice = z.infer<typeof budgetDeviceSchema>

export const ranksSchema = z.strictObject({
  members: z.array(
    z.strictObject({
      device: count.describe('Index in devices.'),
      rank: z.exactOptional(count),
      lateRatio: ratio.describe('Share of collectives at which this member arrived last (its own call is the shortest).'),
      waitedNs: ns.describe('Time in collectives beyond the shortest member, summed.'),
    }),
  ),
  matchedBy: z.enum(['sequence-number', 'order']),
  collectives: count,
  floorNs: ns.describe('Sum over collectives of the shortest member: what communication costs when all arrive together.'),
  skewNs: ns.describe('Sum over collectives of longest minus shortest member: waiting for late ranks, not communication.'),
  medianFloorNs: ns,
  medianSkewNs: ns,
  excludedAsStartSkew: count.describe('First collectives of the capture, more than 20 medians long: they waited for a profiler.'),
  excludedAsStalls: z.exactOptional(count.describe('As long, later, and too few to be how the job runs: pauses.')),
  straggler: z.exactOptional(
    z.strictObject({
      device: count,
      rank: z.exactOptional(count),
      lateRatio: ratio.describe('Share of collectives at which it arrived last.'),
      ofWaitRatio: ratio.describe('Share of all waiting that was for it: a host that paces every step is late at few collectives.'),
    }),
  ),
})
export type RankAccount = z.infer<typeof ranksSchema>

export const decodeBudgetSchema = z.strictObject({
  schema: z.literal('decode-budget/1'),
  sources: z.array(sourceSchema),
  captures: z.array(
    z.strictObject({
      kind: z.string(),
      tool: z.string(),
      rank: z.exactOptional(count),
      overhead: z.enum(['low', 'distorting']).describe('distorting: a framework profiler, whose busy share is not the deployment.'),
    }),
  ),
  devices: z.array(budgetDeviceSchema),
  overall: z.strictObject({
    class: z.enum([...decodeClasses, 'unknown']),
    shares: z.exactOptional(sharesSchema),
    marginRatio: z.exactOptional(ratio),
    measuredDevices: count,
    unknownDevices: count,
    cadenceSpreadRatio: z.exactOptional(z.number().nonnegative().describe('Largest minus smallest median cadence over the smallest.')),
    reconciledDevices: z.exactOptional(count),
  }),
  ranks: z.exactOptional(ranksSchema),
  against: z.exactOptional(budgetAgainstSchema),
  live: z.exactOptional(liveWindowSchema.describe('Only with --live.')),
  unknowns: z.array(unknownSchema),
  next: nextLeverSchema,
})
export type DecodeBudget = z.infer<typeof decodeBudgetSchema>
