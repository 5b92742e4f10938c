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
  counted: z.exactOptional(
    z
      .object({
        launches: count,
        kernels: count,
        decidable: count.describe('Kernels whose counted bytes and operations can decide how near a roof they are.'),
        families: z.array(z.string()),
        undecidable: z.array(z.string()).describe('Why the others cannot be judged, each reason once.'),
      })
      .describe('Hardware counters of single launches.'),
  ),
  sampled: z.exactOptional(
    z
      .object({
        unit: z.enum(['samples', 'ns', 'unknown']),
        total: z.number().nonnegative(),
        weak: z.boolean().describe('Too few samples for a decimal.'),
        families: z.array(z.object({ family: z.string(), shareRatio: ratio })),
        unknownFamilyRatio: ratio,
      })
      .describe('Shares of samples, by falling share: no time, and no share of a step.'),
  ),
  client: z.exactOptional(z.object({ tool: z.string(), cells: count, findings: count }).describe('A result of a load generator.')),
  endpoint: z.exactOptional(
    z.object({ samples: count, engines: count, devices: count }).describe('A dump of a metrics endpoint: what it tells apart.'),
  ),
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

export const mixAnswerSchema = z.object({
  question: z.enum(['family-roofs', 'ranks', 'what-shifted', 'shares-and-times', 'step-and-client', 'utilisation', 'during-the-run']),
  asks: z.string(),
  answerable: z.enum(['yes', 'no', 'unknown']),
  reason: z.string(),
  files: z.array(z.string()).describe('`path` of the sources that it takes.'),
  do: z.exactOptional(z.string().describe('The command that answers it.')),
})
export type MixAnswer = z.infer<typeof mixAnswerSchema>

export const analysisSchema = z.object({
  schema: z.literal('analysis/1'),
  sources: z.array(sourceSchema),
  files: z.array(analyzedFileSchema),
  together: z
    .array(mixAnswerSchema)
    .describe('What the files answer together that none of them answers alone; empty where there is no such question.'),
  togetherRefused: z.exactOptional(z.string().describe('Why nothing is said of the mix, where it could have been asked.')),
  refused: z
    .array(z.object({ path: z.string(), error: errorSchema.shape.error }))
    .describe('Files that could not be read, each with its reason; the others are not hidden by them.'),
})
export type Analysis = z.infer<typeof analysisSchema>
