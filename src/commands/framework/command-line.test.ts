import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineCommand } from '#commands/define-command.ts'
import { parseArguments } from './command-line.ts'
import { answer } from './invoke.ts'

const outputSchema = z.strictObject({ schema: z.literal('echo/1'), said: z.string() })

const echo = defineCommand({
  name: 'echo',
  summary: 'Say the input again',
  effect: 'read_only',
  positional: ['first', 'files'],
  input: z.object({
    first: z.string().describe('First'),
    files: z.array(z.string()).default([]).describe('More'),
    limit: z.number().int().min(0).default(20).describe('Rows'),
    tpotMs: z.number().positive().optional().describe('Time per token'),
    by: z.enum(['name', 'family']).default('name').describe('Grouping'),
    rank: z.array(z.number().int()).optional().describe('Ranks'),
    host: z.boolean().default(true).describe('Host rows'),
    byNvtx: z.boolean().optional().describe('By range'),
  }),
  output: outputSchema,
  examples: [{ title: 'a word', args: ['word'] }],
  run: async (_, input) => ({ schema: 'echo/1' as const, said: JSON.stringify(input) }),
  render: ({ said }) => said,
})

const push = defineCommand({
  name: 'push',
  summary: 'Publish',
  effect: 'publishes_external',
  input: z.object({ dryRun: z.boolean().default(false).describe('Only say') }),
  output: outputSchema,
  examples: [],
  run: async (_, input) => ({ schema: 'echo/1' as const, said: input.dryRun ? 'would' : 'did' }),
  render: ({ said }) => said,
})

const context = { cwd: '/', env: {}, configRoot: '/', path: (given: string) => given }

async function said(args: readonly string[]): Promise<unknown> {
  const result = await answer(echo, context, () => parseArguments(echo, args).input)
  return result.ok
    ? JSON.parse(String(result.output['said']))
    : { code: result.error.code, message: result.error.message, status: result.exitCode }
}

test('every kind of field is read, and what is not given keeps its default', async () => {
  expect(await said(['word'])).toEqual({ first: 'word', files: [], limit: 20, by: 'name', host: true })
  const all = [
    'word',
    'a',
    '-b',
    '--limit',
    '0',
    '--tpot-ms',
    '6.21',
    '--by',
    'family',
    '--rank',
    '0',
    '--rank',
    '3',
    '--no-host',
    '--by-nvtx',
  ]
  expect(await said(all.filter((each) => each !== '-b'))).toEqual({
    first: 'word',
    files: ['a'],
    limit: 0,
    tpotMs: 6.21,
    by: 'family',
    rank: [0, 3],
    host: false,
    byNvtx: true,
  })
  expect(await said(['--limit=5', '--', '-b', '--c'])).toMatchObject({ first: '-b', files: ['--c'], limit: 5 })
})

test('usage errors say what is wrong and exit with 2', async () => {
  for (const [args, message] of [
    [[], /first/],
    [['word', '--limit', 'many'], /--limit wants a number, not "many"/],
    [['word', '--limit', ''], /--limit wants a number/],
    [['word', '--limit', '1.5'], /limit/],
    [['word', '--by', 'colour'], /name, family/],
    [['word', '--rank', 'x'], /--rank wants a number/],
    [['word', '--unknown'], /--unknown/],
  ] as const) {
    expect(await said(args), args.join(' ')).toMatchObject({ code: 'usage', status: 2, message: expect.stringMatching(message) })
  }
})

test('help is text, not an error', () => {
  const { help } = parseArguments(echo, ['--help'])
  expect(help).toContain('--tpot-ms <number>')
  expect(help).toContain('$ sextant echo word')
  expect(parseArguments(echo, ['word', '--json']).json).toBe(true)
})

test('an unknown key is refused, never ignored', async () => {
  const result = await answer(echo, context, () => ({ first: 'word', Limit: 3 }))
  expect(result).toMatchObject({ ok: false, exitCode: 2 })
})

test('what reaches outside is acknowledged in the call or only rehearsed', async () => {
  expect(await answer(push, context, () => ({}))).toMatchObject({ ok: false, exitCode: 25, error: { code: 'acknowledgement_required' } })
  expect(await answer(push, context, () => ({ dryRun: true }))).toMatchObject({ ok: true, output: { said: 'would' } })
  const spoken = parseArguments(push, ['--i-understand-publishes-external']).input
  expect(spoken).toEqual({ i_understand_publishes_external: true })
  expect(await answer(push, context, () => spoken)).toMatchObject({ ok: true, output: { said: 'did' } })
})

test('a declaration that contradicts itself is found when it is loaded', () => {
  const wrong = () =>
    defineCommand({
      ...push,
      input: z.object({}),
      output: outputSchema,
      positional: [],
      run: async () => ({ schema: 'echo/1' as const, said: '' }),
      render: () => '',
      exitCode: () => 0,
    })
  expect(wrong).toThrow(/dryRun/)
})

test('what is taken by position may be given by name, and then has no position', () => {
  expect(parseArguments(echo, ['--first', 'a', '--limit', '3']).input).toEqual({ first: 'a', limit: 3 })
  expect(parseArguments(echo, ['--first=a', 'b', 'c']).input).toEqual({ first: 'a', files: ['b', 'c'] })
  expect(parseArguments(echo, ['a', '--files', 'b', '--files', 'c']).input).toEqual({ first: 'a', files: ['b', 'c'] })
  expect(() => parseArguments(echo, ['--files', 'b'])).toThrow(/first/)
  expect(parseArguments(echo, ['--', '--first', 'b']).input).toEqual({ first: '--first', files: ['b'] })
})
