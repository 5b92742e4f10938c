/** The files behind the paths that a person gave: a folder that is itself a capture stays one, any other stands for what is in it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isSextantError, SextantError } from '#base/errors.ts'
import { identify } from './open-capture.ts'

/** A capture folder has tens of files; ten thousand is a home directory given by mistake. */
const MOST_FILES = 10_000
/** Deep enough for job/node/rank/trace; a cycle of links ends here too. */
const MOST_LEVELS = 6

/** Depth first, names sorted. Paths that do not exist stay in the list: opening them says so. */
export function expandPaths(paths: readonly string[]): string[] {
  const files: string[] = []
  for (const path of paths) expand(path, 0, files)
  return files
}

function expand(path: string, level: number, files: string[]): void {
  if (files.length >= MOST_FILES) {
    throw new SextantError('limit_exceeded', `more than ${MOST_FILES} files`, 'Name the folder that holds the captures.', {
      limit: MOST_FILES,
    })
  }
  const names = level > MOST_LEVELS || isCapture(path) ? undefined : entriesOf(path)
  if (names === undefined) files.push(path)
  else for (const name of names) if (!name.startsWith('.')) expand(join(path, name), level + 1, files)
}

function entriesOf(path: string): string[] | undefined {
  try {
    const names = readdirSync(path).sort()
    return names.length === 0 ? undefined : names
  } catch {
    return undefined
  }
}

function isCapture(path: string): boolean {
  try {
    identify(path)
    return true
  } catch (error) {
    if (isSextantError(error)) return false
    throw error
  }
}
