/**
 * The built binary's `--json` and the MCP tool's structured output are the same value for the same question, through a real
 * client over stdio: for every example of every command, for failures of each, for odd names and for long outputs.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Command } from '../../src/commands/define-command.ts'
import { parseArguments } from '../../src/commands/framework/command-line.ts'
import { fieldsOf } from '../../src/commands/framework/fields.ts'
import { commandRegistry } from '../../src/commands/registry.ts'
import { builtBinary } from '../support/binary.ts'
import { callArguments } from '../support/call-arguments.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { sharedDataAbsent, sharedDataRoot } from '../support/shared-data.ts'
import { someCaptures } from '../support/some-captures.ts'

interface Server {
  readonly client: Client
  readonly cwd: string
}

let binary = ''
let folder = ''
let checkout: Server
let odd: Server

/** A cache of the test's own: what a command answers must not depend on what was asked before, nor touch the user's. */
function environment(): Record<string, string> {
  return { ...getDefaultEnvironment(), SEXTANT_CACHE: join(folder, 'cache') }
}

async function serve(cwd: string): Promise<Server> {
  const client = new Client({ name: 'parity', version: '1.0.0' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [binary, 'mcp'], cwd, env: environment(), stderr: 'inherit' }),
  )
  return { client, cwd }
}

beforeAll(async () => {
  binary = await builtBinary()
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sextant-parity-')))
  mkdirSync(join(folder, 'folder of mixed files'))
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'trace of λ 核心 🙂 \u001b[31m.json'), '{"neither": "trace"}')
  writeFileSync(join(folder, 'folder of mixed files', 'notes.txt'), 'not a capture')
  checkout = await serve(checkoutRoot)
  odd = await serve(folder)
})
afterAll(async () => {
  await checkout?.client.close()
  await odd?.client.close()
  rmSync(folder, { recursive: true, force: true })
})

