/** The proof must be able to fail: a point that is false, throws, ran nothing or lacks its captures falls short. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeBench } from '../scripts/prove/foundation/bench.ts'
import { type Point, shownByTests } from '../scripts/prove/point.ts'
import { main, proveAll } from '../scripts/prove.ts'
import { checkoutRoot } from './support/checkout.ts'

const options = { seed: 7, seeds: 1, mutants: 1 }
const holding: Point = { title: '1 holds', prove: () => ({ holds: true, figure: '3 of 3' }) }

async function lines(points: readonly Point[]): Promise<{ short: number; said: string }> {
  const said: string[] = []
  const short = await proveAll(points, options, (line) => said.push(line))
  return { short, said: said.join('\n') }
}

test('one line per point with its figure; what is false or throws falls short', async () => {
  const wrong: Point = { title: '2 is false', prove: ({ seed }) => ({ holds: false, figure: `2 of 3, seed ${seed}` }) }
  const broken: Point = {
    title: '3 throws',
    prove() {
      throw new Error('no such file')
    },
  }
  const { short, said } = await lines([holding, wrong, broken])
  expect(short).toBe(2)
  expect(said).toMatch(/^shown {2}1 holds: 3 of 3 \(\d/)
  expect(said).toMatch(/SHORT {2}2 is false: 2 of 3, seed 7/)
  expect(said).toMatch(/SHORT {2}3 throws: no such file/)
  expect(said).toContain('1 shown, 2 short')
  expect((await lines([holding])).short).toBe(0)
  expect((await lines([])).short, 'nothing asked is nothing shown').toBe(1)
})

test('tests that match nothing show nothing', async () => {
  const proof = await shownByTests('none', { paths: ['tests/traps.test.ts'], titles: 'no test is called this' }).prove(options)
  expect(proof.holds).toBe(false)
})

test('a point of several parts is not shown by some of them', async () => {
  const paths = ['src/sources/driver/probe-pace.test.ts']
  const titles = 'ten times a second'
  expect(await shownByTests('one', { paths, titles, passes: 1 }).prove(options)).toMatchObject({ holds: true })
  expect(await shownByTests('two', { paths, titles, passes: 2 }).prove(options)).toMatchObject({ holds: false })
})

test('a bar that was missed or could not be measured is not met', () => {
  const line = { id: 'scan', what: 'rows', ours: '1 s', bar: 'at least 8x', figures: {} }
  const judge = (met: boolean | undefined) =>
    judgeBench({ schema: 'bench/1', machine: {}, lines: [met === undefined ? line : { ...line, met }] })
  expect(judge(true).holds).toBe(true)
  expect(judge(false)).toMatchObject({ holds: false, figure: expect.stringContaining('MISSED') })
  expect(judge(undefined)).toMatchObject({ holds: false, figure: expect.stringContaining('void') })
  expect(judgeBench({ schema: 'bench/1', machine: {}, lines: [] }).holds).toBe(false)
})

test('an unknown capability or option is a usage error', async () => {
  const said: string[] = []
  expect(await main(['no-such-capability'], (line) => said.push(line))).toBe(2)
  expect(said.join('\n')).toContain('foundation')
  await expect(main(['foundation', '--seed', 'x'], () => {})).rejects.toThrow('--seed x')
})

test('absent real captures are a loud failure', () => {
  const run = spawnSync(join(checkoutRoot, 'node_modules/.bin/tsx'), ['scripts/prove.ts', 'foundation', '--only', '2 real,2 kernel'], {
    cwd: checkoutRoot,
    encoding: 'utf8',
    env: { ...process.env, SEXTANT_SHARED_DATA: join(checkoutRoot, 'no-such-folder') },
  })
  expect(run.status).toBe(1)
  expect(run.stdout).toMatch(/SHORT {2}2 real captures .*real captures absent/)
  expect(run.stdout).toContain('0 shown, 2 short')
})
