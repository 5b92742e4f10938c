import * as z from 'zod'
import { rooflineSchema } from '#formats/roofline.ts'
import { ask } from '#pipeline/ask.ts'
import { rooflineQuestion } from '#pipeline/roofline-question.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { limited, limitInput } from './framework/limit.ts'
import { rooflineSvg } from './text/roofline-svg.ts'
import { rooflineText } from './text/roofline-text.ts'

export const command = defineCommand({
  name: 'roofline',
  summary: 'How far kernels are from the roof of their device: from counters, from a timeline joined with counters, or by proxy',
  effect: 'read_only',
  positional: ['files'],
  input: z.object({
    files: z.array(z.string()).min(1).describe('Reports of Nsight Compute; with them at most one timeline and one capture of samples'),
    hardware: z.string().optional().describe('Key or name of the device (sextant ceilings); by default what the captures name'),
    table: z.string().optional().describe('Another file of ceilings in the same shape, instead of the shipped one'),
    svg: z.boolean().default(false).describe('Draw it: text is then the SVG alone'),
    limit: limitInput,
    cache: cacheInput,
  }),
  output: rooflineSchema,
  examples: [
    { title: 'how far is each kernel from its roof?', args: ['examples/ncu-decode-kernels/kernels-raw.csv', '--hardware', 'b200_hgx'] },
    {
      title: 'how far is each family, by the time that it takes?',
      args: ['examples/decode-host-bound/glm51-decode-c1.sqlite', 'examples/ncu-decode-kernels/glm51-decode-c1.ncu.csv'],
    },
    { title: 'kernels as a drawing', args: ['examples/ncu-decode-kernels/kernels-raw.csv', '--hardware', 'b200_hgx', '--svg'] },
  ],
  async run(context, input) {
    const { value, sources } = await ask(
      askContext(context, input.cache),
      input.files.map((file) => context.path(file)),
      rooflineQuestion(context.configRoot, {
        ...(input.hardware === undefined ? {} : { hardware: input.hardware }),
        ...(input.table === undefined ? {} : { table: context.path(input.table) }),
      }),
    )
    const { rows, omitted } = limited(value.points, input.limit)
    const whole = { ...value, sources }
    return {
      ...whole,
      points: [...rows],
      ...(omitted === 0 ? {} : { omittedPoints: omitted }),
      ...(input.svg ? { svg: rooflineSvg(whole) } : {}),
    }
  },
  render: rooflineText,
})
