/**
 * How a campaign becomes visible at once, without conditional puts: every table is an object named by its content (`_objects/`), which is never
 * rewritten; then one put of `_commits/campaign=<id>.json` names them all; then copies under the field's own keys. A reader of the commit sees
 * the old set or the new one. What was written and never committed is invisible and is used by the next try.
 */
import { createHash } from 'node:crypto'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { type LakeCommit, lakeCommitSchema } from '#formats/lake/lake-answers.ts'
import type { ObjectStore } from './object-store.ts'

export const commitKey = (campaign: string): string => `_commits/campaign=${campaign}.json`
export const objectKey = (table: string, sha256: string): string => `_objects/${table}-${sha256}.parquet`
export const fieldKey = (table: string, dt: string, campaign: string): string => `${table}/dt=${dt}/campaign=${campaign}/part-0.parquet`

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function readCommit(store: ObjectStore, campaign: string): Promise<LakeCommit | undefined> {
  const bytes = await store.get(commitKey(campaign))
  return bytes === undefined ? undefined : parseCommit(bytes, commitKey(campaign))
}

function parseCommit(bytes: Uint8Array, key: string): LakeCommit {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    value = undefined
  }
  const parsed = lakeCommitSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new SextantError('corrupt_file', `${key} of the lake is no commit`, 'Publish the campaign again with --if-exists overwrite.', {
    key,
  })
}

export async function allCommits(store: ObjectStore): Promise<{ readonly commits: LakeCommit[]; readonly damaged: string[] }> {
  const commits: LakeCommit[] = []
  const damaged: string[] = []
  for (const key of await store.list('_commits/')) {
    const bytes = await store.get(key)
    if (bytes === undefined) continue
    try {
      commits.push(parseCommit(bytes, key))
    } catch {
      damaged.push(key)
    }
  }
  return { commits, damaged }
}

/** A table's bytes as its commit names them; undefined where the object is gone or is something else. */
export async function committedBytes(
  store: ObjectStore,
  { object, sha256 }: LakeCommit['tables'][number],
): Promise<Uint8Array | undefined> {
  const bytes = await store.get(object)
  return bytes !== undefined && sha256Of(bytes) === sha256 ? bytes : undefined
}

export interface Publication {
  readonly commit: LakeCommit
  /** In the order of the commit's tables. */
  readonly files: readonly Uint8Array[]
}

/**
 * Objects, then the commit, then copies. Safe to stop anywhere and to repeat. @returns keys written.
 * @param before the commit that is replaced: its copies under another date go last.
 */
export async function publishCommit(store: ObjectStore, { commit, files }: Publication, before: LakeCommit | undefined): Promise<string[]> {
  const written: string[] = []
  for (const [index, { object }] of commit.tables.entries()) {
    const bytes = files[index]
    if (bytes === undefined) throw new Error('a table without its file')
    // The name says the content: what is there with its whole size is it.
    if ((await store.head(object)) === bytes.length) continue
    await store.put(object, bytes)
    written.push(object)
  }
  const text = jsonText(commit)
  const key = commitKey(commit.campaign)
  if (before === undefined || jsonText(before) !== text) {
    await store.put(key, new TextEncoder().encode(text))
    written.push(key)
  }
  return [...written, ...(await writeCopies(store, { commit, files }, before))]
}

async function writeCopies(store: ObjectStore, { commit, files }: Publication, before: LakeCommit | undefined): Promise<string[]> {
  const written: string[] = []
  for (const [index, { key, sha256 }] of commit.tables.entries()) {
    const there = await store.get(key)
    if (there !== undefined && sha256Of(there) === sha256) continue
    await store.put(key, files[index] ?? new Uint8Array())
    written.push(key)
  }
  const current = new Set(commit.tables.map(({ key }) => key))
  for (const { key } of before?.tables ?? []) if (!current.has(key)) await store.remove(key)
  return written
}
