/** Where bundles stand, and how a path inside one is named. */
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { segmentPattern } from '#formats/evidence-manifest.ts'

/** The field's variable; else the working folder is the root of the experiments. */
export function experimentsRoot(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const root = env['PROFILE_AND_OPTIMIZE_REPO_ROOT']
  return root === undefined || root === '' ? cwd : resolve(cwd, root)
}

export function bundleFolder(family: string, runId: string): string {
  for (const [what, value] of [
    ['family', family],
    ['run id', runId],
  ] as const) {
    if (!segmentPattern.test(value)) {
      throw new SextantError(
        'usage',
        `“${value}” cannot be a ${what}`,
        'Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit.',
        {
          [what]: value,
        },
      )
    }
  }
  return join('experiments', 'artifacts', family, runId)
}

/** Folders that hold what is said about the evidence, not evidence: their files have versions. */
const layerNames = ['SOURCE.md', 'summary.md', 'HANDOFF.md', 'provenance.json'] as const
export const isLayer = (path: string): boolean => (layerNames as readonly string[]).includes(path) || path.startsWith('findings/')

/** Files that the bundle itself keeps. */
export const isOwn = (path: string): boolean =>
  path === 'manifest.json' ||
  path === 'sha256sums.txt' ||
  path.startsWith('versions/') ||
  path.endsWith('.partial') ||
  path.endsWith('.lock')

/** Every file below a folder, relative with `/`, sorted. Links are named, never followed: evidence is bytes, not a way to other bytes. */
export function filesBelow(folder: string, prefix = ''): { readonly files: string[]; readonly links: string[] } {
  const files: string[] = []
  const links: string[] = []
  for (const name of readdirSync(folder).sort()) {
    const stats = lstatSync(join(folder, name))
    const path = `${prefix}${name}`
    if (stats.isSymbolicLink()) links.push(path)
    else if (stats.isDirectory()) {
      const below = filesBelow(join(folder, name), `${path}/`)
      files.push(...below.files)
      links.push(...below.links)
    } else if (stats.isFile()) files.push(path)
  }
  return { files, links }
}

/** A place inside the bundle that a file is kept at; refused where it would leave the bundle or belong to its own files. */
export function placeInside(path: string): string {
  const parts = path.split(/[/\\]/)
  const isInside =
    path !== '' && !isAbsolute(path) && !path.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  const place = parts.join('/')
  if (!isInside || isOwn(place)) {
    throw new SextantError(
      'usage',
      `“${path}” is no place inside a bundle`,
      'Name a relative path as profiles/capture.nsys-rep, not one of the bundle’s own files.',
      {
        path,
      },
    )
  }
  return place
}

export function requireBundle(folder: string, shown: string): void {
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new SextantError(
      'file_not_found',
      `no evidence bundle at ${shown}`,
      'Begin one: sextant evidence init --family FAMILY --run-id ID.',
      {
        path: shown,
      },
    )
  }
}

export const systemPath = (folder: string, place: string): string =>
  join(folder, ...place.split('/').map((part) => part.replaceAll(sep, '')))
