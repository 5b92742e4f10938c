import * as z from 'zod'
import { formatListSchema } from '#formats/format-list.ts'
import { formatRegistry } from '#formats/registry.ts'
import { readers } from '#readers/registry.ts'
import { defineCommand } from './define-command.ts'
import { table } from './text/table.ts'

function byKey<T>(rows: readonly T[], key: (row: T) => string): T[] {
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

export const command = defineCommand({
  name: 'formats',
  summary: 'List the captures that can be read and the formats that are written or returned',
  effect: 'read_only',
  input: z.object({}),
  output: formatListSchema,
  examples: [{ title: 'what can be read, and what --json returns', args: [] }],
  async run() {
    return {
      schema: 'format-list/1' as const,
      captures: byKey(
        readers.map(({ kind, title, spec }) => ({ kind, title, spec })),
        ({ kind }) => kind,
      ),
      formats: byKey(
        formatRegistry.map(({ schema, title, use }) => ({ schema, title, use })),
        ({ schema }) => schema,
      ),
    }
  },
  render({ captures, formats }, { width }) {
    const readable = table(
      [{ title: 'kind' }, { title: 'what it is' }],
      captures.map(({ kind, title }) => [kind, title]),
      { width },
    )
    const returned = table(
      [{ title: 'schema' }, { title: 'use' }, { title: 'what it is' }],
      formats.map(({ schema, use, title }) => [schema, use, title]),
      {
        width,
      },
    )
    return `Captures that can be read (recognised by content):\n${readable}\nFormats written or returned:\n${returned}`
  },
})
