/** Where a findings.yaml stands, and which bundle it speaks for. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { SextantError } from '#base/errors.ts'

export interface FindingsPlace {
  /** As opened. */
  readonly path: string
  /** As the caller named it. */
  readonly shown: string
  /** Folder of the bundle, as opened and as the caller named it; absent where the file stands in none. */
  readonly bundle?: { readonly path: string; readonly shown: string }
  /** The bundle has a manifest of ours: its findings have versions. A bundle of another tool has only SOURCE.md. */
  readonly isVersioned: boolean
}

const isBundle = (folder: string): boolean => existsSync(join(folder, 'manifest.json')) || existsSync(join(folder, 'SOURCE.md'))

/** @param path the file (it need not exist yet) or the folder of a bundle. */
export function findingsPlace(path: string, shown: string): FindingsPlace {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    const place = join('findings', 'findings.yaml')
    return { path: join(path, place), shown: join(shown, place), ...bundleOf(path, shown) }
  }
  const up = basename(dirname(path)) === 'findings' ? (of: string) => dirname(dirname(of)) : dirname
  return { path, shown, ...bundleOf(up(path), up(shown)) }
}

function bundleOf(path: string, shown: string): Pick<FindingsPlace, 'bundle' | 'isVersioned'> {
  return isBundle(path) ? { bundle: { path, shown }, isVersioned: existsSync(join(path, 'manifest.json')) } : { isVersioned: false }
}

/** A finding without its bundle cannot name evidence; outside findings/ its versions would not be kept. */
export function requirePlaceToWrite({ path, shown, bundle, isVersioned }: FindingsPlace): {
  readonly path: string
  readonly shown: string
} {
  if (bundle === undefined) {
    throw new SextantError(
      'file_not_found',
      `${shown} stands in no evidence bundle`,
      'Name BUNDLE/findings/findings.yaml of one that was begun: sextant evidence init --family FAMILY --run-id ID.',
      { path: shown },
    )
  }
  if (isVersioned && basename(dirname(path)) !== 'findings') {
    throw new SextantError('usage', `${shown} is not in the bundle’s findings/`, 'Name BUNDLE/findings/findings.yaml.', { path: shown })
  }
  return bundle
}

export interface EvidencePlace {
  /** As opened. */
  readonly path: string
  /** Relative to the bundle, with `/`. */
  readonly inside: string
}

/**
 * Evidence by its path in the bundle, or by one from the working folder that leads into the bundle; undefined where neither exists.
 * Links are resolved: evidence that lies elsewhere is not in the bundle.
 */
export function findEvidence(bundle: string, given: string, fromHere: string | undefined): EvidencePlace | undefined {
  const root = realpathSync(bundle)
  for (const candidate of [isAbsolute(given) ? undefined : join(bundle, given), fromHere]) {
    if (candidate === undefined || !existsSync(candidate)) continue
    const inside = relative(root, realpathSync(candidate)).split(sep).join('/')
    if (inside !== '' && inside !== '..' && !inside.startsWith('../') && !isAbsolute(inside)) return { path: candidate, inside }
  }
  return undefined
}
