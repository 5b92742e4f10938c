/** The `evidence` commands for a person. */
import { formatBytes, formatCount } from '#base/units.ts'
import type { EvidenceChange, EvidenceVerify } from '#formats/evidence.ts'
import type { BundleChange } from '#store/bundle/bundle.ts'
import { bundleFolder } from '#store/bundle/paths.ts'
import { oneLine } from './account.ts'

export function changeOutput({ manifest, added, present, newVersions }: BundleChange): EvidenceChange {
  return {
    schema: 'evidence-change/1',
    sources: manifest.artifacts.map(({ path, sha256 }) => ({ path, sha256 })),
    family: manifest.family,
    run_id: manifest.run_id,
    bundle: bundleFolder(manifest.family, manifest.run_id),
    added: [...added],
    present: [...present],
    newVersions: [...newVersions],
    sealed: manifest.sealed !== undefined,
    ...(manifest.sealed === undefined ? {} : { sha256sums: manifest.sealed.sha256sums_sha256 }),
  }
}

const counted = (count: number, one: string, many = `${one}s`): string => `${formatCount(count)} ${count === 1 ? one : many}`

export function evidenceChangeText({ bundle, sources, added, present, newVersions, sealed, sha256sums }: EvidenceChange): string {
  const lines = [
    ...added.map(
      ({ path, bytes, redactions }) =>
        `added ${oneLine(path)} (${formatBytes(bytes)}${redactions > 0 ? `, ${counted(redactions, 'secret')} replaced` : ''})`,
    ),
    ...present.map((path) => `there already ${oneLine(path)}`),
    ...newVersions.map((path) => `new version ${oneLine(path)}`),
    ...(sealed ? [`sealed: sha256 of the sums ${sha256sums ?? ''}`] : []),
  ]
  const next = sealed ? `sextant evidence verify ${bundle}` : `sextant evidence seal ${bundle}`
  return `${bundle}: ${counted(sources.length, 'artifact')}\n${lines.map((line) => `  ${line}\n`).join('')}\nNext: ${next}\n`
}

export function evidenceVerifyText({ bundle, verdict, artifacts, bytes, sealed, problems }: EvidenceVerify): string {
  const words = { whole: 'whole', 'whole-with-notes': 'whole, with notes', broken: 'BROKEN' }[verdict]
  const lines = problems.map(
    ({ code, severity, path, what }) => `  ${severity === 'error' ? 'FAIL' : 'note'}  ${oneLine(path)}: ${what} (${code})\n`,
  )
  return `${bundle}: ${words}; ${counted(artifacts, 'artifact')}, ${formatBytes(bytes)}, ${sealed ? 'sealed' : 'not sealed'}\n${lines.join('')}`
}
