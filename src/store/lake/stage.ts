/** The tables of a lake as one consistent set on disk: each campaign as one commit names it, verified by content. */
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import type { LakeCommit } from '#formats/lake/lake-answers.ts'
import type { SourceReference } from '#formats/source.ts'
import { writeWhole } from '#platform/files.ts'
import { allCommits, committedBytes, readCommit } from './commits.ts'
import type { ObjectStore } from './object-store.ts'

/** A publish may replace a commit while its objects are read: then its new one is read. More often than this is no race. */
const TRIES = 4

export interface StagedLake {
  readonly commits: readonly LakeCommit[]
  /** Files by table, only of tables with rows. */
  readonly files: ReadonlyMap<string, readonly string[]>
  readonly sources: readonly SourceReference[]
  readonly damaged: readonly string[]
}

async function wholeCampaign(store: ObjectStore, first: LakeCommit): Promise<{ commit: LakeCommit; bytes: Map<string, Uint8Array> }> {
  let commit = first
  for (let tried = 1; ; tried += 1) {
    const bytes = new Map<string, Uint8Array>()
    for (const table of commit.tables) {
      if (table.rows === 0) continue
      const found = await committedBytes(store, table)
      if (found === undefined) break
      bytes.set(table.table, found)
    }
    if (bytes.size === commit.tables.filter(({ rows }) => rows > 0).length) return { commit, bytes }
    const again = await readCommit(store, commit.campaign)
    if (tried === TRIES || again === undefined)
      throw new SextantError(
        'corrupt_file',
        `an object of ${commit.campaign} in the lake is gone or damaged`,
        'Publish the campaign again; sextant lake verify names what is wrong.',
        { campaign: commit.campaign },
      )
    commit = again
  }
}

/** @param folder empty, of the caller, who removes it. */
export async function stageLake(store: ObjectStore, folder: string): Promise<StagedLake> {
  const { commits: found, damaged } = await allCommits(store)
  const files = new Map<string, string[]>()
  const sources: SourceReference[] = []
  const commits: LakeCommit[] = []
  for (const first of found) {
    const { commit, bytes } = await wholeCampaign(store, first)
    commits.push(commit)
    for (const [table, content] of bytes) {
      const path = join(folder, `${commit.campaign}.${table}.parquet`)
      writeWhole(path, content)
      files.set(table, [...(files.get(table) ?? []), path])
      const named = commit.tables.find((each) => each.table === table)
      if (named !== undefined) sources.push({ path: named.object, sha256: named.sha256 })
    }
  }
  return { commits, files, sources: sources.sort((a, b) => (a.path < b.path ? -1 : 1)), damaged }
}
