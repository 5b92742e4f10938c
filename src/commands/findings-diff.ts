import * as z from 'zod'
import { diffFindings } from '#analysis/findings/diff-findings.ts'
import { findingsDiffSchema } from '#formats/findings.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { hashPath } from '#platform/hashing.ts'
import { readFindings } from '#store/findings/findings-file.ts'
import { findingsPlace } from '#store/findings/findings-place.ts'
import { defineCommand } from './define-command.ts'
import { findingsDiffText } from './text/findings-text.ts'

export const command = defineCommand({
  name: 'findings diff',
  summary: 'What changed between two lists of findings, by id: new, resolved (said so, or gone), and other changes of status',
  effect: 'read_only',
  positional: ['a', 'b'],
  input: z.object({
    a: z.string().describe('Before: findings.yaml or the folder of its bundle'),
    b: z.string().describe('After'),
  }),
  output: findingsDiffSchema,
  examples: [
    {
      title: 'since last week',
      args: ['examples/findings/last-week.yaml', 'examples/evidence-bundle'],
    },
  ],
  async run(context, { a, b }) {
    const places = [a, b].map((given) => findingsPlace(context.path(given), given))
    const lists = places.map(({ path, shown }) => readFindings(path, shown).findings)
    const names = sourceNames(places.map(({ shown }) => shown))
    const hashes = await Promise.all(places.map(({ path }) => hashPath(path)))
    return {
      schema: 'findings-diff/1' as const,
      sources: hashes.map((sha256, index) => ({ path: names[index] ?? '', sha256 })),
      ...diffFindings(lists[0] ?? [], lists[1] ?? []),
    }
  },
  render: findingsDiffText,
})
