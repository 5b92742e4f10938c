import * as z from 'zod'
import { reportCeilings } from '#analysis/ceilings-report.ts'
import { ceilingsSchema } from '#formats/ceilings.ts'
import { loadCeilings, loadDeviceNames, loadShippedCeilings, SHIPPED } from '#pipeline/ceilings.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { defineCommand } from './define-command.ts'
import { limitInput } from './framework/limit.ts'
import { ceilingsText } from './text/ceilings-text.ts'

export const command = defineCommand({
  name: 'ceilings',
  summary: 'Peaks of a GPU by key path, each with its source, and which of them do not follow from SM count and clock',
  effect: 'read_only',
  positional: ['hardware'],
  input: z.object({
    hardware: z
      .string()
      .optional()
      .describe('Key (h100_sxm5), key path (h100_sxm5.fp8_dense_pflops) or a device’s name; without it, the list of all'),
    table: z.string().optional().describe('Another file of ceilings in the same shape, instead of the shipped one'),
    limit: limitInput,
  }),
  output: ceilingsSchema,
  examples: [
    { title: 'every GPU that has ceilings', args: [] },
    { title: 'the peaks of one', args: ['H100', '--limit', '0'] },
    { title: 'one peak, by the path that a %SoL cites', args: ['b200_sm100.hbm3e_tbps'] },
  ],
  async run(context, input) {
    const names = loadDeviceNames(context.configRoot)
    const path = input.table === undefined ? undefined : context.path(input.table)
    const { ceilings, sha256 } = path === undefined ? loadShippedCeilings(context.configRoot) : loadCeilings(path)
    const [name = ''] = path === undefined ? [SHIPPED] : sourceNames([path])
    return { ...reportCeilings(ceilings, names, input.hardware), sources: [{ path: name, sha256 }] }
  },
  render: ceilingsText,
})
