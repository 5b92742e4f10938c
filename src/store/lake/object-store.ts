/** Objects under keys: a local folder or a bucket. A put is whole or not at all; nothing here needs a conditional put. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileError } from '#platform/access.ts'
import { writeWhole } from '#platform/files.ts'

export interface ObjectStore {
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Size; undefined where there is none. */
  head(key: string): Promise<number | undefined>
  /** Keys below a prefix, sorted. */
  list(prefix: string): Promise<string[]>
  remove(key: string): Promise<void>
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
  const below = (prefix: string): string[] => {
    if (!existsSync(at(prefix))) return []
    return readdirSync(at(prefix))
      .filter((name) => !name.endsWith('.partial'))
      .flatMap((name) => {
        const key = prefix === '' ? name : `${prefix}/${name}`
        return statSync(at(key)).isDirectory() ? below(key) : [key]
      })
  }
  return {
    get: async (key) => read(key),
    put: async (key, bytes) => writeWhole(at(key), bytes),
    head: async (key) => statSync(at(key), { throwIfNoEntry: false })?.size,
    list: async (prefix) => below(prefix.replace(/\/$/, '')).sort(),
    remove: async (key) => rmSync(at(key), { force: true }),
  }
}
