/** A copy of the example campaign in a folder of its own, the commands of the lake on it, and its two states. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LakePublish, LakeQuery, LakeVerify } from '../../src/formats/lake/lake-answers.ts'
import { checkoutRoot } from './checkout.ts'
import { runInProcess } from './in-process.ts'

export type Answer<T> = T & { readonly error?: { readonly code: string; readonly message: string; readonly hint: string } }

export interface LakeCampaign {
  readonly folder: string
  /** Any command with `--json`, in the folder. */
  run<T>(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<{ status: number; answer: Answer<T> }>
  publish(...args: string[]): Promise<{ status: number; answer: Answer<LakePublish> }>
  query(sql: string, ...args: string[]): Promise<{ status: number; answer: Answer<LakeQuery> }>
  verify(...args: string[]): Promise<{ status: number; answer: Answer<LakeVerify> }>
  /** Another content: a title that every row of campaign_v1 carries, and a point less in atlas_v1. */
  change(title: string): void
}

/** One row that tells old, new and any mixture of both apart: the title is of one table, the number of points of another. */
export const both = 'SELECT c.title, count(*) AS points FROM campaign_v1 c JOIN atlas_v1 a USING (campaign_id) GROUP BY ALL'
export const oldState = ['Decode of a MoE model on one B200 node', 14]
export const newState = ['new', 13]

/** @param env of every command, for credentials. @param begin `as it is`: the folder holds its campaign already. */
export function lakeCampaign(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  begin: 'with a copy' | 'as it is' = 'with a copy',
): LakeCampaign {
  if (begin === 'with a copy') cpSync(join(checkoutRoot, 'examples/campaign'), join(folder, 'campaign'), { recursive: true })
  async function run<T>(args: readonly string[], more: Readonly<Record<string, string>> = env) {
    const { status, stdout, stderr } = await runInProcess([...args, '--json'], { cwd: folder, env: more })
    return { status, answer: JSON.parse(stdout === '' ? stderr : stdout) as Answer<T> } // the door prints the command's own format or an error
  }
  return {
    folder,
    run,
    publish: (...args) => run<LakePublish>(['lake', 'publish', 'campaign', ...args]),
    query: (sql, ...args) => run<LakeQuery>(['lake', 'query', sql, ...args]),
    verify: (...args) => run<LakeVerify>(['lake', 'verify', ...args]),
    change: (title) => {
      const path = join(folder, 'campaign/config.yaml')
      writeFileSync(path, readFileSync(path, 'utf8').replace(/ {2}title: .*/, `  title: ${title}`))
      const rows = join(folder, 'campaign/cells/tp8/normalized.json')
      const kept = JSON.parse(readFileSync(rows, 'utf8')).filter(({ concurrency }: { concurrency: number }) => concurrency !== 64)
      writeFileSync(rows, JSON.stringify(kept))
    },
  }
}
