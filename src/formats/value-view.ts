/**
 * The value-findings registry that people keep (facts/formats.md section 12), and `value-view/1`: each finding beside what its campaigns say
 * now, and the frontier of what to try next. A win is as people verified it: it is never computed again, only held against its own figures.
 */
import * as z from 'zod'
import { closeReasonSchema } from './campaign.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const said = z.exactOptional(z.string().nullable())
const ids = z.exactOptional(z.array(z.string()).nullable())

export const lifecycles = ['done', 'in_progress', 'not_done', 'closed_negative'] as const
export const nextValues = ['high', 'med', 'low'] as const
/** Only the first two are ranked by their speedup: the others buy no speed that could be compared. */
export const gainTiers = ['throughput', 'latency', 'capacity', 'enablement'] as const

const sourceRefSchema = z.looseObject({ repo: z.string().min(1), branch: said, commit: said, delivery: said, image: said })

export const valueFindingSchema = z.looseObject({
  id: z.string().min(1),
  title: z.string().min(1),
  lifecycle: z.enum(lifecycles),
  win: said.describe('As people verified it, with both absolute values'),
  baseline: said,
  hardware: said,
  deploy_readiness: said,
  campaign_ids: ids,
  evidence_ids: ids,
  source_refs: z.exactOptional(z.array(sourceRefSchema).nullable()),
  gain: z.exactOptional(
    z
      .looseObject({
        tier: z.enum(gainTiers),
        speedup: z.exactOptional(z.number().positive().nullable().describe('Of the baseline: 1.25 is a quarter more')),
        tps_gpu_peak: z.exactOptional(z.number().positive().nullable()),
        baseline_tps_gpu: z.exactOptional(z.number().positive().nullable()),
      })
      .nullable(),
  ),
  next_lever: said.describe('What to try next, or `frontier-exhausted: EVIDENCE`'),
  next_value: z.exactOptional(z.enum(nextValues).nullable()),
  finding_baseline_check: z.exactOptional(z.boolean().nullable().describe('false: no baseline is asked of its campaigns')),
})
export type ValueFinding = z.infer<typeof valueFindingSchema>

export const valueFindingsSchema = z.looseObject({
  baseline_context: said.describe('What all wins are measured against'),
  findings: z.array(valueFindingSchema),
})
export type ValueFindings = z.infer<typeof valueFindingsSchema>

export const valueFlags = [
  'campaign-missing',
  'campaign-unreadable',
  'no-campaign',
  'ungrounded',
  'baseline-unnamed',
  'no-next-lever',
  'provenance-mismatch',
  'provenance-unknown',
  'gain-contradicted',
  'exhausted-without-evidence',
] as const
export const valueFlagSchema = z.strictObject({ flag: z.enum(valueFlags), why: z.string() })
export type ValueFlag = z.infer<typeof valueFlagSchema>

export const liveCampaignSchema = z.strictObject({
  id: z.string(),
  state: z.enum(['found', 'missing', 'unreadable']),
  reason: z.exactOptional(z.string()),
  tier: z.exactOptional(z.enum(['draft', 'verdict']).describe('Of verdict.json by its rules, or of the chosen champion')),
  sol_rigor: z.exactOptional(z.enum(['L1', 'L3', 'L4', 'none'])),
  dcgm_grounded: z.exactOptional(z.boolean()),
  baseline_named: z.exactOptional(z.boolean()),
  provenance: z.exactOptional(
    z.enum(['match', 'mismatch', 'unknown']).describe('Of the finding’s source_refs; a commit or delivery that is not said is unknown'),
  ),
  champion: z.exactOptional(z.string()),
  win_pct: z.exactOptional(z.number().describe('Of the champion against its baseline, as champion_select.json has it')),
  close_reason: z.exactOptional(closeReasonSchema),
})
export type LiveCampaign = z.infer<typeof liveCampaignSchema>

const money = z.number().nonnegative()
export const economicsSchema = z.strictObject({
  usd_per_gpu_hour: z.exactOptional(z.number().positive().describe('Of its own hardware; absent where no rate is known')),
  usd_peak: z.exactOptional(money.describe('Per million output tokens')),
  usd_baseline: z.exactOptional(money),
  usd_saved: z.exactOptional(z.number()),
  gpu_hours_saved: z.exactOptional(z.number().describe('Per million output tokens: 10⁶ ÷ 3600 × (1 ÷ baseline − 1 ÷ peak)')),
})
export type Economics = z.infer<typeof economicsSchema>

export const valueRowSchema = z.strictObject({
  rank: z.int().positive(),
  id: z.string(),
  title: z.string(),
  lifecycle: z.enum(lifecycles),
  standing: z.enum(['draft', 'verdict']).describe('verdict: done, every campaign there and of one source, one of them a verdict'),
  win: z.exactOptional(z.string()),
  baseline: z.exactOptional(z.string()),
  hardware: z.exactOptional(z.string()),
  deploy_readiness: z.exactOptional(z.string()),
  tier: z.exactOptional(z.enum(gainTiers)),
  speedup: z.exactOptional(z.number().positive()),
  economics: z.exactOptional(economicsSchema),
  exhausted: z.boolean(),
  next_lever: z.exactOptional(z.string()),
  next_value: z.exactOptional(z.enum(nextValues)),
  campaigns: z.array(liveCampaignSchema),
  evidence_ids: z.array(z.string()),
  flags: z.array(valueFlagSchema),
})
export type ValueRow = z.infer<typeof valueRowSchema>

export const valueViewSchema = z.strictObject({
  schema: z.literal('value-view/1'),
  sources: z.array(sourceSchema),
  baseline_context: z.exactOptional(z.string()),
  frontier: z.array(valueRowSchema).describe('What can still be won first, `frontier-exhausted` last'),
  counts: z.strictObject({ findings: z.int(), open: z.int(), exhausted: z.int(), verdicts: z.int(), flagged: z.int() }),
  notes: z.array(z.string()),
  next: nextLeverSchema,
})
export type ValueView = z.infer<typeof valueViewSchema>
