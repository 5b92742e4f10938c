/** Reads the registry. Only complete entries exist: a folder becomes visible by one rename, when everything is in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { type PerfBaseline, perfBaselineSchema } from '#formats/perf-baseline.ts'
import { fileError } from '#platform/access.ts'
import { hashPath } from '#platform/hashing.ts'
import { stampOrder } from './layout.ts'

export interface BaselineEntry {
  readonly family: string
  readonly measurement: string
  readonly stamp: string
  readonly folder: string
  readonly baseline: PerfBaseline
}

/** Names of folders in a folder; none where it does not exist. Hidden ones are never entries. */
function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

/** Throws `corrupt_file` for an entry whose baseline.json is damaged: a registry is never read around. */
export function readEntry(folder: string): PerfBaseline {
  const path = join(folder, 'baseline.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, error)
  }
  const parsed = perfBaselineSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SextantError(
    'corrupt_file',
    `${path} is no baseline: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    'Restore the entry from version control; entries are never edited.',
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Every entry, oldest first within a measurement. */
export function listEntries(root: string): BaselineEntry[] {
  return foldersIn(root).flatMap((family) =>
    foldersIn(join(root, family)).flatMap((measurement) =>
      foldersIn(join(root, family, measurement))
        .filter((stamp) => stampOrder(stamp) !== undefined)
        .sort((a, b) => ((stampOrder(a) ?? '') < (stampOrder(b) ?? '') ? -1 : 1))
        .map((stamp) => {
          const folder = join(root, family, measurement, stamp)
          return { family, measurement, stamp, folder, baseline: readEntry(folder) }
        }),
    ),
  )
}

/** The byte-exact source of an entry: `source-snapshot.<ext>` or the folder `source-snapshot`. */
export function snapshotOf(folder: string): string {
  const name = readdirSync(folder).find((each) => each === 'source-snapshot' || each.startsWith('source-snapshot.'))
  if (name !== undefined) return join(folder, name)
  throw new SextantError('corrupt_file', `${folder} holds no source-snapshot`, 'Restore the entry from version control.')
}

/** Throws `corrupt_file` where the snapshot is not the bytes that were registered: an entry is immutable. */
export async function verifiedSnapshot(folder: string, baseline: PerfBaseline): Promise<string> {
  const snapshot = snapshotOf(folder)
  const sha256 = await hashPath(snapshot)
  if (sha256 === baseline.source_sha256) return snapshot
  throw new SextantError(
    'corrupt_file',
    `${snapshot} is not what was registered: its sha256 is ${sha256}, baseline.json says ${baseline.source_sha256}`,
    'Restore the entry from version control; to register another run, record it as an entry of its own.',
  )
}
