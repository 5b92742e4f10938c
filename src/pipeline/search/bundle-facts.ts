/** Family, run id, status and time of a bundle: from its manifest, else from SOURCE.md as the field writes it, else from its place. */
import { evidenceManifestSchema } from '#formats/evidence-manifest.ts'
import type { BundleFacts } from './evidence-document.ts'

/** `key: value` or `- Key: value`, quoted or not; the first one. Text only: a page is no YAML document. */
function stated(text: string, key: string): string | undefined {
  const match = new RegExp(`^\\s*(?:- )?${key}:\\s*(.+)$`, 'im').exec(text)
  const value = match?.[1]?.trim().replace(/^(["'])(.*)\1$/, '$2')
  return value === undefined || value === '' ? undefined : value
}

function manifestOf(text: string | undefined) {
  if (text === undefined) return undefined
  try {
    const parsed = evidenceManifestSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** @param folder relative to the root. Absent stays absent: a bundle of unknown family matches no family. */
export function bundleFacts(folder: string, manifestText: string | undefined, sourceText: string | undefined): BundleFacts {
  const manifest = manifestOf(manifestText)
  const source = sourceText ?? ''
  const inArtifacts = /(?:^|\/)artifacts\/([^/]+)\/([^/]+)$/.exec(folder)
  const family = manifest?.family ?? stated(source, 'family') ?? inArtifacts?.[1]
  const runId = manifest?.run_id ?? stated(source, 'run[-_]id') ?? inArtifacts?.[2]
  const status = stated(/```provenance\n([\s\S]*?)```/.exec(source)?.[1] ?? '', 'status')
  const date = manifest?.created_at_utc ?? stated(source, '(?:created|registered) \\(utc\\)')
  return {
    folder,
    ...(family === undefined ? {} : { family }),
    ...(runId === undefined ? {} : { runId }),
    ...(status === undefined ? {} : { status }),
    ...(date === undefined ? {} : { date }),
  }
}
