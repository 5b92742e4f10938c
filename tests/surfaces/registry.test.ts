/** What must hold for every registered command and format, whatever they are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { errorExitStatus } from '../../src/base/errors.ts'
import { acknowledgedEffects } from '../../src/commands/define-command.ts'
import { fieldsOf } from '../../src/commands/framework/fields.ts'
import { version } from '../../src/commands/framework/version.ts'
import { commandRegistry } from '../../src/commands/registry.ts'
import { formatRegistry } from '../../src/formats/registry.ts'
import { checkoutRoot } from '../support/checkout.ts'

test('the version is that of package.json', () => {
  expect(version).toBe(packageJson.version)
})

test('names and tools are unique, and tools are what MCP clients accept', () => {
  for (const key of ['name', 'tool'] as const) {
    const values = commandRegistry.map((each) => each[key])
    expect(new Set(values).size).toBe(values.length)
  }
  for (const { name, tool } of commandRegistry) {
    expect(name).toMatch(/^[a-z][a-z-]*( [a-z][a-z-]*)?$/)
    expect(tool).toMatch(/^[a-z][a-z_]{0,63}$/)
  }
})

for (const registered of commandRegistry) {
  test(`command ${registered.name}: the registry's line is the command's own, and every door can say its input and output`, async () => {
    const { command } = await registered.load()
    const { name, tool, summary, effect } = command
    expect({ name, tool, summary, effect }).toEqual({
      name: registered.name,
      tool: registered.tool,
      summary: registered.summary,
      effect: registered.effect,
    })
    expect(summary, 'a clause without a full stop').toMatch(/^[A-Z][^.]*[^.]$/)
    const fields = fieldsOf(command.input)
    for (const field of fields) expect(field.description, `--${field.flag} needs a description`).not.toBe('')
    for (const key of command.positional) expect(fields.map((field) => field.key)).toContain(key)
    expect(command.examples.length, 'at least one example').toBeGreaterThan(0)
    expect(acknowledgedEffects.some((each) => each === effect)).toBe(command.acknowledgement !== undefined)
    z.toJSONSchema(command.input, { io: 'input' })
    z.toJSONSchema(command.output, { io: 'output' })
    const schema = command.output.shape['schema']
    expect(schema, 'an output says its schema').toBeInstanceOf(z.ZodLiteral)
    const [value] = schema instanceof z.ZodLiteral ? [...schema.values] : []
    expect(
      formatRegistry.map((format) => format.schema),
      'every output has its line in src/formats/registry.ts',
    ).toContain(value)
  })
}

test('formats are unique, their names well formed, their shapes sayable in JSON Schema', () => {
  const names = formatRegistry.map(({ schema }) => schema)
  expect(new Set(names).size).toBe(names.length)
  for (const { schema, shape } of formatRegistry) {
    expect(schema).toMatch(/^[a-z][a-z0-9_-]*(\/[1-9][0-9]*)?$/)
    z.toJSONSchema(shape)
  }
})

test('every format stands in docs/formats/CHANGELOG.md', () => {
  const changelog = readFileSync(join(checkoutRoot, 'docs/formats/CHANGELOG.md'), 'utf8')
  expect(formatRegistry.map(({ schema }) => schema).filter((schema) => !changelog.includes(`| \`${schema}\` |`))).toEqual([])
})

test('exit statuses are distinct and keep clear of those with a meaning of their own', () => {
  const statuses = Object.values(errorExitStatus)
  expect(new Set(statuses).size).toBe(statuses.length)
  for (const [code, status] of Object.entries(errorExitStatus)) {
    if (code === 'usage') expect(status).toBe(2)
    else expect(status >= 10 && status < 64, code).toBe(true)
  }
})
