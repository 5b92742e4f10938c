/** `synthesis/1`: one reconciled picture of a bundle and one ranked ledger of levers. Beside it stands the same as a page to read. */
import * as z from 'zod'
import { deploymentSchema } from './deployment.ts'
import { evidenceTopicSchema } from './evidence-topic.ts'
import { ledgerRowSchema, trialRecordSchema } from './ledger.ts'
import { citationSchema, nextLeverSchema, sourceSchema, tierSchema } from './source.ts'

const count = z.int().nonnegative()

export const sourceKinds = ['nsys', 'ncu', 'zymtrace', 'dcgm', 'kineto', 'bench', 'engine-metrics'] as const
export const sourceKindSchema = z.enum(sourceKinds)
export type SourceKind = z.infer<typeof sourceKindSchema>
/** At least two of these must be valid (methodology, rule 3). */
export const requiredKinds: readonly SourceKind[] = ['nsys', 'ncu', 'zymtrace', 'dcgm']

export const bottleneckClasses = [
  'host',
  'communication',
  'straggler',
  'attention',
  'gemm',
  'moe',
  'prefill',
  'kv-capacity',
  'cache-routing',
  'speculation',
  'copy',
  'clock',
] as const
export const bottleneckSchema = z.enum(bottleneckClasses)
export type BottleneckClass = z.infer<typeof bottleneckSchema>

export const inventorySchema = z.strictObject({
  source: sourceSchema,
  kind: z.union([sourceKindSchema, z.literal('other')]),
  state: z.enum(['valid', 'refused', 'unusable']).describe('refused: its capture gates fail; unusable: cannot be read or says nothing'),
  tier: z.exactOptional(tierSchema),
  reasons: z.array(z.string()).describe('Of a refusal, or what limits the source'),
  fix: z.exactOptional(z.string()),
})
export type InventoryItem = z.infer<typeof inventorySchema>

const cellSchema = z.strictObject({ value: z.number(), citation: z.string() })

export const reconciliationRowSchema = z.strictObject({
  level: z.enum(['family', 'kernel', 'phase']),
  name: z.string(),
  sampledShare: z.exactOptional(cellSchema.describe('zymtrace, L1')),
  timeNsPerStep: z.exactOptional(cellSchema.describe('nsys, L2')),
  timeShare: z.exactOptional(cellSchema),
  hostGapBeforeNs: z.exactOptional(
    cellSchema.describe('Of a phase: host gap between its steps. Else device time idle right before it, per step'),
  ),
  inGraphRatio: z.exactOptional(cellSchema.describe('Part of its launches inside graphs')),
  roofRatio: z.exactOptional(cellSchema.describe('ncu, L4: time at the roof over time')),
  tensorRatio: z.exactOptional(cellSchema),
  occupancyRatio: z.exactOptional(cellSchema),
  topStall: z.exactOptional(z.string()),
  coveredRatio: z.exactOptional(z.number()),
  bytesPerStep: z.exactOptional(cellSchema.describe('ncu bytes per launch times launches per step')),
})
export type ReconciliationRow = z.infer<typeof reconciliationRowSchema>

export const conservationSchema = z.strictObject({
  law: z.string().describe('What must add up'),
  whole: z.number(),
  parts: z.number(),
  residual: z.number(),
  toleranceRatio: z.number().nonnegative(),
  state: z.enum(['holds', 'broken', 'cannot-tell']),
  why: z.exactOptional(z.string()),
})
export type ConservationRow = z.infer<typeof conservationSchema>

const comparison = {
  id: z.string().describe('Stable kebab-case kind'),
  topic: z.array(evidenceTopicSchema).min(1),
  says: z.array(z.strictObject({ source: z.string(), what: z.string(), value: z.number(), unit: z.string(), citation: z.string() })).min(2),
  difference: z.number(),
  tolerance: z.number().nonnegative(),
  toleranceFrom: z.string(),
}
export const agreementSchema = z.strictObject(comparison).describe('Two sources that could have contradicted each other and do not')
export type Agreement = z.infer<typeof agreementSchema>

