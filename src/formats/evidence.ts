/** What the `evidence` commands return. */
import * as z from 'zod'
import { segmentSchema } from './evidence-manifest.ts'
import { sourceSchema } from './source.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()

const bundle = {
  family: segmentSchema,
  run_id: segmentSchema,
  bundle: z.string().describe('Folder of the bundle, relative to the root of the experiments'),
}

export const evidenceInitSchema = z.strictObject({
  schema: z.literal('evidence-init/1'),
  sources: z.array(sourceSchema),
  ...bundle,
  dryRun: z.boolean(),
  files: z.array(z.string()).describe('Written, or with dryRun to be written; relative to the bundle.'),
})
export type EvidenceInit = z.infer<typeof evidenceInitSchema>

export const evidenceChangeSchema = z.strictObject({
  schema: z.literal('evidence-change/1'),
  sources: z.array(sourceSchema),
  ...bundle,
  added: z.array(z.strictObject({ path: z.string(), sha256, bytes: count, redactions: count })),
  present: z.array(z.string()).describe('Given again with equal bytes: nothing to do.'),
  newVersions: z.array(z.string()).describe('Files of the layer that had changed since they were last recorded.'),
  sealed: z.boolean(),
  sha256sums: z.exactOptional(sha256.describe('Of sha256sums.txt, once sealed.')),
})
export type EvidenceChange = z.infer<typeof evidenceChangeSchema>

export const evidenceProblemCodes = [
  'missing',
  'changed',
  'unlisted',
  'version-missing',
  'version-changed',
  'sums-differ',
  'seal-broken',
  'layer-unrecorded',
] as const
export const evidenceVerifySchema = z.strictObject({
  schema: z.literal('evidence-verify/1'),
  sources: z.array(sourceSchema),
  ...bundle,
  verdict: z.enum(['whole', 'whole-with-notes', 'broken']),
  artifacts: count,
  bytes: count,
  sealed: z.boolean(),
  problems: z.array(
    z.strictObject({
      code: z.enum(evidenceProblemCodes),
      severity: z.enum(['note', 'error']),
      path: z.string(),
      what: z.string(),
    }),
  ),
})
export type EvidenceVerify = z.infer<typeof evidenceVerifySchema>
