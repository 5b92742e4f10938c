import { z } from 'zod'
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import { decodeBudgetSchema } from '#formats/decode-budget.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { defineCommand } from './define-command.ts'
import { limitInput } from './framework/limit.ts'
import { decodeBudgetText } from './text/decode-budget-text.ts'

export const decodeBudgetNeeds: readonly TimelineNeed[] = ['correlation', 'host-calls', 'ranges', 'collectives']

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
    limit: limitInput,
  }),
  output: decodeBudgetSchema,
  examples: [
    {
      title: 'what bounds decode, and does the capture agree with the driver?',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--tpot-ms', '6.4'],
    },
  ],
  async run(context, input) {
    const paths = input.traces.map((trace) => context.path(trace))
    const names = sourceNames(paths)
    const rules = loadFamilyRules(context.configRoot)
    const opened = []
    for (const path of paths) opened.push(await openCapture(path, { needs: decodeBudgetNeeds }))
    const budget = buildDecodeBudget(opened, rules, {
      ...(input.tpotMs === undefined ? {} : { driverTpotNs: input.tpotMs * 1e6 }),
      ...(input.tokensPerStep === undefined ? {} : { tokensPerStep: input.tokensPerStep }),
      ...(input.device === undefined ? {} : { device: input.device }),
      ...(input.rank === undefined ? {} : { rank: input.rank }),
    })
    return { ...budget, sources: opened.map(({ sha256 }, index) => ({ path: names[index] ?? '', sha256 })) }
  },
  render: decodeBudgetText,
})
