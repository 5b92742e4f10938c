/** Every class, gate and verdict has its page, every page its parts, and every command in it can be given as it stands there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { gates } from '../src/analysis/gates/registry.ts'
import { parseArguments } from '../src/commands/framework/command-line.ts'
import { commandRegistry } from '../src/commands/registry.ts'
import { bottleneckClasses } from '../src/formats/synthesis.ts'
import { trialJudgementSchema } from '../src/formats/trial.ts'
import { commandsOf } from '../src/pipeline/search/runbook-documents.ts'
import { searchRunbooks } from '../src/pipeline/search/search-runbooks.ts'
import { checkoutRoot } from './support/checkout.ts'

const folder = join(checkoutRoot, 'docs', 'runbooks')
const verdicts = trialJudgementSchema.shape.verdict.options
const wanted = {
  bottlenecks: [...bottleneckClasses],
  gates: gates.map(({ id }) => id),
  verdicts: verdicts.map((verdict) => verdict.toLowerCase()),
}
const pages = Object.keys(wanted).flatMap((kind) => readdirSync(join(folder, kind)).map((name) => `${kind}/${name}`))
const textOf = (page: string): string => readFileSync(join(folder, page), 'utf8')

test.each(Object.entries(wanted))('%s: one page each, and no other', (kind, ids) => {
  expect(
    readdirSync(join(folder, kind))
      .map((name) => name.replace(/\.md$/, ''))
      .sort(),
  ).toEqual([...ids].sort())
})

test.each(pages)('%s is short, names its id, and has every part', (page) => {
  const text = textOf(page)
  const lines = text.split('\n').length
  expect(lines).toBeGreaterThanOrEqual(20)
  expect(lines).toBeLessThanOrEqual(50)
  const id = (page.split('/')[1] ?? '').replace(/\.md$/, '')
  expect(text).toContain(`\`${page.startsWith('verdicts') ? id.toUpperCase() : id}\``)
  for (const heading of ['In the evidence', 'Confirm', 'What fools you']) expect(text).toContain(`\n## ${heading}\n`)
  expect(text).toMatch(/\n## (Change first|Do next)\n/)
  expect(text).toMatch(/\nSources: .+\n$/)
})

test.each(pages)('%s: its commands exist and take what they are given', async (page) => {
  const commands = commandsOf(textOf(page))
  expect(commands.length).toBeGreaterThan(0)
  for (const line of commands) {
    const words = line.split(' ').slice(1)
    const registered = commandRegistry
      .filter(({ name }) => words.slice(0, name.split(' ').length).join(' ') === name)
      .sort((a, b) => b.name.length - a.name.length)[0]
    expect(registered, line).toBeDefined()
    if (registered === undefined) continue
    const { command } = await registered.load()
    const { input } = parseArguments(command, words.slice(registered.name.split(' ').length))
    const parsed = command.input.safeParse(input)
    expect(parsed.error?.issues ?? [], line).toEqual([])
  }
})

test.each(wanted.bottlenecks)('%s: its page begins with the one command that looks at all sources', (name) => {
  expect(commandsOf(textOf(`bottlenecks/${name}.md`))[0]).toBe('sextant synthesize BUNDLE --dry-run')
})

test.each(pages)('%s: its links lead somewhere', (page) => {
  for (const [, to = ''] of textOf(page).matchAll(/\]\(([^)]+)\)/g)) {
    expect(existsSync(join(folder, dirname(page), to)), to).toBe(true)
  }
})

const ask = (query: string) =>
  searchRunbooks({ configRoot: join(checkoutRoot, 'configs'), query, limit: 3, page: false }).hits.map(({ path }) => path)

test('every page is found by its own id', () => {
  for (const page of pages) {
    const id = (page.split('/')[1] ?? '').replace(/\.md$/, '')
    const kind = { bottlenecks: 'bottleneck class', gates: 'capture gate', verdicts: 'verdict' }[page.split('/')[0] ?? ''] ?? ''
    expect(ask(`${kind} ${id}`), `${kind} ${id}`).toContain(`docs/runbooks/${page}`)
  }
})

test('symptoms lead to their page', () => {
  for (const [query, page] of [
    ['CUPTI_ERROR_INVALID_DEVICE', 'gates/cupti-initialised'],
    ['preemptions', 'bottlenecks/kv-capacity'],
    ['one rank always late', 'bottlenecks/straggler'],
    ['ITL p99 far above p50', 'bottlenecks/prefill'],
    ['SwPowerCap', 'bottlenecks/clock'],
    ['not significant', 'verdicts/null'],
    ['L33', 'bottlenecks/moe'],
  ] as const) {
    expect(ask(query), query).toContain(`docs/runbooks/${page}.md`)
  }
})
