/** `analyze --json`: each file on its own, what it says, what it cannot say, and the next question worth asking. */
import * as z from 'zod'
import { errorSchema } from './error.ts'
import { answerSchema, gateResultSchema } from './gates.ts'
import { lossSchema, nextLeverSchema, sourceSchema } from './source.ts'

const count = z.int().nonnegative()
const durationNs = z.number().nonnegative()
const ratio = z.number().min(0).max(1)

export const analyzedDeviceSchema = z.object({
  device: z.int().describe('Ordinal in the file.'),
  uuid: z.exactOptional(z.string()),
  name: z.exactOptional(z.string()),
  spanNs: durationNs,
  busyNs: durationNs,
  idleNs: durationNs,
  kernels: count,
  communicationExposedNs: durationNs,
  copyExposedNs: durationNs,
  mainIdleCause: z.exactOptional(z.string().describe('Absent where the causes may not be claimed.')),
})

export const analyzedBudgetSchema = z.object({
  class: z.string().describe('kernel-bound, host-bound, comm-bound, copy-bound, mixed or unknown.'),
  measuredPhase: z.exactOptional(
    z.string().describe('Phase of the measured steps: decode, or unknown where what repeats cannot be called decode.'),
  ),
  medianStepNs: z.exactOptional(durationNs.describe('Median cadence of the first measured device.')),
  reason: z.exactOptional(z.string().describe('Why it is unknown.')),
})

export const analyzedFileSchema = z.object({
  source: sourceSchema,
  kind: z.string(),
  title: z.string().describe('What the reader recognised.'),
  devices: z.array(analyzedDeviceSchema),
  kernelTime: z.exactOptional(
    z.object({
      count,
      totalNs: durationNs,
      families: z.array(z.object({ family: z.string(), totalNs: durationNs, shareRatio: ratio })),
      unknownFamilyRatio: ratio,
    }),
  ),
  budget: z.exactOptional(analyzedBudgetSchema),
  gates: z.object({
    verdict: z.enum(['pass', 'fail', 'cannot-tell']),
    passed: count,
    failed: z.array(gateResultSchema),
    cannotTell: z.array(z.string()).describe('Ids.'),
  }),
  busyClaimable: z.enum(['yes', 'no', 'unknown']),
  idleClaimable: z.enum(['yes', 'no', 'unknown']),
  questions: z.array(answerSchema).describe('What the file can and cannot answer.'),
  losses: z.array(lossSchema),
  next: z.object({
    question: z.string(),
    reason: z.string(),
    do: z.string().describe('A command, or the capture to take.'),
  }),
  lever: z.exactOptional(nextLeverSchema.describe('Where a decode budget could be claimed.')),
})
export type AnalyzedFile = z.infer<typeof analyzedFileSchema>

export const analysisSchema = z.object({
  schema: z.literal('analysis/1'),
  sources: z.array(sourceSchema),
  files: z.array(analyzedFileSchema),
  refused: z
    .array(z.object({ path: z.string(), error: errorSchema.shape.error }))
    .describe('Files that could not be read, each with its reason; the others are not hidden by them.'),
})
export type Analysis = z.infer<typeof analysisSchema>
