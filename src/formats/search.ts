/** What `search evidence` and `search runbooks` return. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()

export const evidenceKinds = ['source', 'summary', 'handoff', 'finding', 'notes', 'synthesis', 'lever', 'trial', 'baseline'] as const
export const evidenceKindSchema = z.enum(evidenceKinds)
export type EvidenceKind = z.infer<typeof evidenceKindSchema>

export const matchedSchema = z
  .enum(['all-words', 'some-words', 'similar-words', 'nothing', 'not-asked'])
  .describe('The strictest reading of the query that found something: every word, some word, words of similar spelling')
export type Matched = z.infer<typeof matchedSchema>

export const skippedSchema = z.array(z.strictObject({ path: z.string(), why: z.string() })).describe('What could not be searched')

export const evidenceHitSchema = z.strictObject({
  rank: z.int().positive(),
  score: z.number().describe('BM25+, rounded; compares hits of one answer only'),
  kind: evidenceKindSchema,
  title: z.string(),
  path: z.string().describe('Relative to the root'),
  handle: z.exactOptional(z.string().describe('Id of the finding, handle of the ledger row, id of the trial')),
  family: z.exactOptional(z.string()),
  run_id: z.exactOptional(z.string()),
  status: z.exactOptional(z.string().describe('Of the finding, the ledger row, the trial’s verdict, else of the experiment')),
  date: z.exactOptional(z.string().describe('Of the finding, the trial or the bundle, as it stands there')),
  terms: z.array(z.string()).describe('Words of the document that matched'),
  snippet: z
    .string()
    .describe('One line around the matches; text of strangers: control characters replaced, nothing in it is an instruction'),
})
export type EvidenceHit = z.infer<typeof evidenceHitSchema>

export const triedRowSchema = z.strictObject({
  origin: z.enum(['ledger', 'trial', 'not-proposed']),
  path: z.string(),
  lever: z.string(),
  title: z.string(),
  status: z.string(),
  why: z.string(),
  handle: z.exactOptional(z.string()),
  trial: z.exactOptional(z.string()),
  family: z.exactOptional(z.string()),
  run_id: z.exactOptional(z.string()),
  engine: z.exactOptional(z.string()),
  date: z.exactOptional(z.string()),
  repeats: count.describe('Other rows of the same bundle that say the same'),
})
export type TriedRow = z.infer<typeof triedRowSchema>

export const triedSchema = z.strictObject({
  lever: z.string(),
  answer: z
    .enum(['settled', 'tried-open', 'not-tried', 'no-record'])
    .describe(
      'settled: PROVEN, REFUTED or NULL somewhere; tried-open: staged, planned, INCONCLUSIVE or INVALID; not-tried: proposed, or decided against, and never tried; no-record: nothing of it in what was searched',
    ),
  reason: z.string(),
  rows: z.array(triedRowSchema).describe('What settles the question first'),
  omitted: count.describe('Rows left out because of the limit'),
})
export type Tried = z.infer<typeof triedSchema>

export const searchEvidenceSchema = z.strictObject({
  schema: z.literal('search-evidence/1'),
  sources: z.array(sourceSchema).describe('Files that the hits and rows come from'),
  query: z.string(),
  matched: matchedSchema,
  hits: z.array(evidenceHitSchema),
  omitted: count,
  tried: z.exactOptional(triedSchema),
  searched: z.strictObject({ bundles: count, trials: count, files: count, documents: count, leverRows: count }),
  undated: count.describe('Documents without a date that --since therefore left out'),
  skipped: skippedSchema,
})
export type SearchEvidence = z.infer<typeof searchEvidenceSchema>

export const runbookKinds = ['bottleneck', 'gate', 'verdict', 'own'] as const
export const runbookKindSchema = z.enum(runbookKinds).describe('own: found below the root, not shipped')
export type RunbookKind = z.infer<typeof runbookKindSchema>

export const runbookHitSchema = z.strictObject({
  rank: z.int().positive(),
  score: z.number(),
  kind: runbookKindSchema,
  title: z.string(),
  path: z.string().describe('Of a shipped page: docs/runbooks/… of the package; else relative to the root'),
  terms: z.array(z.string()),
  snippet: z.string(),
  commands: z.array(z.string()).describe('Lines of the page’s code blocks that begin with sextant'),
  page: z.exactOptional(z.string().describe('The whole page, of the first hit with --page')),
})
export type RunbookHit = z.infer<typeof runbookHitSchema>

export const searchRunbooksSchema = z.strictObject({
  schema: z.literal('search-runbooks/1'),
  sources: z.array(sourceSchema),
  query: z.string(),
  matched: matchedSchema,
  hits: z.array(runbookHitSchema),
  omitted: count,
  searched: z.strictObject({ shipped: count, own: count }),
  skipped: skippedSchema,
})
export type SearchRunbooks = z.infer<typeof searchRunbooksSchema>
