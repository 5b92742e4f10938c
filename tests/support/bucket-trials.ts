/**
 * What readers of a bucket see while publishers of it are killed, cut off or run at once: the same trials against the small server of the
 * quick tests and against a real one. Two campaigns of one id with other content take turns, each publish at its own time, so that every
 * publish writes all its objects anew.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { builtBinary } from './binary.ts'
import { both, type LakeCampaign, lakeCampaign, newState, oldState } from './lake-campaign.ts'
import { type Gate, type Moment, startGate } from './s3-gate.ts'

type Keys = Readonly<Record<string, string>>

export interface Bucket {
  readonly gate: Gate
  readonly campaign: LakeCampaign
  /** Arguments that name it, through the gate. */
  readonly where: readonly string[]
  /** What readers see now: the row that tells old and new apart. */
  seen(): Promise<unknown>
  /** Puts and removals of one whole publish of other content, in order. */
  wholePublish(): Promise<readonly string[]>
  /** The next publish by a process of its own, as `act` interrupts it; then what readers see, then the same command again to its end. */
  interrupted(
    n: number,
    moment: Moment,
    act: (child: ChildProcess) => void | Promise<void>,
    after?: () => Promise<void>,
  ): Promise<Interrupted>
  /** Both contents at once by two processes, while a reader asks; what it saw, and what stands at the end. */
  atOnce(): Promise<readonly unknown[]>
  close(): Promise<void>
}

export interface Interrupted {
  readonly change: string
  readonly seen: unknown
  readonly before: unknown
  readonly next: unknown
  /** Objects that the same command wrote to finish. */
  readonly finishedWith: number
}

const yes = '--i-understand-publishes-external'

/** @param folder empty. @param bucket there already, with this prefix unused. */
export async function openBucket(folder: string, upstream: string, lake: string, keys: Keys): Promise<Bucket> {
  const binary = await builtBinary()
  const gate = await startGate(upstream)
  const campaign = lakeCampaign(folder, keys)
  const where = ['--lake', lake, '--endpoint', gate.endpoint]
  // The folder's name is not the id: that stands in provenance.json of both.
  cpSync(join(folder, 'campaign'), join(folder, 'old'), { recursive: true })
  campaign.change('new')
  cpSync(join(folder, 'campaign'), join(folder, 'new'), { recursive: true })
  let turn = 0
  const states = [oldState, newState]
  const argumentsOf = (number: number): string[] => [
    ...['lake', 'publish', number % 2 === 0 ? 'old' : 'new', ...where, yes, '--if-exists', 'overwrite', '--json'],
    ...['--published-at-utc', new Date(Date.UTC(2026, 10, 2, 0, number)).toISOString()],
  ]
  const start = (number: number) =>
    spawn(process.execPath, [binary, ...argumentsOf(number)], { cwd: folder, stdio: 'ignore', env: { ...keys } })
  const ended = (child: ChildProcess) => new Promise<void>((fulfil) => child.once('close', () => fulfil()))
  async function seen(): Promise<unknown> {
    const { answer } = await campaign.query(both, ...where)
    return answer.rows?.[0] ?? answer.error?.code
  }
  async function publish(number: number): Promise<number> {
    const { status, answer } = await campaign.run<{ written: string[] }>(argumentsOf(number))
    expect(status, JSON.stringify(answer.error)).toBe(0)
    return answer.written.length
  }
  async function requireSettled(number: number): Promise<void> {
    expect(await seen()).toEqual(states[number % 2])
    const { ok, problems } = (await campaign.verify(...where)).answer
    expect([ok, problems.filter(({ severity }) => severity === 'error')]).toEqual([true, []])
  }
  await publish(turn)
  return {
    gate,
    campaign,
    where,
    seen,
    wholePublish: async () => {
      gate.reset()
      turn += 1
      await publish(turn)
      return [...gate.changes]
    },
    interrupted: async (n, moment, act, after) => {
      gate.reset()
      turn += 1
      const child = start(turn)
      const isOver = ended(child)
      gate.interrupt(n, moment, () => act(child))
      await isOver
      const change = gate.changes[n - 1] ?? 'never came'
      await after?.()
      const now = await seen()
      gate.reset()
      const finishedWith = await publish(turn)
      await requireSettled(turn)
      return { change, seen: now, before: states[(turn - 1) % 2], next: states[turn % 2], finishedWith }
    },
    atOnce: async () => {
      gate.reset()
      const children = [start(turn + 1), start(turn + 2)]
      let running = true
      const over = Promise.all(children.map(ended)).then(() => {
        running = false
      })
      const all: unknown[] = []
      while (running) all.push(await seen())
      await over
      turn += 2
      const last = await seen()
      const { ok, problems } = (await campaign.verify(...where)).answer
      expect([ok, problems.filter(({ severity }) => severity === 'error')]).toEqual([true, []])
      return [...all, last]
    },
    close: () => gate.close(),
  }
}

export interface Tally {
  old: number
  new: number
}

/**
 * Publishers interrupted at chosen changes, the commit's number being known. Until the commit is put readers see the old campaign, from then on the new one; what
 * was written is not written again.
 */
export async function tryInterruptions(
  bucket: Bucket,
  choose: (changes: number, commit: number) => readonly (readonly [number, Moment])[],
  act: (child: ChildProcess) => void | Promise<void>,
  after?: () => Promise<void>,
): Promise<Tally> {
  // Twice: from then on the tables that do not know their time of publishing are there already, in both contents.
  await bucket.wholePublish()
  const whole = await bucket.wholePublish()
  const commit = whole.findIndex((change) => change.includes('/_commits/')) + 1
  expect(commit).toBeGreaterThan(0)
  const tally = { old: 0, new: 0 }
  for (const [n, moment] of choose(whole.length, commit)) {
    const { change, seen, before, next, finishedWith } = await bucket.interrupted(n, moment, act, after)
    const isPut = n > commit || (n === commit && moment === 'done, not answered')
    expect(seen, `${change}, ${moment}`).toEqual(isPut ? next : before)
    expect(finishedWith, change).toBe(whole.length - n + (moment === 'half sent' ? 1 : 0))
    tally[isPut ? 'new' : 'old'] += 1
  }
  return tally
}
