/** What a simulated engine did while it ran. */
import * as z from 'zod'
import { sourceSchema } from './source.ts'

const count = z.int().nonnegative()

export const simEngineSchema = z.strictObject({
  schema: z.literal('sim-engine/1'),
  sources: z.array(sourceSchema).describe('Empty: nothing is read.'),
  simulated: z.literal(true).describe('No model ran: times are those of the settings.'),
  dialect: z.string(),
  model: z.string(),
  ended: z.enum(['duration', 'signal', 'asked', 'died']).describe('Why it stopped.'),
  requests: count.describe('That asked for tokens, refused ones included.'),
  steps: count,
  promptTokens: count,
  outputTokens: count.describe('Given to requests by steps.'),
  truth: z.exactOptional(z.string().describe('Base name of the file with the truth of every request and step.')),
  traces: z.array(z.string()).describe('Base names of the traces written, in order.'),
})
export type SimEngine = z.infer<typeof simEngineSchema>
