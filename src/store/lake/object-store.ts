/** Objects under keys: a local folder or a bucket. A put is whole or not at all; nothing here needs a conditional put. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileError } from '#platform/access.ts'
import { writeWhole } from '#platform/files.ts'

export interface ObjectStore {
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Keys below a prefix, sorted. */
  list(prefix: string): Promise<string[]>
  /** Files of writers that were killed before their put was whole: no reader sees them. Sorted; a bucket keeps none. */
  abandoned(): Promise<string[]>
  remove(key: string): Promise<void>
}

/** A put takes well under this: what is older has lost its writer, wherever that ran. */
const ABANDONED_AFTER_MS = 3_600_000

function isLivePartial(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined || (Date.now() - stats.mtimeMs < ABANDONED_AFTER_MS && isWriterAlive(basename(path)))
}

/** `.<name>.<pid>.<number>.partial`, as `writeWhole` names it. */
function isWriterAlive(name: string): boolean {
  const pid = Number(/\.(\d+)\.\d+\.partial$/.exec(name)?.[1])
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process lives too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

export function folderStore(root: string): ObjectStore {
  const at = (key: string): string => join(root, ...key.split('/'))
  const read = (key: string): Uint8Array | undefined => {
    if (!existsSync(at(key))) return undefined
    try {
      return readFileSync(at(key))
    } catch (error) {
      throw fileError(key, error)
    }
  }
  const below = (prefix: string, partials = false): string[] => {
    if (!existsSync(at(prefix))) return []
    return readdirSync(at(prefix)).flatMap((name) => {
      const key = prefix === '' ? name : `${prefix}/${name}`
      // A file may go between listing and looking: a writer's partial is renamed.
      if (statSync(at(key), { throwIfNoEntry: false })?.isDirectory() === true) return below(key, partials)
      return name.endsWith('.partial') === partials ? [key] : []
    })
  }
  return {
    get: async (key) => read(key),
    put: async (key, bytes) => writeWhole(at(key), bytes),
    list: async (prefix) => below(prefix.replace(/\/$/, '')).sort(),
    abandoned: async () => below('', true).filter((key) => !isLivePartial(at(key))),
    remove: async (key) => rmSync(at(key), { force: true }),
  }
}
