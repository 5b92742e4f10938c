/** A trial: a paired experiment of two arms. `plan.json` says it before it runs, each run leaves a record, `judge` says what they prove. */
import * as z from 'zod'
import { segmentSchema } from './evidence-manifest.ts'
import { effectIntervalSchema } from './ledger.ts'
import { nextLeverSchema, sourceSchema, standingSchema } from './source.ts'

const count = z.int().nonnegative()
const utc = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/)
export const armSchema = z.enum(['A', 'B'])
const facts = z.record(z.string(), z.string())

export const trialMetricSchema = z.enum([
  'tpot-median',
  'itl-median',
  'ttft-median',
  'e2el-median',
  'itl-p99',
  'output-throughput',
  'request-throughput',
])
export type TrialMetric = z.infer<typeof trialMetricSchema>

export const trialArmSchema = z.strictObject({
  label: z.string().min(1).describe('What this arm is; of A: the named baseline'),
  url: z.exactOptional(z.string()).describe('Endpoint that serves it; absent: results are recorded from files'),
  start: z.exactOptional(z.array(z.string()).min(1).describe('Program and arguments that start it; no shell')),
  stop: z.exactOptional(z.array(z.string()).min(1).describe('Program and arguments that stop it; absent: the started process is ended')),
  facts: facts.describe('What is said of it: node, gpuUuids, image, cudagraphMode, commit, delivery…'),
})
export type TrialArm = z.infer<typeof trialArmSchema>

export const trialPlanSchema = z.strictObject({
  schema: z.literal('trial-plan/1'),
  trial: segmentSchema,
  created_at_utc: utc,
  title: z.string(),
  hypothesis: z.exactOptional(z.string()),
  arms: z.strictObject({ A: trialArmSchema, B: trialArmSchema }),
  factors: z.array(z.string()).describe('Facts that are meant to differ between the arms'),
  metric: trialMetricSchema.describe('The one primary metric'),
  tier: z.enum(['latency', 'throughput']),
  concurrency: z.int().positive(),
  load: z.strictObject({
    requests: z.int().positive(),
    inputTokens: z.exactOptional(z.int().positive()),
    outputTokens: z.exactOptional(z.int().positive()),
  }),
  pairs: z.int().min(3).describe('Planned; more may be added while looks remain'),
  aaPairs: count.describe('Pairs of A against A that measure the noise floor first'),
  givenFloorRatio: z.exactOptional(z.number().positive().describe('Noise floor from history, 0.02 is 2 %')),
  smallestEffectRatio: z.exactOptional(
    z.number().positive().describe('Smallest effect worth having, 0.01 is 1 %: shown to be within it, or within the noise floor, is NULL'),
  ),
  looks: z.int().min(1).max(5).describe('How often the trial may be judged on more pairs'),
  prediction: z
    .exactOptional(
      z.strictObject({
        family: segmentSchema,
        run_id: segmentSchema,
        lever: z.string(),
        change: z.exactOptional(effectIntervalSchema),
        delivery: z.exactOptional(z.string()),
        commit: z.exactOptional(z.string()),
        overlay: z.exactOptional(z.array(z.string()).describe('Files of the engine that arm B replaces')),
      }),
    )
    .describe('The row of a ledger that this trial proves or refutes: its verdict flows back there'),
  seed: z.int().nonnegative(),
})
export type TrialPlan = z.infer<typeof trialPlanSchema>

export const trialRunSchema = z.strictObject({
  schema: z.literal('trial-run/1'),
  trial: segmentSchema,
  kind: z.enum(['aa', 'ab']),
  pair: z.int().positive().describe('From 1, within its kind'),
  arm: armSchema,
  position: z.enum(['first', 'second']).describe('In its pair'),
  started_at_utc: z.exactOptional(utc),
  salt: z.exactOptional(z.string().describe('Of its pair: the two runs send the same words, each behind a head of its own')),
  artifact: sourceSchema.describe('The benchmark result that the figures come from'),
  values: z.partialRecord(trialMetricSchema, z.strictObject({ value: z.number(), unit: z.string(), definition: z.string() })),
  requests: z.exactOptional(count),
  failed: z.exactOptional(count),
  outputTokensMean: z.exactOptional(z.number()),
  facts,
  invalid: z.array(z.string()).describe('Why the run proves nothing; empty: it counts'),
})
export type TrialRun = z.infer<typeof trialRunSchema>

