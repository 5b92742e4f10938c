/** Every file below a root, ignored and dot folders too: a search that skips what git ignores misses every artifact (trap H17). */
import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileError } from '#platform/access.ts'

export interface Walked {
  /** Relative to the root with `/`, sorted. */
  readonly files: readonly string[]
  readonly skipped: readonly { readonly path: string; readonly why: string }[]
}

/** Version control's own store and installed packages hold no evidence, and most of the files. */
const neverEntered = new Set(['.git', '.hg', '.svn', 'node_modules'])

/** A root with more entries is no folder of experiments; a search that never ends answers nothing. */
export const MAX_ENTRIES = 500_000

/**
 * Links are not followed: they may leave the root or run in circles.
 * @param start folder below the root to begin at; '' is the root.
 * @param prunes says of a folder (its path, the names beside it) whether to pass it by.
 */
export function walk(
  root: string,
  start: string,
  prunes: (path: string, siblings: ReadonlySet<string>) => boolean,
  most = MAX_ENTRIES,
): Walked {
  const files: string[] = []
  const skipped: { path: string; why: string }[] = []
  let left = most
  const visit = (folder: string): void => {
    let entries: Dirent[]
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      if (folder === start) throw fileError(join(root, folder), error)
      skipped.push({ path: folder, why: `cannot be read (${code})` })
      return
    }
    if (left < entries.length) {
      skipped.push({ path: folder === '' ? '.' : folder, why: `more than ${most} entries below the root: not entered` })
      return
    }
    left -= entries.length
    const names = new Set(entries.map(({ name }) => name))
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) files.push(path)
      else if (entry.isDirectory() && !neverEntered.has(entry.name) && !prunes(path, names)) visit(path)
    }
  }
  visit(start)
  return { files: files.sort(), skipped }
}
