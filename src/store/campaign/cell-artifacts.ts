/** Small JSON and text files of a campaign: absent is undefined, damaged is a reason. */
import { readFileSync, statSync } from 'node:fs'
import type * as z from 'zod'
import { fileError } from '#platform/access.ts'

/** Far above any artifact of a cell; a stranger's file must not fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024

export type ReadArtifact<T> =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly value: T; readonly text: string }
  | Unreadable

export interface Unreadable {
  readonly state: 'unreadable'
  readonly reason: string
}

/** Throws only where the system refuses (permissions): that is to be mended, not reported around. */
export function readTextFile(path: string, shown: string): ReadArtifact<string> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { state: 'absent' }
  if (!stats.isFile()) return { state: 'unreadable', reason: 'is no file' }
  if (stats.size > MAX_BYTES) return { state: 'unreadable', reason: `is larger than ${MAX_BYTES / 1024 / 1024} MiB` }
  try {
    const text = readFileSync(path, 'utf8')
    return { state: 'read', value: text, text }
  } catch (error) {
    throw fileError(shown, error)
  }
}

export function readJsonFile<T>(path: string, shown: string, schema: z.ZodType<T>): ReadArtifact<T> {
  const read = readTextFile(path, shown)
  if (read.state !== 'read') return read
  let value: unknown
  try {
    value = JSON.parse(read.text)
  } catch {
    return { state: 'unreadable', reason: 'is no JSON' }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { state: 'read', value: parsed.data, text: read.text }
  const [issue] = parsed.error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  return { state: 'unreadable', reason: `${where === '' ? '' : `${where}: `}${issue?.message ?? 'is of another shape'}` }
}
