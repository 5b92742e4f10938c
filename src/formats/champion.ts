/** `champion_select.json` (schema champion_select_v1): which arm to serve with, at one focus, within the SLO, and whether that is proven. */
import * as z from 'zod'
import { focusSchema } from './campaign.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const share = z.number().nonnegative()

export const championArmSchema = z.strictObject({
  cell_id: z.string(),
  engine: z.exactOptional(z.string()),
  is_baseline: z.boolean(),
  is_recommended: z.boolean(),
  verdict: z.enum(['PASS-SLO', 'SLO-FAIL', 'NO-DATA', 'BASELINE']).describe('NO-DATA: something that the choice needs was not measured'),
  why: z.string(),
  focus_metric: z.exactOptional(z.number()),
  output_tps_per_gpu: z.exactOptional(z.number()),
  tpot_median_ms: z.exactOptional(z.number()),
  pct_win_vs_baseline: z.exactOptional(z.number().describe('Percent, positive is better')),
  win_interval_pct: z.exactOptional(
    z.strictObject({ low: z.number(), high: z.number() }).describe('95 %, over trials; percent of the baseline'),
  ),
  trials: z.exactOptional(z.int().positive()),
  nodes: z.exactOptional(z.array(z.string())),
  sol_rigor: z.enum(['L1', 'L2', 'L3', 'L4', 'none']),
  hbm_pct_sol: z.exactOptional(share),
  tensor_pct_sol: z.exactOptional(share.describe('Time that a tensor pipe was active: an upper bound of FLOPs')),
  sm_active_pct: z.exactOptional(share),
  l1_present: z.boolean(),
  l2_present: z.boolean(),
  l3_present: z.boolean(),
  l4_present: z.boolean(),
  lever: z.exactOptional(
    z
      .strictObject({
        id: z.string(),
        title: z.string(),
        trial: z.exactOptional(z.string()),
        measured: z.exactOptional(z.number().describe('By the trial, relative; no figure of this campaign')),
      })
      .describe('Proven lever of a ledger that this arm is; without a cell that ran it the arm is NO-DATA'),
  ),
})
export type ChampionArm = z.infer<typeof championArmSchema>

export const championGateSchema = z.strictObject({
  gate: z.enum(['variance', 'significance', 'multi-workload', 'accuracy', 'dcgm-grounded', 'provenance']),
  state: z.enum(['pass', 'fail', 'unknown']),
  why: z.string(),
})
export type ChampionGate = z.infer<typeof championGateSchema>

export const championSelectSchema = z.strictObject({
  schema: z.literal('champion_select_v1'),
  sources: z.array(sourceSchema),
  campaign: z.string(),
  focus: focusSchema,
  focus_c: z.int().positive(),
  metric: z.enum(['output_tps_per_gpu', 'tpot_median_ms']),
  baseline_cell: z.string(),
  slo: z.strictObject({
    tpot_ms: z.exactOptional(z.number().positive()),
    from: z.enum(['absolute', 'baseline', 'none']),
    text: z.string(),
  }),
  recommended_cell: z.string(),
  champion_tier: z.enum(['verdict', 'draft']).describe('verdict: every gate passes, from data'),
  arms: z.array(championArmSchema).describe('Best first'),
  gates: z.array(championGateSchema),
  proven_levers: z.array(
    z.strictObject({
      lever: z.string(),
      title: z.string(),
      trial: z.exactOptional(z.string()),
      measured: z.exactOptional(z.number()),
      from: z.string(),
    }),
  ),
  notes: z.array(z.string()),
  written: z.exactOptional(z.array(z.string())),
  next: nextLeverSchema,
})
export type ChampionSelect = z.infer<typeof championSelectSchema>
