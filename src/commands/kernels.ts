import * as z from 'zod'
import { familyShift, type KernelTotals } from '#analysis/budget-shift.ts'
import { kernelAdvice, withCeilings } from '#analysis/kernel-advice.ts'
import { SextantError } from '#base/errors.ts'
import { type KernelSummary, kernelGroupingSchema, kernelSummarySchema } from '#formats/kernel-summary.ts'
import { ask } from '#pipeline/ask.ts'
import { loadDeviceNames, loadShippedCeilings } from '#pipeline/ceilings.ts'
import { kernelsQuestion } from '#pipeline/questions.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { kernelsText } from './text/kernels-text.ts'

/** Shares of two windows neither add nor subtract: only times are compared. */
function timed({ families }: Pick<KernelSummary, 'families'>): KernelTotals[] {
  return families.map(({ family, totalNs, count }) => {
    if (totalNs === undefined || count === undefined) {
      throw new SextantError(
        'missing_data',
        'shares of samples cannot be compared across captures',
        'Compare two timelines of the same load.',
      )
    }
    return { family, totalNs, count }
  })
}

export const command = defineCommand({
  name: 'kernels',
  summary: 'Statistics per kernel, by name, short name, normalised name or family, and by NVTX range',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture that knows kernels: a timeline, nsys stats output, or samples of zymtrace'),
    by: kernelGroupingSchema.default('name').describe('What makes two kernels one row'),
    byNvtx: z.boolean().default(false).describe('Sum kernels by the NVTX or annotation range that launched them, too'),
    device: z.number().int().min(0).optional().describe('Only devices with this ordinal'),
    against: z.string().optional().describe('Another capture: what shifted between it and FILE, per family'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: kernelSummarySchema,
  examples: [
    { title: 'which kernels take the time?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--limit', '5'] },
    {
      title: 'what shifted between two captures?',
      args: [
        'examples/decode-host-bound/glm51-decode-c1.sqlite',
        '--against',
        'examples/decode-host-bound/glm51-decode-c1.pt.trace.json.gz',
      ],
    },
    { title: 'which families?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--by', 'family'] },
  ],
  async run(context, input) {
    const question = kernelsQuestion({
      by: input.by,
      byRange: input.byNvtx,
      ...(input.device === undefined ? {} : { deviceOrdinal: input.device }),
    })
    const asking = askContext(context, input.cache)
    const { value, sources } = await ask(asking, [context.path(input.file)], question)
    const { rows, omitted } = limited(value.kernels, input.limit)
    const summary = { ...value, kernels: [...rows], ...(omitted === 0 ? {} : { omittedKernels: omitted }), sources }
    const advice = kernelAdvice(value, input.device, loadDeviceNames(context.configRoot))
    const { ceilings } = loadShippedCeilings(context.configRoot)
    const families = withCeilings(value, ceilings.hardware.get(advice.ceilingKey ?? ''))
    const advised = { ...summary, families, ...advice }
    if (input.against === undefined) return advised
    const before = await ask(asking, [context.path(input.against)], question)
    return { ...advised, against: { sources: before.sources, families: familyShift(timed(before.value), timed(value)) } }
  },
  render: kernelsText,
})
