import { basename } from 'node:path'
import * as z from 'zod'
import { buildKernelsJson } from '#analysis/kernels-json.ts'
import { formatCount, formatDuration } from '#base/units.ts'
import { kernelExportSchema } from '#formats/kernel-export.ts'
import { ask } from '#pipeline/ask.ts'
import { writeWhole } from '#platform/files.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { table } from './text/table.ts'

export const command = defineCommand({
  name: 'export-kernels',
  summary: 'Write the kernel artifact of a campaign cell from a timeline, nsys statistics or samples, with its unit recorded',
  effect: 'writes_artifacts',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture that knows kernels'),
    out: z.string().optional().describe('File to write; without it nothing is written and --json holds the artifact'),
    top: z.number().int().min(0).default(20).describe('Kernels to list, 0 for all; categories are over all'),
    cache: cacheInput,
  }),
  output: kernelExportSchema,
  examples: [
    { title: 'the kernels of a capture as the field’s reports read them', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite'] },
  ],
  async run(context, { file, out, top, cache }) {
    const { value, sources } = await ask(askContext(context, cache), [context.path(file)], {
      name: 'kernels-json',
      options: { top },
      needs: [],
      compute([study], rules) {
        if (study === undefined) throw new Error('a question about one capture was asked of none')
        return { artifact: buildKernelsJson(study.capture, study.losses, rules, top), losses: [...study.losses] }
      },
    })
    if (out !== undefined) writeWhole(context.path(out), `${JSON.stringify(value.artifact, null, 2)}\n`)
    return { schema: 'kernel-export/1' as const, sources, ...value, ...(out === undefined ? {} : { written: basename(out) }) }
  },
  render({ artifact, written }, size) {
    const isNs = artifact.samples_unit === 'ns'
    const rows = artifact.top_kernels.map(({ name, samples, category }) => [
      isNs ? formatDuration(samples) : formatCount(samples),
      category,
      name,
    ])
    const title = written === undefined ? 'Not written: name a file with --out' : `Written to ${written}`
    return `${title}\n\n${table(
      [
        { title: isNs ? 'total' : 'samples', align: 'right' },
        { title: 'category', shrinks: false },
        { title: 'kernel', shrinks: true },
      ],
      rows,
      size,
    )}`
  },
})
