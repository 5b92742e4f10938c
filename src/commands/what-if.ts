import * as z from 'zod'
import { whatIfSchema } from '#formats/what-if.ts'
import { ask } from '#pipeline/ask.ts'
import { whatIfQuestion } from '#pipeline/what-if-question.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { whatIfText } from './text/what-if-text.ts'

export const command = defineCommand({
  name: 'what-if',
  summary: 'What a change would do to the step: the captured steps replayed with their dependencies, as an interval',
  effect: 'read_only',
  positional: ['trace', 'changes'],
  input: z.object({
    trace: z.string().describe('Capture with host rows and a step that repeats'),
    changes: z
      .array(z.string())
      .min(1)
      .describe(
        'What stays of what: kernels=0.8, kernels:FAMILY=0.5..0.7, communication=0.6, copies=0, host=0.5, launches=0.5, waits=0; or merge-launches; joined by + at once',
      ),
    device: z.number().int().min(0).optional().describe('The device with this ordinal; else the first with steps'),
    seed: z.number().int().min(0).default(1).describe('Of the draws from uncertain sizes'),
    cache: cacheInput,
  }),
  output: whatIfSchema,
  examples: [
    {
      title: 'is it the kernels or the host?',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', 'kernels=0.5', 'host=0.5..0.7'],
    },
  ],
  async run(context, { trace, changes, device, seed, cache }) {
    const question = whatIfQuestion({ changes, seed, ...(device === undefined ? {} : { device }) })
    const { value, sources } = await ask(askContext(context, cache), [context.path(trace)], question)
    return { ...value, sources }
  },
  render: whatIfText,
})
