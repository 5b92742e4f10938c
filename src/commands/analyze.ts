import * as z from 'zod'
import { isSextantError } from '#base/errors.ts'
import { type Analysis, analysisSchema } from '#formats/analysis.ts'
import { errorSchema } from '#formats/error.ts'
import { analyzeFile } from '#pipeline/analyze-file.ts'
import { analyzeTogether } from '#pipeline/analyze-together.ts'
import { expandPaths } from '#pipeline/expand-paths.ts'
import { namedError } from '#pipeline/named-error.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { analysisText } from './text/analysis-text.ts'

export const command = defineCommand({
  name: 'analyze',
  summary: 'What is in these captures, can they be trusted, where does time go, and what to ask next',
  effect: 'read_only',
  positional: ['files'],
  input: z.object({
    files: z
      .array(z.string())
      .min(1)
      .describe('Captures and results of any kind, or folders of them: each on its own, then what they answer together'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: analysisSchema,
  examples: [
    { title: 'everything that the example folder holds', args: ['examples/decode-host-bound'] },
    {
      title: 'a timeline and counters of the same load',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', 'examples/ncu-decode-kernels/glm51-decode-c1.ncu.csv'],
    },
    {
      title: 'counters, results of a client and dumps of an endpoint',
      args: ['examples/ncu-decode-kernels/kernels-raw.csv', 'examples/serving'],
    },
  ],
  async run(context, input) {
    const paths = expandPaths(input.files.map((file) => context.path(file)))
    const names = sourceNames(paths)
    const files: Analysis['files'] = []
    const refused: Analysis['refused'] = []
    let onlyError: unknown
    for (const [index, path] of paths.entries()) {
      context.progress?.({ done: index, total: paths.length, note: names[index] ?? '' })
      try {
        files.push(await analyzeFile(askContext(context, input.cache), path, names[index] ?? ''))
      } catch (error) {
        if (!isSextantError(error)) throw error
        onlyError = error
        const { code, message, hint, details } = namedError(error, path, names[index] ?? '')
        refused.push({ path: names[index] ?? '', error: errorSchema.shape.error.parse({ code, message, hint, details }) })
      }
    }
    if (files.length === 0 && refused.length === 1) throw onlyError
    const read = paths.filter((_, index) => files.some(({ source }) => source.path === names[index]))
    const mix = await analyzeTogether(askContext(context, input.cache), read, files)
    return { schema: 'analysis/1' as const, sources: files.map(({ source }) => source), files, ...mix, refused }
  },
  render: analysisText,
  exitCode: ({ files, refused }) => (files.length === 0 && refused.length > 0 ? 1 : 0),
})
