/** Files of one cell of a campaign (facts/formats.md section 8): written whole, and nowhere else. */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { writeWhole } from '#platform/files.ts'

/** Ids of campaigns and cells (facts/formats.md section 10). */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** False too below a file (ENOTDIR), and where nobody may look. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * The folder of a campaign: as given, or below `campaigns/`. `resolve` is the door's own way from a given path to one that may be opened.
 */
export function campaignFolder(given: string, resolve: (path: string) => string): string {
  const path = resolve(given)
  if (isFolder(join(path, 'cells'))) return path
  const below = ID.test(given) ? resolve(join('campaigns', given)) : path
  if (isFolder(join(below, 'cells'))) return below
  throw new SextantError(
    'file_not_found',
    `${given} is no campaign: there is no folder cells in it, nor in campaigns/${given}`,
    'Give the campaign’s folder, or its name where campaigns/ lies in the current folder.',
  )
}

export function cellFolder(campaign: string, cellId: string): string {
  const cells = join(campaign, 'cells')
  const path = join(cells, cellId)
  if (!ID.test(cellId) || !isFolder(path)) {
    const known = listed(cells).filter((name) => isFolder(join(cells, name)))
    throw new SextantError('file_not_found', `the campaign has no cell ${cellId}`, `Choose one of: ${known.join(', ') || 'none yet'}.`, {
      cells: known,
    })
  }
  const within = relative(realpathSync(cells), realpathSync(path))
  if (within === '' || within.startsWith('..') || within.includes(sep))
    throw new SextantError('path_outside_root', `the cell ${cellId} is a link out of its campaign`, 'Copy the cell into the campaign.')
  return path
}

/** Names of the campaign's cells, sorted. */
export function cellIds(campaign: string): string[] {
  return listed(join(campaign, 'cells')).filter((name) => ID.test(name) && isFolder(join(campaign, 'cells', name)))
}

/** All or nothing per file; the folder must be there already. Returns the name. */
export function writeCellFile(folder: string, name: string, content: string): string {
  if (name !== basename(name)) throw new Error(`${name} is no name of a file in a cell`)
  if (!isFolder(folder))
    throw new SextantError('file_not_found', `${basename(dirname(folder))}/${basename(folder)} is gone`, 'Create the cell again.')
  writeWhole(join(folder, name), content)
  return name
}
