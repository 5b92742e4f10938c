import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { joinSchema } from '#formats/join.ts'
import { ask } from '#pipeline/ask.ts'
import { expandPaths } from '#pipeline/expand-paths.ts'
import { joinQuestion } from '#pipeline/join-question.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { joinText } from './text/join-text.ts'

/** Every two are related, and all are held at once: more is a folder given by mistake. */
const MOST_CAPTURES = 64

export const command = defineCommand({
  name: 'join',
  summary: 'How captures relate: which kernels, devices and windows they share, what joins at which level, what is refused and why',
  effect: 'read_only',
  positional: ['files'],
  input: z.object({
    files: z.array(z.string()).min(1).describe('Two captures or more, of any kind, or folders of them'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: joinSchema,
  examples: [
    {
      title: 'do the timeline and the counters show the same kernels?',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', 'examples/ncu-decode-kernels/glm51-decode-c1.ncu.csv'],
    },
    {
      title: 'are two traces of one run?',
      args: [
        'examples/decode-host-bound/glm51-decode-c1.sqlite',
        'examples/decode-host-bound/glm51-decode-c1.pt.trace.json.gz',
        '--limit',
        '5',
      ],
    },
  ],
  async run(context, input) {
    const paths = expandPaths(input.files.map((file) => context.path(file)))
    if (paths.length < 2) throw new SextantError('usage', 'one capture relates to none', 'Give two captures or more.')
    if (paths.length > MOST_CAPTURES) {
      throw new SextantError('limit_exceeded', `${paths.length} captures`, `Give at most ${MOST_CAPTURES}: every two are related.`, {
        limit: MOST_CAPTURES,
      })
    }
    const { value, sources } = await ask(askContext(context, input.cache), paths, joinQuestion(sourceNames(paths)))
    const pairs = value.pairs.map((pair) => {
      if (pair.matches === undefined) return pair
      const { rows, omitted } = limited(pair.matches, input.limit)
      return { ...pair, matches: [...rows], ...(omitted === 0 ? {} : { omittedMatches: omitted }) }
    })
    return { ...value, sources, pairs }
  },
  render: joinText,
})
