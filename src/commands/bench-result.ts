import * as z from 'zod'
import { benchResultSchema } from '#formats/bench-result.ts'
import { ask } from '#pipeline/ask.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { benchResultQuestion } from '#pipeline/source-questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { benchResultText } from './text/bench-result-text.ts'

export const command = defineCommand({
  name: 'bench-result',
  summary: 'Read results of load generators: every figure with its definition, unit, sample count and what may not be compared',
  effect: 'read_only',
  positional: ['files'],
  input: z.object({
    files: z
      .array(z.string())
      .min(1)
      .describe(
        'Results of vllm bench, SGLang, AIPerf, genai-perf, guidellm, inference-perf, InferenceX, llm-d, llmperf, drive_load, their logs, and Markdown reports with a table per concurrency',
      ),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: benchResultSchema,
  examples: [{ title: 'a sweep of one deployment, two trials at one point', args: ['examples/serving/sweep.jsonl'] }],
  async run(context, input) {
    const paths = input.files.map((file) => context.path(file))
    const { value, sources } = await ask(askContext(context, input.cache), paths, benchResultQuestion(sourceNames(paths)))
    return { ...value, sources }
  },
  render: benchResultText,
})
