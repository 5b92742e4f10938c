import * as z from 'zod'
import { metricsSchema } from '#formats/metrics.ts'
import { ask } from '#pipeline/ask.ts'
import { metricsQuestion } from '#pipeline/source-questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { metricsText } from './text/metrics-text.ts'

export const command = defineCommand({
  name: 'metrics',
  summary: 'Read a dump of a metrics endpoint (DCGM, vLLM, SGLang) in one set of names and units; with --post, what happened between',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Dump of a metrics endpoint, or AIPerf GPU telemetry; before the run where --post is given'),
    post: z.string().optional().describe('Dump of the same endpoint after the run: counters are differenced, resets are seen'),
    windowS: z.number().positive().optional().describe('Seconds between the two dumps, for rates'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: metricsSchema,
  examples: [
    {
      title: 'what an engine counted during a run',
      args: ['examples/serving/before.prom', '--post', 'examples/serving/after.prom', '--window-s', '60'],
    },
  ],
  async run(context, input) {
    const paths = [input.file, ...(input.post === undefined ? [] : [input.post])].map((file) => context.path(file))
    const { value, sources } = await ask(askContext(context, input.cache), paths, metricsQuestion(input.windowS))
    return { ...value, sources }
  },
  render: metricsText,
})
