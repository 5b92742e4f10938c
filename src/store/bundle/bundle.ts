/**
 * Evidence bundles: raw artifacts that never change, and a versioned layer above them of what is said about them.
 * Every change holds the bundle's lock and ends with the manifest, so that an interrupted one can be repeated.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { Artifact, EvidenceManifest, LayerFile } from '#formats/evidence-manifest.ts'
import { fileError } from '#platform/access.ts'
import { copyWhole } from '#platform/copy-whole.ts'
import { withLock, writeWhole } from '#platform/files.ts'
import { hashPath } from '#platform/hashing.ts'
import { readManifest, sha256Of, sumsText, writeManifest } from './manifest.ts'
import { bundleFolder, filesBelow, isLayer, isOwn, placeInside, requireBundle, systemPath } from './paths.ts'
import { asText, MAX_REDACTED_BYTES, redactText } from './redaction.ts'
import { type BundleIdentity, handoffText, mechanismsText, observationsText, sourceText, summaryText } from './texts.ts'

/** Folders that the field's tools look into. */
const emptyFolders = ['raw', 'profiles', 'commands'] as const

/** Texts of a new bundle by place. */
export function initialTexts(about: BundleIdentity): Readonly<Record<string, string>> {
  return {
    'HANDOFF.md': handoffText(about),
    'SOURCE.md': sourceText(about),
    'findings/01-observations.md': observationsText,
    'findings/02-mechanisms.md': mechanismsText,
    'summary.md': summaryText(about),
  }
}

/** @returns the bundle's folder, relative to `root`. Refused where it exists: a bundle is begun once. */
export function initBundle(root: string, about: BundleIdentity): string {
  const shown = bundleFolder(about.family, about.runId)
  const folder = join(root, shown)
  if (existsSync(folder)) {
    throw new SextantError('usage', `${shown} exists: bundles are begun once`, 'Choose a new run id.', { bundle: shown })
  }
  // Built beside and renamed: nobody sees half a bundle.
  const building = join(dirname(folder), `.${about.runId}.${process.pid}.partial`)
  try {
    mkdirSync(building, { recursive: true })
    for (const name of emptyFolders) mkdirSync(join(building, name))
    const texts = initialTexts(about)
    for (const [place, text] of Object.entries(texts)) {
      writeWhole(join(building, place), text)
      writeWhole(join(building, versionPlace(place, 1)), text)
    }
    writeManifest(building, {
      schema: 'evidence_manifest/1',
      family: about.family,
      run_id: about.runId,
      created_at_utc: about.createdAtUtc,
      artifacts: [],
      layer: Object.entries(texts).map(([path, text]) => ({ path, versions: [versionOf(Buffer.from(text), about.createdAtUtc)] })),
    })
    renameSync(building, folder)
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    if (error instanceof SextantError) throw error
    throw new SextantError(
      'io_failed',
      `cannot begin ${shown}`,
      'Check the folder, its permissions and the free space.',
      { bundle: shown },
      error,
    )
  }
  return shown
}

/** Every version's bytes, the newest too: editing the file itself loses nothing that was recorded. */
export const versionPlace = (path: string, number: number): string => `versions/${path}/${number}`

const versionOf = (bytes: Uint8Array, atUtc: string) => ({ sha256: sha256Of(bytes), bytes: bytes.length, atUtc })

export interface Added {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly redactions: number
}

export interface BundleChange {
  readonly manifest: EvidenceManifest
  readonly added: readonly Added[]
  readonly present: readonly string[]
  readonly newVersions: readonly string[]
}

export interface FileToAdd {
  /** As opened. */
  readonly path: string
  /** As the caller named it, for messages. */
  readonly shown: string
  /** Folder inside the bundle. */
  readonly into: string
}

/** Adds files or whole folders. What is there with equal bytes is left; what is there with others is refused. */
export async function addToBundle(folder: string, shown: string, files: readonly FileToAdd[], nowUtc: string): Promise<BundleChange> {
  requireBundle(folder, shown)
  return await withLock(join(folder, 'manifest'), async () => {
    const manifest = readManifest(folder, shown)
    if (manifest.sealed !== undefined && files.length > 0) {
      throw new SextantError(
        'usage',
        `${shown} is sealed: its artifacts are immutable`,
        'Begin a new bundle with a new run id, and name this one in its SOURCE.md.',
        {
          bundle: shown,
        },
      )
    }
    const artifacts = new Map(manifest.artifacts.map((artifact) => [artifact.path, artifact]))
    const added: Added[] = []
    const present: string[] = []
    for (const file of files.flatMap(expand)) {
      const kept = await keep(folder, file, artifacts, nowUtc)
      if (kept === undefined) {
        present.push(file.place)
        continue
      }
      artifacts.set(kept.path, kept)
      added.push({ path: kept.path, sha256: kept.sha256, bytes: kept.bytes, redactions: kept.redactions ?? 0 })
    }
    const { layer, newVersions } = recordLayer(folder, manifest.layer, nowUtc)
    const next = { ...manifest, artifacts: [...artifacts.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), layer }
    if (added.length > 0 || newVersions.length > 0) writeManifest(folder, next)
    return { manifest: next, added, present, newVersions }
  })
}

