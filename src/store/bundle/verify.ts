/** Whether a bundle is what its manifest says, byte by byte. Nothing is mended: a broken bundle is an outcome. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { EvidenceVerify } from '#formats/evidence.ts'
import type { EvidenceManifest } from '#formats/evidence-manifest.ts'
import { hashPath } from '#platform/hashing.ts'
import { versionPlace } from './bundle.ts'
import { readManifest, sha256Of, sumsText } from './manifest.ts'
import { filesBelow, isLayer, isOwn, requireBundle, systemPath } from './paths.ts'

export type BundleProblem = EvidenceVerify['problems'][number]

export interface Verified {
  readonly manifest: EvidenceManifest
  readonly problems: readonly BundleProblem[]
}

const error = (code: BundleProblem['code'], path: string, what: string): BundleProblem => ({ code, severity: 'error', path, what })
const note = (code: BundleProblem['code'], path: string, what: string): BundleProblem => ({ code, severity: 'note', path, what })

export async function verifyBundle(folder: string, shown: string): Promise<Verified> {
  requireBundle(folder, shown)
  const manifest = readManifest(folder, shown)
  const problems: BundleProblem[] = []
  for (const { path, sha256, bytes } of manifest.artifacts) {
    const file = systemPath(folder, path)
    if (!existsSync(file)) problems.push(error('missing', path, 'listed in the manifest, not in the bundle'))
    else if (statSync(file).size !== bytes || (await hashPath(file)) !== sha256)
      problems.push(error('changed', path, 'its bytes are not those that were added'))
  }
  problems.push(...unlisted(folder, manifest), ...layerProblems(folder, manifest), ...sumsProblems(folder, manifest))
  return { manifest, problems: problems.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) }
}

/** A file nobody added proves nothing: no claim may rest on it. After sealing it has no business in the bundle. */
function unlisted(folder: string, manifest: EvidenceManifest): BundleProblem[] {
  const listed = new Set(manifest.artifacts.map(({ path }) => path))
  const { files, links } = filesBelow(folder)
  const make = manifest.sealed === undefined ? note : error
  return [
    ...files
      .filter((path) => !isOwn(path) && !isLayer(path) && !listed.has(path))
      .map((path) => make('unlisted', path, 'in the folder, not in the manifest')),
    ...links.map((path) => error('unlisted', path, 'a link: evidence is bytes')),
  ]
}

function layerProblems(folder: string, manifest: EvidenceManifest): BundleProblem[] {
  const problems: BundleProblem[] = []
  for (const { path, versions } of manifest.layer) {
    for (const [index, { sha256 }] of versions.entries()) {
      const kept = systemPath(folder, versionPlace(path, index + 1))
      if (!existsSync(kept)) problems.push(error('version-missing', path, `version ${index + 1} is not in versions/`))
      else if (sha256Of(readFileSync(kept)) !== sha256)
        problems.push(error('version-changed', path, `version ${index + 1} is not what was recorded`))
    }
    const file = systemPath(folder, path)
    if (!existsSync(file)) problems.push(note('layer-unrecorded', path, 'removed since it was last recorded'))
    else if (sha256Of(readFileSync(file)) !== versions[versions.length - 1]?.sha256) {
      problems.push(note('layer-unrecorded', path, 'edited since it was last recorded: `sextant evidence add BUNDLE` records it'))
    }
  }
  return problems
}

function sumsProblems(folder: string, manifest: EvidenceManifest): BundleProblem[] {
  const sums = join(folder, 'sha256sums.txt')
  const expected = sumsText(manifest)
  const problems: BundleProblem[] = []
  if (!existsSync(sums) || readFileSync(sums, 'utf8') !== expected)
    problems.push(error('sums-differ', 'sha256sums.txt', 'does not list what the manifest lists'))
  if (manifest.sealed !== undefined && manifest.sealed.sha256sums_sha256 !== sha256Of(expected)) {
    problems.push(error('seal-broken', 'manifest.json', 'the list of artifacts is not the one that was sealed'))
  }
  return problems
}
