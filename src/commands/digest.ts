import * as z from 'zod'
import { formatBytes, formatCount } from '#base/units.ts'
import { digestSchema } from '#formats/digest.ts'
import { errorSchema } from '#formats/error.ts'
import { accountQuestions } from '#pipeline/analyze-file.ts'
import { askEach } from '#pipeline/ask.ts'
import { namedError } from '#pipeline/named-error.ts'
import { identify } from '#pipeline/open-capture.ts'
import { countersQuestion, gatesQuestion, kernelsQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext } from './framework/capture-input.ts'

/** What `analyze` asks, and what else the commands ask by default. */
const digested = [
  ...accountQuestions,
  kernelsQuestion({ by: 'short-name', byRange: false }),
  kernelsQuestion({ by: 'normalized-name', byRange: false }),
  kernelsQuestion({ by: 'family', byRange: false }),
  gatesQuestion('any'),
  countersQuestion(),
] as const

export const command = defineCommand({
  name: 'digest',
  summary: 'Read a capture once and keep the answers to the usual questions in the digest cache',
  effect: 'writes_artifacts',
  positional: ['file'],
  input: z.object({ file: z.string().describe('Capture') }),
  output: digestSchema,
  examples: [{ title: 'make the next questions instant', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite'] }],
  async run(context, input) {
    const path = context.path(input.file)
    const { kind } = identify(path).reader
    const { outcomes, sources } = await askEach<readonly unknown[]>(askContext(context, true), [path], digested)
    const name = sources[0]?.path ?? ''
    return digestSchema.parse({
      schema: 'digest/1',
      sources,
      kind,
      held: outcomes.flatMap((outcome, index) => {
        const question = digested[index]
        if (outcome.state === 'refused' || question === undefined) return []
        return [{ question: question.name, options: question.options, bytes: Buffer.byteLength(JSON.stringify(outcome.value)) }]
      }),
      refused: outcomes.flatMap((outcome, index) => {
        const question = digested[index]
        if (outcome.state === 'answered' || question === undefined) return []
        const { code, message, hint, details } = namedError(outcome.error, path, name)
        return [
          { question: question.name, options: question.options, error: errorSchema.shape.error.parse({ code, message, hint, details }) },
        ]
      }),
    })
  },
  render({ sources, kind, held, refused }) {
    const total = held.reduce((sum, { bytes }) => sum + bytes, 0)
    const options = (value: unknown) =>
      Object.entries(value ?? {})
        .map(([key, each]) => `${key} ${JSON.stringify(each)}`)
        .join(', ')
    const lines = [
      ...held.map((each) => `  ${each.question} ${options(each.options)}: ${formatBytes(each.bytes)}`),
      ...refused.map((each) => `  ${each.question} ${options(each.options)}: not to be had (${each.error.message})`),
    ]
    return `${sources[0]?.path ?? ''}: ${kind}; ${formatCount(held.length)} answers held, ${formatBytes(total)}\n${lines.join('\n')}\n`
  },
})
