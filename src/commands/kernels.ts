import { z } from 'zod'
import { kernelGroupingSchema, kernelSummarySchema } from '#formats/kernel-summary.ts'
import { ask } from '#pipeline/ask.ts'
import { kernelsQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { kernelsText } from './text/kernels-text.ts'

export const command = defineCommand({
  name: 'kernels',
  summary: 'Statistics per kernel, by name, short name, normalised name or family, and by NVTX range',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture that knows kernels: a timeline or nsys stats output'),
    by: kernelGroupingSchema.default('name').describe('What makes two kernels one row'),
    byNvtx: z.boolean().default(false).describe('Sum kernels by the NVTX or annotation range that launched them, too'),
    device: z.number().int().min(0).optional().describe('Only devices with this ordinal'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: kernelSummarySchema,
  examples: [
    { title: 'which kernels take the time?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--limit', '5'] },
    { title: 'which families?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--by', 'family'] },
  ],
  async run(context, input) {
    const question = kernelsQuestion({
      by: input.by,
      byRange: input.byNvtx,
      ...(input.device === undefined ? {} : { deviceOrdinal: input.device }),
    })
    const { value, sources } = await ask(askContext(context, input.cache), [context.path(input.file)], question)
    const { rows, omitted } = limited(value.kernels, input.limit)
    return { ...value, kernels: [...rows], ...(omitted === 0 ? {} : { omittedKernels: omitted }), sources }
  },
  render: kernelsText,
})
