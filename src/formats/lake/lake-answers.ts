/** What publishing, asking and verifying a lake return, and the commit object that makes a campaign visible. */
import * as z from 'zod'
import { nextLeverSchema, sourceSchema } from '#formats/source.ts'

const count = z.int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const lakeGapSchema = z.strictObject({ gap: z.string(), why: z.string() })
export type LakeGap = z.infer<typeof lakeGapSchema>

/** `_commits/campaign=<id>.json`: written last in one PUT. Readers see the campaign that it names, whole, or the one before. */
export const lakeCommitSchema = z.strictObject({
  schema: z.literal('lake-commit/1'),
  campaign: z.string(),
  dt: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .describe('Date of capture'),
  content: sha256.describe('Of all rows but their time of publishing: equal content is one publish'),
  published_at_utc: z.string(),
  sol_rigor: z.string(),
  gaps: z.array(lakeGapSchema),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      rows: count,
      bytes: count,
      sha256,
      object: z.string().describe('Named by content, never rewritten: what readers of Sextant read'),
      key: z.string().describe('Where readers of the field look: …/dt=…/campaign=…/part-0.parquet'),
    }),
  ),
})
export type LakeCommit = z.infer<typeof lakeCommitSchema>

export const lakePublishSchema = z.strictObject({
  schema: z.literal('lake-publish/1'),
  sources: z.array(sourceSchema),
  campaign: z.string(),
  lake: z.string().describe('As it was given'),
  dryRun: z.boolean(),
  outcome: z.enum(['published', 'replaced', 'unchanged', 'skipped', 'rehearsed']),
  commit: lakeCommitSchema,
  gaps: z.array(lakeGapSchema),
  written: z.array(z.string()).describe('Objects of the lake that this call wrote, the commit last but for copies'),
  local: z.array(z.string()).describe('Files of the campaign that this call wrote'),
  next: nextLeverSchema,
})
export type LakePublish = z.infer<typeof lakePublishSchema>

export const lakeQuerySchema = z.strictObject({
  schema: z.literal('lake-query/1'),
  sources: z.array(sourceSchema).describe('Objects that were read'),
  lake: z.string(),
  campaigns: z.array(z.string()),
  sql: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.json())),
  omitted: count.describe('Rows beyond the limit'),
})
export type LakeQuery = z.infer<typeof lakeQuerySchema>

export const lakeVerifySchema = z.strictObject({
  schema: z.literal('lake-verify/1'),
  sources: z.array(sourceSchema),
  lake: z.string(),
  ok: z.boolean(),
  campaigns: z.array(
    z.strictObject({ campaign: z.string(), dt: z.string(), tables: count, rows: count, sol_rigor: z.string(), gaps: z.array(z.string()) }),
  ),
  problems: z.array(z.strictObject({ severity: z.enum(['error', 'note']), code: z.string(), path: z.string(), what: z.string() })),
  next: nextLeverSchema,
})
export type LakeVerify = z.infer<typeof lakeVerifySchema>
