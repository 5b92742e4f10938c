/** How a budget was measured on a live engine: what was driven, when the profiler's window was open, and what spoke against it. */
import * as z from 'zod'

const count = z.int().nonnegative()
const ns = z.number().nonnegative()

export const windowRefusalCodes = [
  'round-failed',
  'client-distorted',
  'window-idle',
  'window-outlived-stream',
  'window-contaminated',
  'trace-missing',
  'trace-incomplete',
  'trace-without-device',
  'gate-failed',
  'cadence-disagrees',
] as const

export const liveWindowSchema = z.strictObject({
  state: z.enum(['measured', 'refused']).describe('refused: the window cannot carry a budget, and none is given.'),
  refusals: z.array(z.strictObject({ code: z.enum(windowRefusalCodes), reason: z.string().min(1), fix: z.string().min(1) })),
  engine: z.enum(['vllm', 'sglang']),
  engineVersion: z.exactOptional(z.string()),
  model: z.exactOptional(z.string()),
  backEnd: z.enum(['torch', 'cuda']),
  clean: z.strictObject({
    rounds: count.describe('Streams alone, without a profiler.'),
    tpotNs: z.exactOptional(ns.describe('Median over these rounds: what the step is reconciled with.')),
    outputTokens: count.describe('Asked of each.'),
  }),
  window: z.exactOptional(
    z.strictObject({
      startEpochNs: z.string().describe('When the engine had answered to start; decimal.'),
      durationNs: ns.describe('To the request to stop.'),
      tokens: z.number().nonnegative().describe('That the client saw arrive inside.'),
      tpotNs: z.exactOptional(ns.describe('As the client saw it inside.')),
      slowdownRatio: z.exactOptional(z.number().positive().describe('Over the clean rounds: what the profiler costs.')),
      tokensPerStep: z.exactOptional(z.number().positive().describe('Of the profiled stream: tokens over events.')),
      agreementRatio: z.exactOptional(z.number().positive().describe('Cadence per token of the trace over tpotNs.')),
      foreignTokens: z.exactOptional(
        z.number().describe('Counted by the engine and not sent to this client; absent without its counters.'),
      ),
    }),
  ),
  traces: z.array(z.string()).describe('Base names of the new traces, whether used or not.'),
})
export type LiveWindow = z.infer<typeof liveWindowSchema>
