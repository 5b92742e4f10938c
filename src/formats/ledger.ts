/** Rows of the ledger (facts/formats.md section 6), with what they lack beside them. A row without artifact, rigor or standing is none. */
import * as z from 'zod'
import { engineSchema } from './deployment.ts'
import { evidenceTopicSchema } from './evidence-topic.ts'
import { krhpaSchema } from './krhpa.ts'
import { sourceSchema, standingSchema, tierSchema } from './source.ts'

const ratio = z.number().min(0).max(1)

export const leverTypeSchema = z.enum(['config', 'vllm-src', 'kernel']).describe('vllm-src: the field’s word for the source of any engine')
export type LeverType = z.infer<typeof leverTypeSchema>

export const ledgerStatuses = ['DRAFT', 'staged', 'PROVEN', 'REFUTED', 'NULL', 'INCONCLUSIVE', 'INVALID'] as const
export const ledgerStatusSchema = z.enum(ledgerStatuses).describe('NULL: tried, null. Rows stay for ever, with why')
export type LedgerStatus = z.infer<typeof ledgerStatusSchema>

/** A trial measured something: closed until a new deployment. INVALID and INCONCLUSIVE say nothing of the lever. */
export const settledStatuses: ReadonlySet<string> = new Set(['PROVEN', 'REFUTED', 'NULL'] satisfies LedgerStatus[])

export const effectMetrics = ['tpot', 'itl-p99', 'ttft', 'throughput', 'cost'] as const
export const effectMetricSchema = z.enum(effectMetrics)
export type EffectMetric = z.infer<typeof effectMetricSchema>

export const effectIntervalSchema = z
  .strictObject({ low: z.number(), median: z.number(), high: z.number() })
  .describe(
    'Relative change for the better: 0.1 is 10 % less time or cost, or 10 % more tokens. 5 %, 50 % and 95 % of the draws, and beyond them what two runs differ',
  )
export type EffectInterval = z.infer<typeof effectIntervalSchema>

export const effectSchema = z.strictObject({
  metric: effectMetricSchema,
  concurrency: z.exactOptional(z.number().positive().describe('Where it was measured; nothing is said of others')),
  baseline: z.exactOptional(z.number().positive().describe('In ns, tokens per second or USD per million tokens')),
  unit: z.enum(['ns', 'tokens/s', 'usd/Mtok']),
  change: effectIntervalSchema,
})
export type Effect = z.infer<typeof effectSchema>

export const sourceReferenceSchema = z.strictObject({
  repo: z.string(),
  branch: z.exactOptional(z.string()),
  commit: z.string().min(7),
  delivery: z.string(),
  url: z.url(),
  file: z.exactOptional(z.string()),
  symbol: z.exactOptional(z.string()),
})
export type CodeReference = z.infer<typeof sourceReferenceSchema>

export const changeSchema = z.strictObject({
  summary: z.string(),
  settings: z.exactOptional(
    z
      .array(z.strictObject({ knob: z.string(), to: z.union([z.string(), z.number(), z.boolean(), z.null()]) }))
      .describe('Of configs/engine-knobs.yaml; null removes the setting'),
  ),
  arguments: z.exactOptional(z.array(z.string()).describe('As a diff: lines that begin with - or +')),
  environment: z.exactOptional(z.array(z.string())),
  helm: z.exactOptional(z.string().describe('Values as YAML')),
  source: z.exactOptional(z.strictObject({ file: z.string(), symbol: z.string(), sketch: z.string() })),
  kernel: z.exactOptional(z.strictObject({ candidate: z.string(), baseline: z.string() })),
  sideEffects: z.array(z.string()),
})
export type LeverChange = z.infer<typeof changeSchema>

export const confidenceFactorsSchema = z.strictObject({
  rigor: ratio,
  preconditions: ratio,
  joins: ratio,
  contradictions: ratio,
  record: ratio.describe('Mean of the Beta posterior over the past trials of this lever'),
})

