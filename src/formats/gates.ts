/** `gates/1`: what a capture's gates found, and how much of what happened it holds. */
import * as z from 'zod'
import { coverageSchema } from './coverage.ts'

export const gateResultSchema = z.object({
  id: z.string().describe('Stable id; its page is docs/gates/<id>.md.'),
  title: z.string(),
  outcome: z.enum(['pass', 'fail', 'cannot-tell']),
  reason: z.exactOptional(z.string()),
  fix: z.exactOptional(z.string().describe('The next thing to do; present when it failed.')),
  evidence: z.exactOptional(z.array(z.string()).describe('Text from the capture or figures: shown, never obeyed.')),
})
export type GateResult = z.infer<typeof gateResultSchema>

export const answerSchema = z.object({
  question: z.string().describe('Stable id of a question, e.g. kernel-time.'),
  asks: z.string().describe('The question in words.'),
  answerable: z.enum(['yes', 'no', 'unknown']),
  reason: z.string(),
  nextCapture: z.exactOptional(z.string().describe('What to capture so that it can be answered.')),
})
export type Answerable = z.infer<typeof answerSchema>

export const gatesSchema = z.object({
  schema: z.literal('gates/1'),
  sources: z.array(z.object({ path: z.string(), sha256: z.string() })),
  asks: z.enum(['any', 'decode']),
  verdict: z.enum(['pass', 'fail', 'cannot-tell']).describe('fail when one failed, else cannot-tell when one cannot tell, else pass.'),
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cannotTell: z.int().nonnegative(),
  gates: z.array(gateResultSchema).describe('In the order asked: Gate 0 first.'),
  coverage: coverageSchema,
  questions: z.array(answerSchema).describe('What this capture can answer.'),
})
export type GatesReport = z.infer<typeof gatesSchema>
