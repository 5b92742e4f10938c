/** `findings/findings.yaml` of an evidence bundle (facts/formats.md section 5), and what the `findings` commands return. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

export const findingSeverities = ['critical', 'high', 'medium', 'low', 'informational'] as const
export const findingSeveritySchema = z.enum(findingSeverities)
export type FindingSeverity = z.infer<typeof findingSeveritySchema>

export const findingStatuses = ['open', 'in_progress', 'resolved'] as const
export const findingStatusSchema = z.enum(findingStatuses)
export type FindingStatus = z.infer<typeof findingStatusSchema>

const text = z.string().trim().min(1)

export const affectedEntitySchema = z.strictObject({ kind: text, value: text })

/** The field's keys. An absent status is open; an absent evidence_path is a finding whose evidence nobody named. */
const findingKeys = {
  id: text,
  severity: findingSeveritySchema,
  source_skill: text,
  source_query: text,
  headline: text,
  recommended_action: text,
  status: findingStatusSchema.default('open'),
  evidence_path: z.exactOptional(text.describe('Relative to the bundle; exists there')),
  affected_entities: z.exactOptional(z.array(affectedEntitySchema)),
  references: z.exactOptional(z.array(text)),
  notes: z.exactOptional(z.string()),
  detected_at_utc: z.exactOptional(text),
}
export const findingSchema = z.strictObject(findingKeys)
export type Finding = z.infer<typeof findingSchema>

/** As it stands on disk: other tools may keep keys of their own, which are left where they are and not returned. */
export const findingsFileSchema = z.object({ findings: z.array(z.object(findingKeys)) })
export type FindingsFile = z.infer<typeof findingsFileSchema>

const bundle = z.string().describe('The file as it was named')

export const findingsRecordSchema = z.strictObject({
  schema: z.literal('findings-record/1'),
  sources: z.array(sourceSchema).describe('The evidence that the finding names'),
  findings_yaml: bundle,
  state: z.enum(['appended', 'replaced', 'unchanged', 'dry-run']),
  finding: findingSchema,
  counted: z.int().nonnegative().describe('Findings in the file after this'),
  newVersions: z.array(z.string()).describe('Files of the bundle’s layer that got a new version'),
  notes: z.array(z.string()),
})
export type FindingsRecord = z.infer<typeof findingsRecordSchema>

export const numberedFindingSchema = z.strictObject({
  number: z
    .string()
    .regex(/^[CHMLI]\d+$/)
    .describe('C1, H1, M1, L1, I1: severity and place among its equals, in the order of the file'),
  ...findingKeys,
  status: findingStatusSchema,
  evidence: z.enum(['exists', 'missing', 'not-named', 'cannot-tell']).describe('cannot-tell: the file stands in no bundle'),
})
export type NumberedFinding = z.infer<typeof numberedFindingSchema>

export const findingsRenderSchema = z.strictObject({
  schema: z.literal('findings-render/1'),
  sources: z.array(sourceSchema),
  findings_yaml: bundle,
  counts: z.record(findingSeveritySchema, z.int().nonnegative()),
  open: z.int().nonnegative().describe('Open or in progress'),
  findings: z.array(numberedFindingSchema),
  shownAs: z.enum(['table', 'page']).describe('What the text for a person is'),
  markdown: z.string().describe('A page to paste; text of findings is made inert'),
})
export type FindingsRender = z.infer<typeof findingsRenderSchema>

const headed = { id: z.string(), severity: findingSeveritySchema, headline: z.string() }

export const findingsDiffSchema = z.strictObject({
  schema: z.literal('findings-diff/1'),
  sources: z.array(sourceSchema).describe('A, then B'),
  new: z.array(z.strictObject({ ...headed, status: findingStatusSchema })).describe('In B, not in A'),
  resolved: z
    .array(
      z.strictObject({
        ...headed,
        how: z.enum(['absent', 'status']).describe('absent: B does not hold it; status: B says resolved and A did not'),
        before: findingStatusSchema,
      }),
    )
    .describe('What counts here is not also a change of status'),
  statusChanges: z
    .array(z.strictObject({ ...headed, before: findingStatusSchema, after: findingStatusSchema }))
    .describe('Other changes of status: begun, or opened again'),
  severityChanges: z.array(z.strictObject({ id: z.string(), before: findingSeveritySchema, after: findingSeveritySchema })),
  unchanged: z.int().nonnegative().describe('In both, with the same status'),
})
export type FindingsDiff = z.infer<typeof findingsDiffSchema>
