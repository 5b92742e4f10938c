/** Is a lake what its commits say? Objects by content, copies for readers of the field, and what nobody names. */
import type { LakeCommit, LakeVerify } from '#formats/lake/lake-answers.ts'
import { allCommits, committedBytes, sha256Of } from '#store/lake/commits.ts'
import type { OpenedLake } from '#store/lake/open-lake.ts'

type Problem = LakeVerify['problems'][number]

async function problemsOf({ store }: OpenedLake, commit: LakeCommit): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const table of commit.tables) {
    if ((await committedBytes(store, table)) === undefined)
      problems.push({ severity: 'error', code: 'object-damaged', path: table.object, what: 'gone, or not the bytes that the commit names' })
    const copy = await store.get(table.key)
    if (copy === undefined || sha256Of(copy) !== table.sha256)
      problems.push({
        severity: 'error',
        code: copy === undefined ? 'copy-missing' : 'copy-differs',
        path: table.key,
        what: 'a publish was interrupted, or somebody else wrote here',
      })
  }
  return problems
}

export async function verifyLake(lake: OpenedLake): Promise<Omit<LakeVerify, 'schema'>> {
  const { commits, damaged } = await allCommits(lake.store)
  const problems: Problem[] = damaged.map((path) => ({ severity: 'error', code: 'commit-damaged', path, what: 'is no commit' }))
  for (const commit of commits) problems.push(...(await problemsOf(lake, commit)))
  const named = new Set(commits.flatMap(({ tables }) => tables.flatMap(({ object, key }) => [object, key])))
  for (const key of await lake.store.list('')) {
    if (named.has(key) || key.startsWith('_commits/')) continue
    if (key.startsWith('_objects/'))
      problems.push({ severity: 'note', code: 'object-unused', path: key, what: 'of an older or unfinished publish: no reader sees it' })
    else if (key.endsWith('.parquet'))
      problems.push({ severity: 'error', code: 'copy-unnamed', path: key, what: 'readers of the field see it and no commit names it' })
  }
  for (const path of await lake.store.abandoned())
    problems.push({
      severity: 'note',
      code: 'partial-left',
      path,
      what: 'of a publish that was killed or still runs elsewhere; no reader sees it; delete it when none runs',
    })
  const errors = problems.filter(({ severity }) => severity === 'error')
  const [first] = errors
  return {
    sources: commits
      .flatMap(({ tables }) => tables.map(({ object, sha256 }) => ({ path: object, sha256 })))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    lake: lake.shown,
    ok: errors.length === 0,
    campaigns: commits.map(({ campaign, dt, tables, sol_rigor, gaps }) => ({
      campaign,
      dt,
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      sol_rigor,
      gaps: gaps.map(({ gap }) => gap),
    })),
    problems: problems.sort((a, b) => (a.path < b.path ? -1 : 1)),
    next:
      first === undefined
        ? { lever: 'ask the lake', expectedUnlock: 'answers over all campaigns', gate: 'sextant lake query --named champions' }
        : {
            lever: `mend ${first.path}`,
            expectedUnlock: 'a lake that all readers read alike',
            gate: first.code === 'copy-unnamed' ? 'delete it: no commit names it' : 'publish its campaign again with --if-exists overwrite',
          },
  }
}
