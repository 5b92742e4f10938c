import * as z from 'zod'
import { lakeVerifySchema } from '#formats/lake/lake-answers.ts'
import { verifyLake } from '#pipeline/lake/verify.ts'
import { defineCommand } from './define-command.ts'
import { lakeInput, openedLake } from './framework/lake-input.ts'
import { lakeVerifyText } from './text/lake-text.ts'

export const command = defineCommand({
  name: 'lake verify',
  summary: 'Is a lake what its commits say, byte by byte, for our readers and for those of the field?',
  effect: 'read_only',
  input: z.object({ ...lakeInput }),
  output: lakeVerifySchema,
  examples: [{ title: 'is every published table what its commit names?', args: ['--lake', 'examples/lake'] }],
  exitCode: ({ ok }) => (ok ? 0 : 1),
  async run(context, where) {
    return { schema: 'lake-verify/1' as const, ...(await verifyLake(openedLake(context, where))) }
  },
  render: lakeVerifyText,
})