const ratioInterval = z.strictObject({ low: z.number(), high: z.number() })

export const trialJudgementSchema = z.strictObject({
  schema: z.literal('trial-verdict/1'),
  sources: z.array(sourceSchema),
  trial: segmentSchema,
  verdict: z.enum(['PROVEN', 'REFUTED', 'NULL', 'INCONCLUSIVE', 'INVALID']),
  reason: z.string(),
  standing: standingSchema.describe('VERDICT only where nothing blocks it'),
  blocks: z.array(z.string()).describe('What keeps the outcome a DRAFT'),
  metric: trialMetricSchema,
  betterIs: z.enum(['lower', 'higher']),
  unit: z.exactOptional(z.string()),
  definition: z.exactOptional(z.string()),
  absolute: z
    .strictObject({ A: z.exactOptional(z.number()), B: z.exactOptional(z.number()) })
    .describe('Medians over the runs that count; both always'),
  pairs: z.strictObject({ planned: count, counted: count, excluded: count }),
  improvementRatio: z.exactOptional(z.number().describe('Of B over A, positive is better, as a ratio: 0.05 is 5 %')),
  interval: z.exactOptional(ratioInterval.describe('At the nominal level of this look')),
  robustRatio: z.exactOptional(z.number().describe('Hodges and Lehmann')),
  p: z.exactOptional(z.number()),
  test: z.exactOptional(z.string()),
  testNote: z.exactOptional(z.string()),
  deviationRatio: z.exactOptional(z.number().describe('Of the log ratio of a pair')),
  floor: z.exactOptional(z.strictObject({ ratio: z.number(), origin: z.enum(['measured', 'given']), pairs: z.exactOptional(count) })),
  marginRatio: z.exactOptional(
    z.number().describe('NULL is an effect within it: the larger of noise floor and smallest effect worth having'),
  ),
  look: z.strictObject({ number: count, planned: count, alpha: z.number(), remaining: count }),
  pairsNeeded: z.exactOptional(z.int().positive().describe('In all, after which the question is settled with 80 % chance')),
  driftLeverage: z.exactOptional(z.number().describe('What a drift of 1 per run adds to the estimate: 0 in whole blocks')),
  perPair: z.array(z.strictObject({ pair: count, order: z.string(), A: z.number(), B: z.number(), improvementRatio: z.number() })),
  excluded: z.array(z.strictObject({ kind: z.enum(['aa', 'ab']), pair: count, why: z.string() })),
  secondary: z.array(
    z.strictObject({
      metric: trialMetricSchema,
      A: z.number(),
      B: z.number(),
      improvementRatio: z.number(),
      p: z.number(),
      adjustedP: z.number().describe('Holm over the secondary metrics'),
    }),
  ),
  next: nextLeverSchema,
  ledgerNote: z.exactOptional(z.string().describe('Why the row of a ledger that the trial was planned for was not touched')),
})
export type TrialJudgement = z.infer<typeof trialJudgementSchema>

export const trialStateSchema = z.strictObject({
  schema: z.literal('trial-state/1'),
  sources: z.array(sourceSchema),
  trial: segmentSchema,
  folder: z.string().describe('Relative to the root of the experiments'),
  dryRun: z.boolean(),
  plan: trialPlanSchema,
  runs: z.array(z.strictObject({ kind: z.enum(['aa', 'ab']), pair: count, arm: armSchema, state: z.enum(['done', 'invalid', 'open']) })),
  recorded: z.array(z.string()).describe('Runs that this call recorded'),
})
export type TrialState = z.infer<typeof trialStateSchema>
