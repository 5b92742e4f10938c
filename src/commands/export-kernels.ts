import { basename } from 'node:path'
import * as z from 'zod'
import { jsonText } from '#base/json-text.ts'
import { formatCount, formatDuration } from '#base/units.ts'
import { kernelExportSchema } from '#formats/kernel-export.ts'
import { ask } from '#pipeline/ask.ts'
import { kernelArtifactQuestion } from '#pipeline/kernel-artifact-question.ts'
import { writeWhole } from '#platform/files.ts'
import { defineCommand } from './define-command.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { type Column, table } from './text/table.ts'

export const command = defineCommand({
  name: 'export-kernels',
  summary: 'Write the kernel artifact of a campaign cell from a timeline, nsys statistics, samples or counters, with its unit recorded',
  effect: 'writes_artifacts',
  positional: ['file'],
  input: z.object({
    file: z.string().describe('Capture that knows kernels; of hardware counters ncu_kernels.json is made'),
    out: z.string().optional().describe('File to write; without it nothing is written and --json holds the artifact'),
    top: z.number().int().min(0).default(20).describe('Kernels to list, 0 for all; categories are over all'),
    cache: cacheInput,
  }),
  output: kernelExportSchema,
  examples: [
    { title: 'the kernels of a capture as the field’s reports read them', args: ['examples/decode-host-bound/glm51-decode-c1.sqlite'] },
  ],
  async run(context, { file, out, top, cache }) {
    const question = kernelArtifactQuestion(context.configRoot, top)
    const { value, sources } = await ask(askContext(context, cache), [context.path(file)], question)
    if (out !== undefined) writeWhole(context.path(out), jsonText(value.artifact))
    return { schema: 'kernel-export/1' as const, sources, ...value, ...(out === undefined ? {} : { written: basename(out) }) }
  },
  render({ artifact, written }, size) {
    const title = written === undefined ? 'Not written: name a file with --out' : `Written to ${written}`
    const isTime = 'kernels' in artifact || artifact.samples_unit === 'ns'
    const amount = (value: number | null) => (value === null ? '' : isTime ? formatDuration(value) : formatCount(value))
    const rows =
      'kernels' in artifact
        ? artifact.kernels.map((row) => [amount(row.kernel_time_ns), row.category, row.name_full])
        : artifact.top_kernels.map(({ name, samples, category }) => [amount(samples), category, name])
    const columns: Column[] = [
      { title: isTime ? 'total' : 'samples', align: 'right' },
      { title: 'category', shrinks: false },
      { title: 'kernel', shrinks: true },
    ]
    return `${title}\n\n${table(columns, rows, size)}`
  },
})
