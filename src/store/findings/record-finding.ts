/** Records one finding: replaces the one with its id or adds it, under the file's lock, and gives the bundle's layer its new version. */
import { basename } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { Finding, FindingsRecord } from '#formats/findings.ts'
import type { SourceReference } from '#formats/source.ts'
import { withLock, writeWhole } from '#platform/files.ts'
import { hashPath } from '#platform/hashing.ts'
import { addToBundle } from '#store/bundle/bundle.ts'
import { readManifest } from '#store/bundle/manifest.ts'
import { isLayer } from '#store/bundle/paths.ts'
import { redactText } from '#store/bundle/redaction.ts'
import { type KeptFindings, readFindingsIfAny, withFinding } from './findings-file.ts'
import { type EvidencePlace, type FindingsPlace, findEvidence, requirePlaceToWrite } from './findings-place.ts'

export interface RecordFinding {
  readonly place: FindingsPlace
  readonly finding: Finding
  /** The evidence as a path from the working folder, where the door lets one look there. */
  readonly evidenceFromHere?: string
  readonly nowUtc: string
  readonly dryRun: boolean
}

export type Recorded = Omit<FindingsRecord, 'schema' | 'findings_yaml'>

export async function recordFinding({ place, finding, evidenceFromHere, nowUtc, dryRun }: RecordFinding): Promise<Recorded> {
  const bundle = requirePlaceToWrite(place)
  const evidence = requireEvidence(bundle.path, finding.evidence_path, evidenceFromHere)
  const { redacted, count } = withoutSecrets(finding)
  const named = evidence === undefined ? redacted : { ...redacted, evidence_path: evidence.inside }
  const notes = [...evidenceNotes(place, evidence), ...(count > 0 ? [`${count} secrets in its texts were replaced`] : [])]
  const sources = evidence === undefined ? [] : [await sourceOf(evidence)]
  const write = async (): Promise<Recorded> => {
    const kept = readFindingsIfAny(place.path, place.shown)
    const { whole, state, note } = compared(kept, named, nowUtc)
    const counted = kept.findings.length + (state === 'appended' ? 1 : 0)
    const said = { sources, finding: whole, counted, notes: [...notes, ...note] }
    if (dryRun) return { ...said, state: 'dry-run', newVersions: [] }
    if (state !== 'unchanged') writeWhole(place.path, withFinding(kept, whole))
    const change = place.isVersioned ? await addToBundle(bundle.path, bundle.shown, [], nowUtc) : undefined
    return { ...said, state, newVersions: [...(change?.newVersions ?? [])] }
  }
  return dryRun ? await write() : await withLock(place.path, write)
}

const sourceOf = async ({ path, inside }: EvidencePlace): Promise<SourceReference> => ({
  path: basename(inside),
  sha256: await hashPath(path),
})

function requireEvidence(bundle: string, given: string | undefined, fromHere: string | undefined): EvidencePlace | undefined {
  if (given === undefined) return undefined
  const evidence = findEvidence(bundle, given, fromHere)
  if (evidence !== undefined) return evidence
  throw new SextantError(
    'file_not_found',
    `evidence ${given} is not in the bundle`,
    'Name a file in it, relative to the bundle; `sextant evidence add BUNDLE FILE` brings one in.',
    { path: given },
  )
}

/** What is in the folder and not in the manifest is no evidence yet: `evidence verify` will say the same. */
function evidenceNotes({ isVersioned, bundle }: FindingsPlace, evidence: EvidencePlace | undefined): string[] {
  const unversioned = isVersioned ? [] : ['the bundle has no manifest: earlier versions of its findings are not kept']
  if (evidence === undefined) return ['no evidence is named: nobody can check this finding', ...unversioned]
  if (bundle === undefined || !isVersioned || isLayer(evidence.inside)) return unversioned
  const isListed = readManifest(bundle.path, bundle.shown).artifacts.some(
    ({ path }) => path === evidence.inside || path.startsWith(`${evidence.inside}/`),
  )
  return isListed ? [] : [`${evidence.inside} is in the folder, not in the manifest: add it with \`sextant evidence add\``]
}

/** The finding that is written: the time of detection stays that of the first record where none is given. */
function compared(kept: KeptFindings, finding: Finding, nowUtc: string) {
  const old = kept.findings.find(({ id }) => id === finding.id)
  const whole: Finding = { ...finding, detected_at_utc: finding.detected_at_utc ?? old?.detected_at_utc ?? nowUtc }
  const state = old === undefined ? 'appended' : JSON.stringify(ordered(old)) === JSON.stringify(ordered(whole)) ? 'unchanged' : 'replaced'
  const note = old !== undefined && old.status !== whole.status ? [`status: ${old.status} before, ${whole.status} now`] : []
  return { whole, state, note } as const
}

const ordered = (finding: Finding) => Object.entries(finding).sort(([a], [b]) => (a < b ? -1 : 1))

/** Texts enter the bundle as any other: without secrets. */
function withoutSecrets(finding: Finding): { readonly redacted: Finding; readonly count: number } {
  let count = 0
  const clean = (text: string): string => {
    const result = redactText(text)
    count += result.count
    return result.text
  }
  const redacted: Finding = {
    ...finding,
    source_query: clean(finding.source_query),
    headline: clean(finding.headline),
    recommended_action: clean(finding.recommended_action),
    ...(finding.notes === undefined ? {} : { notes: clean(finding.notes) }),
    ...(finding.references === undefined ? {} : { references: finding.references.map(clean) }),
    ...(finding.affected_entities === undefined
      ? {}
      : { affected_entities: finding.affected_entities.map(({ kind, value }) => ({ kind, value: clean(value) })) }),
  }
  return { redacted, count }
}
