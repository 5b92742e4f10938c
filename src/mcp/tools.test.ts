import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineCommand } from '#commands/define-command.ts'
import { commandContext } from '#commands/framework/context.ts'
import { limited, limitInput } from '#commands/framework/limit.ts'
import { commandRegistry } from '#commands/registry.ts'
import { callTool, describeTool } from './tools.ts'

const rows = defineCommand({
  name: 'rows',
  tool: 'kept_tool_name',
  summary: 'Rows',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('File'),
    count: z.number().int().default(3).describe('How many'),
    limit: limitInput,
  }),
  output: z.strictObject({ schema: z.literal('rows/1'), path: z.string(), rows: z.array(z.string()), omitted: z.number() }),
  examples: [],
  async run(context, { file, count, limit }) {
    context.path(file)
    const kept = limited(
      Array.from({ length: count }, (_, index) => `row ${index} é\u001b`),
      limit,
    )
    return { schema: 'rows/1' as const, path: file, rows: [...kept.rows], omitted: kept.omitted }
  },
  render: (output, { rows: shown }) => output.rows.slice(0, shown).join('\n'),
})

const context = commandContext({ cwd: process.cwd(), env: {}, root: process.cwd() })

test('a kept tool name takes arguments as the command line would, and typed fields beside them', async () => {
  const typed = await callTool(rows, context, { file: 'a', limit: 2 })
  expect(typed.structuredContent).toEqual({ schema: 'rows/1', path: 'a', rows: ['row 0 é\u001b', 'row 1 é\u001b'], omitted: 1 })
  expect(typed.content[0]?.text).toBe('row 0 é\ufffd\nrow 1 é\ufffd')
  expect(await callTool(rows, context, { args: ['a', '--limit', '2'] })).toEqual(typed)
  expect(await callTool(rows, context, { args: ['a', '--json'], limit: 2 })).toEqual(typed)
  const described = describeTool(rows)
  expect(described.inputSchema).toMatchObject({ properties: { args: { type: 'array' }, file: { type: 'string' } } })
  expect(described.inputSchema).not.toHaveProperty('required')
  expect(described.annotations).toEqual({ readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false })
})

test('every wrong input is a usage error in the one shape of errors', async () => {
  for (const given of [
    {},
    { file: 1 },
    { file: 'a', count: 1.5 },
    { file: 'a', more: 1 },
    { args: 'a' },
    { args: ['a', '--bogus'] },
    { args: ['--help'] },
  ]) {
    const result = await callTool(rows, context, given)
    expect(result, JSON.stringify(given)).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'usage', message: expect.any(String), hint: expect.any(String), details: expect.any(Object) } },
    })
  }
})

test('paths outside the root are refused', async () => {
  expect(await callTool(rows, context, { file: '../elsewhere' })).toMatchObject({
    isError: true,
    structuredContent: { error: { code: 'path_outside_root', details: { path: '../elsewhere' } } },
  })
})

test('an answer that would break the connection is refused with what to do', async () => {
  const result = await callTool(rows, context, { file: 'a', count: 900_000 })
  expect(result).toMatchObject({
    isError: true,
    structuredContent: { error: { code: 'limit_exceeded', hint: expect.stringContaining('limit') } },
  })
})

test('trap H22: every tool of the registry shows typed and described parameters, not a list of arguments alone', async () => {
  for (const registered of commandRegistry) {
    const { command } = await registered.load()
    const schema: Readonly<Record<string, unknown>> = describeTool(command).inputSchema
    const properties = schema['properties'] as Record<string, Record<string, unknown>>
    const typed = Object.entries(properties).filter(([name]) => name !== 'args')
    expect(typed.length, registered.name).toBe(Object.keys(command.input.shape).length)
    for (const [name, { type, enum: choices, description }] of typed) {
      expect(type ?? choices, `${registered.name} ${name}`).toBeDefined()
      expect(description, `${registered.name} ${name}`).toMatch(/./)
    }
  }
}, 60_000)