interface Place {
  readonly path: string
  readonly shown: string
  readonly place: string
}

function expand({ path, shown, into }: FileToAdd): Place[] {
  const prefix = into === '' ? '' : `${placeInside(into)}/`
  let isFolder: boolean
  try {
    isFolder = statSync(path).isDirectory()
  } catch (error) {
    throw fileError(shown, error)
  }
  const name = basename(path)
  if (!isFolder) return [{ path, shown, place: placeInside(`${prefix}${name}`) }]
  const { files, links } = filesBelow(path)
  const [link] = links
  if (link !== undefined) {
    throw new SextantError('usage', `${shown}/${link} is a link`, 'Replace it by the file that it stands for.', {
      path: `${shown}/${link}`,
    })
  }
  return files.map((file) => ({ path: systemPath(path, file), shown: `${shown}/${file}`, place: placeInside(`${prefix}${name}/${file}`) }))
}

/** Undefined where the same bytes are there already. */
async function keep(
  folder: string,
  { path, shown, place }: Place,
  artifacts: ReadonlyMap<string, Artifact>,
  nowUtc: string,
): Promise<Artifact | undefined> {
  if (isLayer(place)) {
    throw new SextantError(
      'usage',
      `${place} belongs to what is said about the evidence, not to the evidence`,
      'Edit it in the bundle; its versions are kept.',
      {
        path: place,
      },
    )
  }
  const target = systemPath(folder, place)
  const known = artifacts.get(place)
  const text = statSync(path).size <= MAX_REDACTED_BYTES ? asText(readFileSync(path)) : undefined
  const redacted = text === undefined ? undefined : redactText(text)
  if (known !== undefined && existsSync(target)) {
    const now = redacted === undefined ? await hashPath(path) : sha256Of(redacted.text)
    if (now === known.sha256) return undefined
    throw new SextantError(
      'usage',
      `${place} is in the bundle with other bytes`,
      'Add it under another name (--into FOLDER): evidence is never replaced.',
      { path: place },
    )
  }
  // Left by an interrupted add: it is not in the manifest, so nobody relies on it.
  rmSync(target, { force: true })
  if (redacted !== undefined && redacted.count > 0) {
    writeWhole(target, redacted.text)
    const bytes = Buffer.byteLength(redacted.text)
    return { path: place, sha256: sha256Of(redacted.text), bytes, addedAtUtc: nowUtc, redactions: redacted.count }
  }
  const { sha256, bytes } = copyWhole(path, target, shown)
  return { path: place, sha256, bytes, addedAtUtc: nowUtc }
}

/** A file of the layer that changed gets a new version. */
function recordLayer(folder: string, layer: readonly LayerFile[], nowUtc: string): { layer: LayerFile[]; newVersions: string[] } {
  const known = new Map(layer.map((file) => [file.path, file]))
  const newVersions: string[] = []
  for (const path of filesBelow(folder).files.filter((each) => isLayer(each) && !isOwn(each))) {
    const bytes = readFileSync(systemPath(folder, path))
    const version = versionOf(bytes, nowUtc)
    const before = known.get(path)?.versions ?? []
    if (before[before.length - 1]?.sha256 === version.sha256) continue
    writeWhole(systemPath(folder, versionPlace(path, before.length + 1)), bytes)
    known.set(path, { path, versions: [...before, version] })
    newVersions.push(path)
  }
  return { layer: [...known.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), newVersions }
}

/** After this the artifacts are fixed: the hash of their sums says which. Sealing twice is the same as once. */
export async function sealBundle(folder: string, shown: string, nowUtc: string): Promise<BundleChange> {
  const change = await addToBundle(folder, shown, [], nowUtc)
  return await withLock(join(folder, 'manifest'), () => {
    const manifest = readManifest(folder, shown)
    if (manifest.sealed !== undefined) return { ...change, manifest }
    if (manifest.artifacts.length === 0) {
      throw new SextantError(
        'usage',
        `${shown} holds no artifact: there is nothing to seal`,
        'Add the captures first: sextant evidence add BUNDLE FILE….',
        { bundle: shown },
      )
    }
    const sealed = { ...manifest, sealed: { at_utc: nowUtc, sha256sums_sha256: sha256Of(sumsText(manifest)) } }
    writeManifest(folder, sealed)
    return { ...change, manifest: sealed }
  })
}