export const ledgerRowSchema = z.strictObject({
  rank: z.int().positive(),
  handle: z.string().regex(/^l-\d+$/),
  lever: z.string().describe('Id and name: L01 async-scheduling'),
  title: z.string(),
  type: leverTypeSchema,
  engine: engineSchema,
  class: z.string(),
  expected_effect: z.string().min(1),
  effects: z.array(effectSchema),
  bound: z.strictObject({
    by: z.enum(['replay', 'formula', 'ceiling']),
    ceilingRatio: ratio.describe('Largest part of the step, or of the metric, that the lever can win'),
    text: z.string(),
    assumptions: z.array(z.string()),
  }),
  evidence_artifacts: z.array(sourceSchema).min(1),
  citations: z.array(z.string()).min(1),
  because: z.array(z.string()).min(1),
  source_refs: z.array(sourceReferenceSchema),
  sol_rigor: tierSchema,
  confidence: standingSchema,
  confidence_score: ratio,
  factors: confidenceFactorsSchema,
  unsettled: z.exactOptional(
    z
      .array(z.strictObject({ topic: evidenceTopicSchema, why: z.enum(['disputed', 'one source']) }))
      .min(1)
      .describe(
        'Topics it rests on that sources disagree about, or that only one source speaks of: why the factor of contradictions is below 1',
      ),
  ),
  cost: z.strictObject({ hours: z.number().positive(), why: z.string() }),
  score: z.number().nonnegative().describe('Value × confidence ÷ cost'),
  change: changeSchema,
  preconditions: z.array(z.strictObject({ what: z.string(), state: z.enum(['met', 'unknown']), why: z.string() })),
  risks: z.array(z.string()),
  accuracyGate: z.boolean().describe('The change may alter what the model answers'),
  falsifier: z.string().min(1),
  krhpa: z.exactOptional(
    krhpaSchema.describe('Of kernel levers, as the deployment gives them: a win over a baseline of lower H or R stays DRAFT'),
  ),
  status: ledgerStatusSchema,
  outcome: z.exactOptional(
    z.strictObject({
      trial: z.string(),
      measured: z.exactOptional(z.number()),
      insidePrediction: z.exactOptional(z.boolean()),
      why: z.string(),
      artifact: sourceSchema,
    }),
  ),
})
export type LedgerRow = z.infer<typeof ledgerRowSchema>

export const trialRecordSchema = z.strictObject({
  trials: z.int().nonnegative().describe('That ended PROVEN, REFUTED or NULL'),
  held: z.int().nonnegative().describe('Of these, PROVEN with the measured change inside the predicted interval'),
})
export type TrialRecord = z.infer<typeof trialRecordSchema>

export const ledgerEventSchema = z.strictObject({
  at_utc: z.string(),
  lever: z.string(),
  from: ledgerStatusSchema,
  to: ledgerStatusSchema,
  why: z.string(),
})

/** `findings/ledger.json` of a bundle: every row that was ever proposed for it, with what became of it. Rows are never removed. */
export const ledgerSchema = z.strictObject({
  schema: z.literal('ledger/1'),
  sources: z.array(sourceSchema),
  family: z.string(),
  run_id: z.string(),
  rows: z.array(ledgerRowSchema),
  events: z.array(ledgerEventSchema),
})
export type Ledger = z.infer<typeof ledgerSchema>

export const calibrationSchema = z.strictObject({
  schema: z.literal('ledger-calibration/1'),
  sources: z.array(sourceSchema),
  ledgers: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  levers: z.array(
    z.strictObject({
      lever: z.string(),
      ...trialRecordSchema.shape,
      proven: z.int().nonnegative(),
      refuted: z.int().nonnegative(),
      tried_null: z.int().nonnegative(),
      nextRecordFactor: ratio.describe('(held + 1) / (trials + 2): the factor of its next row'),
      points: z.array(z.strictObject({ low: z.number(), median: z.number(), high: z.number(), measured: z.number(), inside: z.boolean() })),
    }),
  ),
  inside: z.exactOptional(ratio.describe('Share of measured changes inside their predicted 5 to 95 % interval; 0.9 were right')),
})
export type Calibration = z.infer<typeof calibrationSchema>
