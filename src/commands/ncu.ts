import * as z from 'zod'
import { ncuSummarySchema } from '#formats/ncu-summary.ts'
import { ask } from '#pipeline/ask.ts'
import { countersQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { ncuText } from './text/ncu-text.ts'

export const command = defineCommand({
  name: 'ncu',
  summary: 'What hardware counters say of single kernels: work, bytes, occupancy, stalls, and what the profiler’s rules found',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Report of Nsight Compute (.ncu-rep, .ncu-repz), or its raw or details page as CSV'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: ncuSummarySchema,
  examples: [{ title: 'how far is each kernel from being explained?', args: ['examples/ncu-decode-kernels/kernels-raw.csv'] }],
  async run(context, input) {
    const question = countersQuestion(input.limit === undefined ? {} : { limit: input.limit })
    const { value, sources } = await ask(askContext(context, input.cache), [context.path(input.file)], question)
    return { ...value, sources }
  },
  render: ncuText,
})