export const contradictionSchema = z.strictObject({
  ...comparison,
  likelyCauses: z.array(z.string()).min(1),
  settledBy: z.string().describe('The cheapest capture that would tell the causes apart'),
})
export type Contradiction = z.infer<typeof contradictionSchema>

export const bottleneckRowSchema = z.strictObject({
  class: bottleneckSchema,
  share: z.number().min(0).max(1).describe('Of the step, or of what the focus metric counts, that belongs to it'),
  why: z.string(),
  citations: z.array(z.string()).min(1),
})
export type BottleneckRow = z.infer<typeof bottleneckRowSchema>

export const focuses = ['latency', 'throughput', 'mixed', 'cost'] as const
export const focusSchema = z.enum(focuses)
export type Focus = z.infer<typeof focusSchema>

export const priorArtSchema = z.strictObject({
  lever: z.string(),
  settings: z.array(z.strictObject({ knob: z.string(), to: z.union([z.string(), z.number(), z.boolean(), z.null()]) })),
  status: z.enum(['REFUTED', 'NULL']),
  family: z.string(),
  run_id: z.string(),
  trial: z.string(),
  why: z.string(),
  ledger: sourceSchema.describe('Where the row stands, below the root of the experiments'),
  isSame: z.boolean().describe('Engine, version, model, GPUs, load and all arguments are known and equal: then it is not proposed again'),
})
export type PriorArt = z.infer<typeof priorArtSchema>

export const synthesisSchema = z.strictObject({
  schema: z.literal('synthesis/1'),
  sources: z.array(sourceSchema),
  bundle: z.strictObject({ family: z.string(), run_id: z.string() }),
  focus: focusSchema,
  sol_rigor: z.enum(['L1', 'L2', 'L3', 'L4', 'none']),
  state: z.enum(['synthesized', 'refused']),
  refusal: z.exactOptional(
    z.strictObject({
      reason: z.string(),
      capture: z.array(z.strictObject({ kind: sourceKindSchema, why: z.string(), command: z.string() })),
    }),
  ),
  inventory: z.array(inventorySchema),
  deployment: z.exactOptional(deploymentSchema),
  deploymentDisagreements: z.array(
    z.strictObject({ field: z.string(), says: z.array(z.strictObject({ source: z.string(), value: z.string() })).min(2) }),
  ),
  missingContext: z.array(z.string()).describe('Of the full context descriptor: each blocks a VERDICT'),
  bottlenecks: z.array(bottleneckRowSchema).describe('Largest first; empty: no class can be carried by the evidence'),
  reconciliation: z.array(reconciliationRowSchema),
  conservation: z.array(conservationSchema),
  contradictions: z.array(contradictionSchema).describe('What rests on their topics loses confidence'),
  agreements: z.array(agreementSchema),
  ledger: z.array(ledgerRowSchema),
  groups: z.array(
    z.strictObject({
      part: z.string(),
      rows: z.array(z.string()).min(2),
      together: z.exactOptional(z.strictObject({ low: z.number(), median: z.number(), high: z.number() })),
      note: z.string(),
    }),
  ),
  notProposed: z
    .array(z.strictObject({ lever: z.string(), title: z.string(), reason: z.string() }))
    .describe(
      'Levers whose class fits and that are not proposed, with why: already on, not in this version, below what a trial can detect',
    ),
  record: z
    .record(z.string(), trialRecordSchema)
    .describe('Past trials of each lever below the same root when this was computed: what its confidence stands on'),
  priorArt: z
    .exactOptional(z.array(priorArtSchema))
    .describe('Rows of other bundles below the same root that ended REFUTED or NULL on this engine, when this was computed; absent: none'),
  unknowns: z.array(z.strictObject({ what: z.string(), settledBy: z.string() })),
  citations: z.record(z.string(), citationSchema),
  written: z.exactOptional(z.array(z.string()).describe('In the bundle; absent where nothing was to be written')),
  counted: z.strictObject({ levers: count, files: count }),
  next: nextLeverSchema,
})
export type Synthesis = z.infer<typeof synthesisSchema>
