/** The manifest and the sums of a bundle: read whole, written whole. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { type EvidenceManifest, evidenceManifestSchema } from '#formats/evidence-manifest.ts'
import { fileError } from '#platform/access.ts'
import { writeWhole } from '#platform/files.ts'

export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** @param shown the bundle as the caller named it. */
export function readManifest(folder: string, shown: string): EvidenceManifest {
  let text: string
  try {
    text = readFileSync(join(folder, 'manifest.json'), 'utf8')
  } catch (error) {
    throw fileError(`${shown}/manifest.json`, error)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(shown, 'it is not JSON', error)
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? String(value.schema) : ''
  if (/^evidence_manifest\/(?!1$)\d+$/.test(schema)) {
    throw new SextantError('newer_format', `${shown}/manifest.json is ${schema}, newer than this program`, 'Update sextant.', { schema })
  }
  const parsed = evidenceManifestSchema.safeParse(value)
  if (!parsed.success) {
    throw damaged(shown, parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; '))
  }
  return parsed.data
}

function damaged(shown: string, problem: string, cause?: unknown): SextantError {
  return new SextantError(
    'corrupt_file',
    `${shown}/manifest.json is damaged: ${problem}`,
    'Restore it from a copy of the bundle; sha256sums.txt still holds the hashes of the artifacts.',
    { problem },
    cause,
  )
}

/** As `sha256sum -c` reads it. */
export function sumsText(manifest: EvidenceManifest): string {
  return manifest.artifacts.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')
}

/** The sums first: a crash between the two leaves a manifest that lists less than the sums, which `verify` notes and `add` mends. */
export function writeManifest(folder: string, manifest: EvidenceManifest): void {
  writeWhole(join(folder, 'sha256sums.txt'), sumsText(manifest))
  writeWhole(join(folder, 'manifest.json'), jsonText(manifest))
}
