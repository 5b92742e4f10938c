/**
 * kill -9 of a real publisher at every step by which it changes files. Readers see the old campaign until the commit is renamed and the new
 * one from then on; the same command finishes what was begun. CI kills at one step of each kind, SEXTANT_SLOW=1 at every one.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtBinary } from '../support/binary.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { both, type LakeCampaign, lakeCampaign, newState, oldState } from '../support/lake-campaign.ts'

const isSlow = process.env['SEXTANT_SLOW'] === '1'
const root = mkdtempSync(join(tmpdir(), 'sextant-lake-killed-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const preload = join(checkoutRoot, 'tests/support/kill-at-step.mjs')
/** Published, then changed: what every try begins with. */
let begun = ''
let binary = ''
let steps: { readonly number: number; readonly what: string }[] = []

function publishIn(folder: string, env: Readonly<Record<string, string>>): Promise<NodeJS.Signals | number | null> {
  const args = [...overwrite('campaign'), '--json']
  const child = spawn(process.execPath, ['--import', preload, binary, ...args], { cwd: folder, stdio: 'ignore', env })
  return new Promise((fulfil) => child.once('close', (status, signal) => fulfil(signal ?? status)))
}
const overwrite = (campaign: string) => ['lake', 'publish', campaign, '--if-exists', 'overwrite', '--captured-at', '2026-11-03T00:00:00Z']

function copyOf(name: string): string {
  const folder = join(root, name)
  cpSync(begun, folder, { recursive: true })
  return folder
}

beforeAll(async () => {
  binary = await builtBinary()
  const first = lakeCampaign(join(root, 'begun'))
  begun = first.folder
  expect((await first.publish()).answer.outcome).toBe('published')
  first.change('new')
  const traced = copyOf('traced')
  const log = join(root, 'steps.txt')
  expect(await publishIn(traced, { SEXTANT_TEST_STEPS: log })).toBe(0)
  steps = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ number: Number(line.split(' ')[0]), what: line.slice(line.indexOf(' ') + 1) }))
}, 120_000)

/** In the middle of a write, and after a rename or a removal, of each kind of file: the middle one of its kind. */
function chosen(): typeof steps {
  if (isSlow) return steps
  const kinds = new Map<string, typeof steps>()
  for (const step of steps) {
    const [, change = ''] = /^(half of|after removing|after|before lake\/_commits) ?/.exec(step.what) ?? []
    const place = /_objects|_commits|lake-cache|SOURCE\.md|summary\.md|dt=2026-11-0\d/.exec(step.what)?.[0]
    if (change === '' || place === undefined || step.what.endsWith('.lock')) continue
    kinds.set(`${change} ${place}`, [...(kinds.get(`${change} ${place}`) ?? []), step])
  }
  return [...kinds.values()].flatMap((each) => each[each.length >> 1] ?? [])
}

async function seen({ query, verify }: LakeCampaign): Promise<{ row: unknown; damaged: string[] }> {
  const { answer } = await query(both)
  const { problems } = (await verify()).answer
  return {
    row: answer.rows?.[0] ?? answer.error,
    damaged: problems.flatMap(({ code }) => (/object-damaged|commit-damaged/.test(code) ? [code] : [])),
  }
}

test('trap H10: kill -9 at every step: readers see the old campaign or the new one, and the same command finishes', {
  timeout: 1_800_000,
}, async () => {
  // Every part of a publish is among the steps: else a step without a name would go untried.
  for (const part of ['_objects/', '_commits/', '/dt=2026-11-03/', 'before removing lake/', 'lake-cache/', 'SOURCE.md', 'summary.md'])
    expect(
      steps.some(({ what }) => what.includes(part)),
      part,
    ).toBe(true)
  const commit = steps.find(({ what }) => what.startsWith('after lake/_commits/'))?.number ?? 0
  expect(commit).toBeGreaterThan(0)
  let [old, next] = [0, 0]
  const picked = chosen()
  for (const { number, what } of picked) {
    const folder = copyOf(`at-${number}`)
    expect(await publishIn(folder, { SEXTANT_TEST_KILL_AT: String(number) }), what).toBe('SIGKILL')
    const campaign = lakeCampaign(folder, {}, 'as it is')
    expect(await seen(campaign), what).toEqual({ row: number < commit ? oldState : newState, damaged: [] })
    if (number < commit) old += 1
    else next += 1
    const again = await campaign.run<{ outcome: string }>(overwrite('campaign'))
    expect(again.answer.outcome, `${what}: ${JSON.stringify(again.answer.error)}`).toBe(number < commit ? 'replaced' : 'unchanged')
    expect((await campaign.query(both)).answer.rows, what).toEqual([newState])
    const { ok, problems } = (await campaign.verify()).answer
    expect([ok, problems.filter(({ severity }) => severity === 'error')], what).toEqual([true, []])
    expect(readFileSync(join(folder, 'campaign/SOURCE.md'), 'utf8'), what).toContain('dt=2026-11-03')
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(
    `figure: killed at ${picked.length} of ${steps.length} steps: ${old} times the old campaign, ${next} times the new one, none a mixture\n`,
  )
  expect(Math.min(old, next)).toBeGreaterThan(3)
})
