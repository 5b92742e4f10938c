import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { runbookKindSchema, searchRunbooksSchema } from '#formats/search.ts'
import { searchRunbooks } from '#pipeline/search/search-runbooks.ts'
import { defineCommand } from './define-command.ts'
import { searchRunbooksText } from './text/search-text.ts'

export const command = defineCommand({
  name: 'search runbooks',
  tool: 'search_runbooks',
  summary: 'What to do about a bottleneck, a gate that fails or a verdict: the pages that speak of it, shipped and your own',
  effect: 'read_only',
  positional: ['query', 'more'],
  input: z.object({
    query: z.string().default('').describe('Words, names of gates, classes, verdicts, kernels or flags; “in quotes” stands there as it is'),
    more: z.array(z.string()).default([]).describe('More words of the query, so that it needs no quotes on a command line'),
    root: z.string().optional().describe('Also your own: Markdown below folders named runbooks/ of this folder, ignored ones too'),
    kind: z.array(runbookKindSchema).optional().describe('Only these kinds of page'),
    page: z.boolean().default(false).describe('The first page whole'),
    limit: z.number().int().min(0).default(5).describe('Hits at most, 0 for all'),
  }),
  output: searchRunbooksSchema,
  examples: [
    { title: 'decode waits for the host', args: ['host', 'gap', 'between', 'steps'] },
    { title: 'what to do when a trial says NULL', args: ['verdict NULL', '--kind', 'verdict', '--page', '--limit', '1'] },
  ],
  async run(context, { query: first, more, root, kind, page, limit }) {
    const query = [first, ...more].join(' ')
    if (query.trim() === '')
      throw new SextantError('usage', 'nothing is asked', 'Give words to look for: a class, a gate, a verdict, a symptom.')
    return searchRunbooks({
      configRoot: context.configRoot,
      query,
      page,
      limit,
      ...(root === undefined ? {} : { root: context.path(root) }),
      ...(kind === undefined ? {} : { kind }),
    })
  },
  render: searchRunbooksText,
})
