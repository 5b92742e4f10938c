import * as z from 'zod'
import { budgetShift } from '#analysis/budget-shift.ts'
import { decodeBudgetSchema } from '#formats/decode-budget.ts'
import { ask } from '#pipeline/ask.ts'
import { budgetQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { decodeBudgetText } from './text/decode-budget-text.ts'

export const command = defineCommand({
  name: 'decode-budget',
  summary: 'Where each decode step’s time goes: kernels, host, communication, copies; per device and over ranks',
  effect: 'read_only',
  positional: ['traces'],
  input: z.object({
    traces: z.array(z.string()).min(1).describe('One capture, or one per rank'),
    tpotMs: z.number().positive().optional().describe('Time per output token that the load driver measured, to reconcile with'),
    tokensPerStep: z.number().positive().optional().describe('Tokens per step and sequence (speculation); else from annotations, else 1'),
    device: z.number().int().min(0).optional().describe('Only devices with this ordinal'),
    rank: z.number().int().min(0).optional().describe('Only this rank'),
    against: z.array(z.string()).optional().describe('Other captures (one, or one per rank): what shifted between them and TRACES'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: decodeBudgetSchema,
  examples: [
    {
      title: 'what bounds decode, and does the capture agree with the driver?',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--tpot-ms', '6.4'],
    },
    {
      title: 'what shifted since another capture?',
      args: [
        'examples/decode-host-bound/glm51-decode-c1.sqlite',
        '--against',
        'examples/decode-host-bound/glm51-decode-c1.pt.trace.json.gz',
      ],
    },
  ],
  async run(context, input) {
    const question = budgetQuestion({
      ...(input.tpotMs === undefined ? {} : { driverTpotNs: input.tpotMs * 1e6 }),
      ...(input.tokensPerStep === undefined ? {} : { tokensPerStep: input.tokensPerStep }),
      ...(input.device === undefined ? {} : { device: input.device }),
      ...(input.rank === undefined ? {} : { rank: input.rank }),
    })
    const asking = askContext(context, input.cache)
    const opened = (traces: readonly string[]) => traces.map((trace) => context.path(trace))
    const { value, sources } = await ask(asking, opened(input.traces), question)
    if (input.against === undefined) return { ...value, sources }
    const before = await ask(asking, opened(input.against), question)
    return { ...value, sources, against: { sources: before.sources, ...budgetShift(before.value, value) } }
  },
  render: decodeBudgetText,
})
