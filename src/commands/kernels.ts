import { z } from 'zod'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { kernelGroupingSchema, kernelSummarySchema } from '#formats/kernel-summary.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { Study } from '#pipeline/study.ts'
import { defineCommand } from './define-command.ts'
import { limited, limitInput } from './framework/limit.ts'
import { kernelsText } from './text/kernels-text.ts'

export const command = defineCommand({
  name: 'kernels',
  summary: 'Statistics per kernel, by name, short name, normalised name or family, and by NVTX range',
  effect: 'read_only',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture that knows kernels: a timeline or nsys stats output'),
    by: kernelGroupingSchema.default('name').describe('What makes two kernels one row'),
    byNvtx: z.boolean().default(false).describe('Sum kernels by the NVTX or annotation range that launched them, too'),
    device: z.number().int().min(0).optional().describe('Only devices with this ordinal'),
    limit: limitInput,
  }),
  output: kernelSummarySchema,
  examples: [
    { title: 'which kernels take the time?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--limit', '5'] },
    { title: 'which families?', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', '--by', 'family'] },
  ],
  async run(context, input) {
    const path = context.path(input.file)
    const opened = await openCapture(path, { needs: input.byNvtx ? ['correlation', 'host-calls', 'ranges'] : [] })
    const study = new Study(opened, loadFamilyRules(context.configRoot))
    const join = input.byNvtx ? study.join() : undefined
    const summary = summarizeKernels(opened.capture, opened.losses, study.rules, {
      by: input.by,
      byRange: input.byNvtx,
      ...(input.device === undefined ? {} : { deviceOrdinal: input.device }),
      ...(join === undefined ? {} : { join }),
    })
    const { rows, omitted } = limited(summary.kernels, input.limit)
    return {
      ...summary,
      kernels: [...rows],
      ...(omitted === 0 ? {} : { omittedKernels: omitted }),
      sources: [{ path: sourceNames([path])[0] ?? '', sha256: opened.sha256 }],
    }
  },
  render: kernelsText,
})
