import { basename } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { dcgmFreezeSchema } from '#formats/dcgm-correlate.ts'
import { correlateWindow } from '#pipeline/dcgm/correlate-window.ts'
import { renderDcgmFrozen } from '#pipeline/dcgm-frozen.ts'
import { writeWhole } from '#platform/files.ts'
import { defineCommand } from './define-command.ts'
import { dcgmInput } from './framework/dcgm-input.ts'

export const command = defineCommand({
  name: 'dcgm freeze',
  summary: 'Keep what DCGM measured over a window, per GPU, before the series age out: dcgm_frozen_v1, from which correlate answers again',
  effect: 'writes_artifacts',
  input: z.object({ out: z.string().optional().describe('File to write; without it the YAML is printed'), ...dcgmInput }),
  output: dcgmFreezeSchema,
  examples: [
    {
      title: 'what a frozen measurement holds',
      args: ['--responses', 'examples/dcgm/responses', '--bench', 'examples/dcgm/inference_perfbench_v1.json'],
    },
  ],
  async run(context, { out, ...request }) {
    const { correlation, frozen } = await correlateWindow(context, request)
    if (frozen === undefined) throw new SextantError('missing_data', 'there is nothing to freeze', 'Measure with --url or --responses.')
    if (out !== undefined) writeWhole(context.path(out), renderDcgmFrozen(frozen))
    return {
      schema: 'dcgm-freeze/1' as const,
      sources: correlation.sources,
      frozen,
      ...(out === undefined ? {} : { written: basename(out) }),
    }
  },
  render: ({ frozen, written }) => (written === undefined ? renderDcgmFrozen(frozen) : `Written to ${written}\n`),
})
