/**
 * How a campaign becomes visible at once, without conditional puts: every table is an object named by its content (`_objects/`), which is never
 * rewritten; then one put of `_commits/campaign=<id>.json` names them all; then copies under the field's own keys. A reader of the commit sees
 * the old set or the new one. What was written and never committed is invisible and is used by the next try.
 */
import { createHash } from 'node:crypto'
import { isSextantError, SextantError } from '#base/errors.ts'
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
 * Objects; then copies of the replaced commit under another date go; then the commit; then copies. Safe to stop anywhere and to repeat, because
 * until the commit is put the replaced one still says what goes: readers of copies may find a campaign missing, never twice.
 * @returns keys written. @param before the commit that was there when the caller decided to replace it.
 */
export async function publishCommit(store: ObjectStore, { commit, files }: Publication, before: LakeCommit | undefined): Promise<string[]> {
  const written: string[] = []
  for (const [index, table] of commit.tables.entries()) {
    const bytes = files[index]
    if (bytes === undefined) throw new Error('a table without its file')
    // By its bytes, not by its name and size: publishing again is how a damaged object is mended.
    if ((await committedBytes(store, table)) !== undefined) continue
    await store.put(table.object, bytes)
    written.push(table.object)
  }
  const key = commitKey(commit.campaign)
  if (before === undefined || jsonText(before) !== jsonText(commit)) {
    // Read again: another publisher may have been here since, and what it left under another date would be nobody's.
    const standing = (await standingCommit(store, commit.campaign)) ?? before
    await removeOthers(store, standing, commit)
    await store.put(key, new TextEncoder().encode(jsonText(commit)))
    written.push(key)
  }
  return [...written, ...(await settleCopies(store, { commit, files }))]
}

/** A damaged commit is replaced as if there were none. */
export async function standingCommit(store: ObjectStore, campaign: string): Promise<LakeCommit | undefined> {
  try {
    return await readCommit(store, campaign)
  } catch (error) {
    if (isSextantError(error) && error.code === 'corrupt_file') return undefined
    throw error
  }
}

async function removeOthers(store: ObjectStore, older: LakeCommit | undefined, commit: LakeCommit): Promise<void> {
  const current = new Set(commit.tables.map(({ key }) => key))
  for (const { key } of older?.tables ?? []) if (!current.has(key)) await store.remove(key)
}

/** Two publishers that overtake each other again and again are no race but a loop of somebody's: the last commit's publisher ends it. */
const ROUNDS = 5

/**
 * Copies as the commit names them, and once more where another publisher has replaced the commit meanwhile: whichever of the two looks last
 * writes the copies of the commit that stands.
 */
async function settleCopies(store: ObjectStore, own: Publication): Promise<string[]> {
  const written: string[] = []
  let now: Publication = own
  for (let round = 1; ; round += 1) {
    written.push(...(await writeCopies(store, now)))
    const standing = await standingCommit(store, own.commit.campaign)
    if (round === ROUNDS || standing === undefined || jsonText(standing) === jsonText(now.commit)) return written
    const files: Uint8Array[] = []
    for (const table of standing.tables) {
      const bytes = await committedBytes(store, table)
      // Its object is damaged: verify names that, nothing is made up here.
      if (bytes === undefined) return written
      files.push(bytes)
    }
    await removeOthers(store, now.commit, standing)
    now = { commit: standing, files }
  }
}

async function writeCopies(store: ObjectStore, { commit, files }: Publication): Promise<string[]> {
  const written: string[] = []
  for (const [index, { key, sha256 }] of commit.tables.entries()) {
    const there = await store.get(key)
    if (there !== undefined && sha256Of(there) === sha256) continue
    const bytes = files[index]
    if (bytes === undefined) throw new Error('a table without its file')
    await store.put(key, bytes)
    written.push(key)
  }
  return written
}
