/** The files behind the paths that a person gave: a folder that is itself a capture stays one, any other stands for what is in it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isSextantError, SextantError } from '#base/errors.ts'
import type { Detected } from './detect.ts'
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
  const detected = level > MOST_LEVELS ? undefined : detectedAs(path)
  const isClosed = detected !== undefined && detected.detection.holdsOthers !== true
  const names = level > MOST_LEVELS || isClosed ? undefined : entriesOf(path)
  if (names === undefined) {
    files.push(path)
    return
  }
  const before = files.length
  const own = new Set(detected?.detection.ownEntries)
  for (const name of names) if (!name.startsWith('.') && !own.has(name)) expand(join(path, name), level + 1, files)
  // What the folder declares and nothing in it is must be heard of: then the folder itself is asked.
  const kind = detected?.reader.kind
  if (kind !== undefined && !files.slice(before).some((file) => detectedAs(file)?.reader.kind === kind)) files.push(path)
}

function entriesOf(path: string): string[] | undefined {
  try {
    const names = readdirSync(path).sort()
    return names.length === 0 ? undefined : names
  } catch {
    return undefined
  }
}

function detectedAs(path: string): Detected | undefined {
  try {
    return identify(path)
  } catch (error) {
    if (isSextantError(error)) return undefined
    throw error
  }
}
