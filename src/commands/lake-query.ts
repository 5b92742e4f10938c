import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { lakeQuerySchema } from '#formats/lake/lake-answers.ts'
import { namedQueries, queryLake } from '#pipeline/lake/query.ts'
import { defineCommand } from './define-command.ts'
import { lakeInput, openedLake } from './framework/lake-input.ts'
import { lakeQueryText } from './text/lake-text.ts'

const names = Object.keys(namedQueries) as [keyof typeof namedQueries] // its keys

export const command = defineCommand({
  name: 'lake query',
  summary: 'Ask all published campaigns in SQL, or by the name of a usual question: champions, best points, proven levers, cost',
  effect: 'read_only',
  positional: ['sql'],
  input: z.object({
    sql: z
      .string()
      .optional()
      .describe('One SELECT of DuckDB over atlas_v1, campaign_v1, sol_v1, tpm_v1, cost_v1, champion_v1, ledger_v1…'),
    named: z.enum(names).optional().describe('A usual question instead'),
    ...lakeInput,
    limit: z.number().int().min(0).default(1000).describe('Rows at most, 0 for all'),
  }),
  output: lakeQuerySchema,
  examples: [
    { title: 'what is the best point of every model and hardware?', args: ['--named', 'best', '--lake', 'examples/lake'] },
    {
      title: 'how does throughput grow with concurrency?',
      args: ['SELECT cell_id, concurrency, output_tps_per_gpu FROM atlas_v1 ORDER BY ALL', '--lake', 'examples/lake'],
    },
  ],
  async run(context, { sql, named, limit, ...where }) {
    if ((sql === undefined) === (named === undefined))
      throw new SextantError('usage', 'a query is SQL, or the name of one', `Give SQL, or --named with one of: ${names.join(', ')}.`)
    const question = named === undefined ? (sql ?? '') : namedQueries[named]
    return { schema: 'lake-query/1' as const, ...(await queryLake({ lake: openedLake(context, where), sql: question, limit })) }
  },
  render: lakeQueryText,
})
