/** README.md is true: it quotes what the demo prints, and every command that it shows runs. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { demoText, quotedInReadme } from '../../scripts/demo.ts'
import { commandRegistry } from '../../src/commands/registry.ts'
import { builtBinary } from '../support/binary.ts'
import { checkoutRoot } from '../support/checkout.ts'

const readme = readFileSync(join(checkoutRoot, 'README.md'), 'utf8')
let binary = ''
beforeAll(async () => {
  binary = await builtBinary()
})

/** Commands of its console blocks, in order. */
const commands = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : [])),
)

test('the README quotes what the demo prints (mend with `npm run demo -- --readme`)', () => {
  expect(quotedInReadme(readme, demoText(binary))).toBe(readme)
})

test('the first screen is the demo and the tests, and the pipeline runs that test command', () => {
  expect(commands.slice(0, 2)).toEqual(['npm ci && npm run demo', 'npm ci && npm test'])
  expect(readFileSync(join(checkoutRoot, '.ci/run'), 'utf8')).toContain("'npm ci && npm test'")
})

test('every other command of the README runs', () => {
  const others = commands.slice(2)
  expect(others.length).toBeGreaterThan(0)
  for (const command of others) {
    // Only what is plainly harmless and quick is run from a page of text.
    expect(command).toMatch(/^npm run -s sextant -- [\w./ -]+$/)
    const run = spawnSync('npm', command.split(' ').slice(1), { cwd: checkoutRoot, encoding: 'utf8' })
    expect(run.status, `${command}\n${run.stderr}`).toBe(0)
    expect(run.stdout).not.toBe('')
  }
})

test('every command and every link of the README exists', () => {
  const known = [...commandRegistry.map(({ name }) => name), 'mcp']
  const named = [...readme.matchAll(/`sextant ([a-z-]+(?: [a-z-]+)*)/g)].map(([, words = '']) => words)
  // A command has one word or two; what follows are its arguments.
  const isKnown = (words: string): boolean => known.some((name) => words === name || words.startsWith(`${name} `))
  expect(named.filter((words) => !isKnown(words))).toEqual([])
  for (const page of ['README.md', 'AGENTS.md', 'docs/architecture.md']) {
    const text = readFileSync(join(checkoutRoot, page), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(checkoutRoot, dirname(page), target)))).toEqual([])
  }
})
