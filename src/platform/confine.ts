/** Keeps a door's paths inside one folder, symbolic links resolved. */
import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { SextantError } from '#base/errors.ts'

/** Real path of `path`, or of its nearest existing parent with the rest appended: a file to be written need not exist yet. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path))
  }
}

/** Resolves `given` from `cwd`; throws `path_outside_root` where it leaves `root`. */
export function confinedPath(root: string, cwd: string, given: string): string {
  const path = resolve(cwd, given)
  const within = relative(realPathOf(root), realPathOf(path))
  if (within === '..' || within.startsWith(`..${'/'}`) || within.startsWith('..\\') || isAbsolute(within)) {
    throw new SextantError(
      'path_outside_root',
      `${given} is outside the folder that this server may read.`,
      'Use a path inside it, or start the server with --root naming a folder that holds the file.',
      { path: given },
    )
  }
  return path
}
