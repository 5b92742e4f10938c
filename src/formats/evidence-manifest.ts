/** `manifest.json` of an evidence bundle: every file with its hash, in two layers. facts: the bundle's layout is the field's own. */
import * as z from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const utc = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/)
/** Relative to the bundle, `/` between parts, no `.` or `..`. */
const bundlePath = z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\\\0][^\\\0]*$/)

export const segmentPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
export const segmentSchema = z
  .string()
  .regex(segmentPattern)
  .max(200)
  .describe('Letters, digits, “.”, “_” and “-”; begins with a letter or digit')

export const artifactSchema = z.strictObject({
  path: bundlePath,
  sha256,
  bytes: z.int().nonnegative(),
  addedAtUtc: utc,
  redactions: z.exactOptional(
    z.int().positive().describe('Secrets that were replaced before the file was kept; its hash is that of what was kept.'),
  ),
})
export type Artifact = z.infer<typeof artifactSchema>

export const layerFileSchema = z.strictObject({
  path: bundlePath,
  versions: z
    .array(z.strictObject({ sha256, bytes: z.int().nonnegative(), atUtc: utc }))
    .min(1)
    .describe('Oldest first; the bytes of each stand in versions/<path>/<n>, n from 1.'),
})
export type LayerFile = z.infer<typeof layerFileSchema>

export const evidenceManifestSchema = z.strictObject({
  schema: z.literal('evidence_manifest/1'),
  family: segmentSchema,
  run_id: segmentSchema,
  created_at_utc: utc,
  artifacts: z.array(artifactSchema).describe('Raw evidence, sorted by path: immutable once kept.'),
  layer: z.array(layerFileSchema).describe('SOURCE.md, summary.md, HANDOFF.md and findings/: what is said about the evidence, versioned.'),
  sealed: z.exactOptional(z.strictObject({ at_utc: utc, sha256sums_sha256: sha256 }).describe('No artifact is added after this.')),
})
export type EvidenceManifest = z.infer<typeof evidenceManifestSchema>
