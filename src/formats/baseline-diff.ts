/** `baseline-diff/1`: one run of a benchmark against a registered one; the field's verdict and a statistical one beside it. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from './source.ts'

export const classicVerdictSchema = z.enum(['GREEN', 'YELLOW', 'RED'])
export type ClassicVerdict = z.infer<typeof classicVerdictSchema>

export const statisticalVerdictSchema = z.enum(['REGRESSED', 'IMPROVED', 'WITHIN', 'NOISY', 'INVALID', 'NOT_ESTIMABLE'])
export type StatisticalVerdict = z.infer<typeof statisticalVerdictSchema>

const ratio = z.number()

export const rowStatisticsSchema = z.strictObject({
  verdict: statisticalVerdictSchema,
  reason: z.string().describe('Why this verdict, with its figures'),
  runs: z.strictObject({ baseline: z.int().nonnegative(), current: z.int().nonnegative() }),
  changeRatio: z.exactOptional(ratio.describe('current / baseline - 1, of geometric means over runs within a node')),
  lowRatio: z.exactOptional(ratio.describe('95 % interval of changeRatio')),
  highRatio: z.exactOptional(ratio),
  robustRatio: z.exactOptional(ratio.describe('Hodges-Lehmann estimate of the same')),
  p: z.exactOptional(z.number().describe('Two-sided, of no change')),
  adjustedP: z.exactOptional(z.number().describe('Holm over everything but the primary; of the primary: p itself')),
  df: z.exactOptional(z.number()),
  prior: z.exactOptional(z.enum(['none', 'used', 'set-aside']).describe('What earlier runs say of the noise')),
  deviationRatio: z.exactOptional(z.number().describe('Standard deviation of the logarithm of one run')),
  floorRatio: z.exactOptional(z.number().describe('A/A noise floor: a pair of runs of the same thing differs by less, 9 times of 10')),
  marginRatio: z.exactOptional(z.number().describe('max(tolerance, floor)')),
  runsNeeded: z.exactOptional(z.int().describe('Runs per side that would tell a change of the tolerance, with 80 % power')),
})
export type RowStatistics = z.infer<typeof rowStatisticsSchema>

export const diffRowSchema = z.strictObject({
  id: z.string().describe('c16 ttft_p50_ms; server and kernel metrics by their own name'),
  metric: z.string(),
  concurrency: z.exactOptional(z.int()),
  headline: z.boolean(),
  state: z
    .enum(['compared', 'NULL_LEGACY_BASELINE', 'MISSING_CELL', 'DEFINITIONS_DIFFER', 'UNIT_UNKNOWN', 'ZERO_BASELINE', 'SHOWN'])
    .describe('SHOWN: has no tolerance of its own'),
  note: z.exactOptional(z.string()),
  baseline: z.number().nullable(),
  current: z.number().nullable(),
  kind: z.enum(['percent', 'points', 'none']),
  worse: z.exactOptional(z.enum(['lower', 'higher', 'either']).describe('either: two-sided, any change beyond the tolerance counts')),
  tolerance: z.exactOptional(z.number()),
  delta: z.exactOptional(z.number().describe('current - baseline; of points in points')),
  deltaPct: z.exactOptional(z.number().describe('100 * delta / baseline; absent for points and for a baseline of 0')),
  classic: z.enum(['within', 'exceeds', 'improved', 'not-compared']),
  statistical: z.exactOptional(rowStatisticsSchema),
})
export type DiffRow = z.infer<typeof diffRowSchema>

export const contextDifferenceSchema = z.strictObject({
  key: z.string(),
  baseline: z.string().nullable(),
  current: z.string().nullable(),
  standing: z.enum(['factor', 'label', 'missing', 'undeclared']).describe('undeclared: makes the statistical verdict INVALID'),
})

const sideSchema = z.strictObject({
  source: z.string(),
  model: z.exactOptional(z.string()),
  capturedAt: z.exactOptional(z.string()),
  durationEffectiveS: z.exactOptional(z.number()),
  quality: z.exactOptional(z.string().describe('Scores from the notes: GPQA=… MMLU-Pro=…')),
  notes: z.exactOptional(z.string()),
  headline: z.number().nullable().describe('Throughput at concurrency 16, tokens/s'),
})

export const baselineDiffSchema = z.object({
  schema: z.literal('baseline-diff/1'),
  sources: z.array(sourceSchema).min(2),
  family: z.string(),
  measurement: z.string(),
  baseline: sideSchema,
  current: sideSchema,
  classic: z.strictObject({
    verdict: classicVerdictSchema,
    reason: z.string(),
    exceeding: z.int().nonnegative().describe('Pairs of metric and concurrency beyond their tolerance'),
    headlineExceeds: z.boolean().nullable().describe('null: the sweep has no headline'),
    readings: z.array(z.string()).describe('How the rule’s ambiguities were decided'),
    umbrellaTolerancePercent: z.number().describe('Recorded for older callers; not the verdict'),
    falseAlarms: z.string().describe('What the rule alarms where nothing changed'),
  }),
  statistical: z.strictObject({
    verdict: statisticalVerdictSchema,
    reason: z.string(),
    primary: z.string(),
    tests: z.int().nonnegative().describe('Tests corrected for, beside the primary'),
    counts: z.record(statisticalVerdictSchema, z.int()).describe('Rows beside the primary'),
    method: z.string(),
    guards: z.array(z.strictObject({ guard: z.string(), text: z.string() })).describe('Guards that failed'),
  }),
  gate: z.strictObject({
    rule: z.enum(['auto', 'classic', 'statistical']),
    decidedBy: z.enum(['classic', 'statistical']),
    passed: z.boolean(),
    text: z.string(),
  }),
  context: z.strictObject({
    factors: z.array(z.string()),
    differences: z.array(contextDifferenceSchema),
    missing: z.array(z.string()).describe('Of the descriptor, on both sides: blocks a VERDICT'),
  }),
  rows: z.array(diffRowSchema),
  speedOfLight: z.exactOptional(
    z.strictObject({
      ceilingKey: z.string().nullable(),
      baselinePct: z.number().nullable(),
      currentPct: z.number().nullable(),
      deltaPoints: z.exactOptional(z.number()),
      note: z.exactOptional(z.string()),
    }),
  ),
  recommendations: z.array(z.string()),
  next: nextLeverSchema,
  standing: z.enum(['DRAFT', 'VERDICT']).describe('VERDICT only where every precondition of the method holds'),
  standingReasons: z.array(z.string()),
  written: z.exactOptional(z.string().describe('Folder of the diff bundle, below perf-baseline-diffs')),
})
export type BaselineDiff = z.infer<typeof baselineDiffSchema>