function commandLine(
  server: Server,
  command: Command,
  args: readonly string[],
): { readonly status: number | null; readonly output: unknown } {
  const run = spawnSync(process.execPath, [binary, ...command.name.split(' '), ...args, '--json'], {
    cwd: server.cwd,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  expect(run.stdout.trimEnd().split('\n'), `one object on one line; stderr: ${run.stderr}`).toHaveLength(1)
  return { status: run.status, output: JSON.parse(run.stdout) }
}

async function tool(server: Server, command: Command, input: Record<string, unknown>) {
  const result = await server.client.callTool({ name: command.tool, arguments: input }, { timeout: 600_000 })
  return { isError: result.isError === true, output: result.structuredContent, content: result.content }
}

async function expectSame(server: Server, command: Command, args: readonly string[]): Promise<number | null> {
  const { input } = parseArguments(command, args)
  const [line, called] = [commandLine(server, command, args), await tool(server, command, input)]
  expect(called.output).toEqual(line.output)
  expect(called.isError).toBe(line.status !== 0 && line.status !== 1)
  expect(called.content).toEqual([expect.objectContaining({ type: 'text', text: expect.stringMatching(/\S/) })])
  if (called.isError) return line.status
  // The client checks it against the advertised schema; zod is stricter about surplus keys.
  expect(command.output.strict().safeParse(line.output).error).toBeUndefined()
  if (command.acceptsArgs) expect((await tool(server, command, { args: [...args] })).output).toEqual(line.output)
  return line.status
}

test('the tools are the commands, with their schemas', async () => {
  const { tools } = await checkout.client.listTools()
  expect(tools.map(({ name }) => name).sort()).toEqual(commandRegistry.map((each) => each.tool).sort())
  for (const each of tools) {
    expect([each.inputSchema.type, each.outputSchema?.['type']]).toEqual(['object', 'object'])
    // An agent that has never seen the tool: what it does, how a call looks, what its fields mean, and what not to obey.
    expect(each.description).toMatch(/Effect: .*Example .*\{.*data, never as instructions/)
    for (const [key, field] of Object.entries(each.inputSchema.properties ?? {})) {
      expect(field, `${each.name}.${key}`).toMatchObject({ description: expect.stringMatching(/\S/) })
    }
  }
  expect(checkout.client.getInstructions()).toMatch(/`analyze`.*unknown.*never instructions/)
})

for (const registered of commandRegistry) {
  test(`${registered.name}: every example answers, and the same through both doors`, async () => {
    const { command } = await registered.load()
    for (const { args } of command.examples) expect(await expectSame(checkout, command, args), args.join(' ')).toBeLessThanOrEqual(1)
  })

  test(`${registered.name}: failures are the same through both doors`, async () => {
    const { command } = await registered.load()
    const first = fieldsOf(command.input).find(({ key }) => key === command.positional[0])
    if (first === undefined || first.kind !== 'string') return
    for (const name of ['absent.sqlite', 'empty', 'folder of mixed files', 'trace of λ 核心 🙂 \u001b[31m.json']) {
      await expectSame(odd, command, callArguments(command, name, 'as-in-the-example'))
    }
  })

  test(`${registered.name}: what a command line cannot say is refused by the tool as a usage error`, async () => {
    const { command } = await registered.load()
    const surplus = await tool(odd, command, { noSuchInput: 1 })
    expect(surplus).toMatchObject({ isError: true, output: { error: { code: 'usage' } } })
    expect(commandLine(odd, command, ['--no-such-input', '1'])).toMatchObject({ status: 2, output: { error: { code: 'usage' } } })
  })
}

for (const registered of commandRegistry) {
  test(`${registered.name}: real captures give the same through both doors, long answers too`, async (context) => {
    const { command } = await registered.load()
    const first = fieldsOf(command.input).find(({ key }) => key === command.positional[0])
    if (first === undefined || first.kind !== 'string' || !['read_only', 'writes_artifacts'].includes(command.effect)) return
    if (sharedDataRoot === undefined) context.skip(sharedDataAbsent)
    const real = await serve(sharedDataRoot ?? '')
    try {
      for (const path of someCaptures(1))
        await expectSame(real, command, callArguments(command, relative(real.cwd, path), 'as-in-the-example'))
    } finally {
      await real.client.close()
    }
  })
}

test('a tool reads nothing outside its root', async () => {
  for (const registered of commandRegistry) {
    const { command } = await registered.load()
    const first = fieldsOf(command.input).find(({ key }) => key === command.positional[0])
    if (first === undefined || !/^(file|path|trace|capture|bundle)s?$/.test(first.key)) continue
    const given = join(checkoutRoot, 'package.json')
    const result = await tool(odd, command, parseArguments(command, callArguments(command, given, 'as-in-the-example')).input)
    // A command over several files may answer for each on its own: then the refusal is inside its answer.
    expect(JSON.stringify(result.output), command.name).toContain('path_outside_root')
  }
})

test('relative paths begin at the root, wherever the server was started', async () => {
  const client = new Client({ name: 'parity', version: '1.0.0' })
  const root = join(checkoutRoot, 'examples')
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [binary, 'mcp', '--root', root],
      cwd: folder,
      env: environment(),
      stderr: 'inherit',
    }),
  )
  try {
    const found = await client.callTool({ name: 'timeline', arguments: { file: 'decode-host-bound/glm51-decode-c1.sqlite' } })
    expect(found.isError).not.toBe(true)
    const lost = await client.callTool({ name: 'timeline', arguments: { file: 'decode-host-bound/absent.sqlite' } })
    expect(lost.structuredContent).toMatchObject({ error: { message: 'no such file or directory: decode-host-bound/absent.sqlite' } })
    expect(JSON.stringify(lost)).not.toContain(root)
  } finally {
    await client.close()
  }
})

test('an unknown tool is a protocol error that names the nearest', async () => {
  await expect(checkout.client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow(/no_such_tool.*the tools are/)
  await expect(checkout.client.callTool({ name: 'decode-budget', arguments: {} })).rejects.toThrow(/did you mean decode_budget/)
})
