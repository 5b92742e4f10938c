import { join } from 'node:path'
import * as z from 'zod'
import { summaryMarkdown, summaryRow } from '#analysis/dcgm/summary-table.ts'
import { SextantError } from '#base/errors.ts'
import { dcgmSummarySchema } from '#formats/dcgm-correlate.ts'
import { campaignCorrelations } from '#pipeline/dcgm/campaign-correlations.ts'
import { campaignFolder } from '#store/cell-files.ts'
import { writeSection } from '#store/marked-section.ts'
import { defineCommand } from './define-command.ts'

export const command = defineCommand({
  name: 'dcgm summary',
  summary: 'Write the table "Workload-level SoL" of a campaign from its cells’ DCGM correlations, each row citing its file',
  effect: 'writes_artifacts',
  positional: ['campaign'],
  input: z.object({
    campaign: z.string().describe('Campaign folder, or its name below campaigns/'),
    print: z.boolean().default(false).describe('Only print the table: sol-summary.md stays as it is'),
  }),
  output: dcgmSummarySchema,
  examples: [{ title: 'the table of a campaign, without writing it', args: ['examples/dcgm/campaign', '--print'] }],
  async run(context, { campaign, print }) {
    const folder = campaignFolder(campaign, context.path)
    const { cells, without, sources } = await campaignCorrelations(folder)
    if (cells.length === 0)
      throw new SextantError(
        'missing_data',
        'no cell of the campaign has a dcgm_correlation.json',
        'Write them with `sextant dcgm correlate --campaign … --cell-id …`.',
      )
    const rows = cells.map(summaryRow)
    const markdown = summaryMarkdown(rows)
    const written = print
      ? undefined
      : await writeSection(join(folder, 'sol-summary.md'), { id: 'dcgm-summary', heading: 'Workload-level SoL', body: markdown })
    return {
      schema: 'dcgm-summary/1' as const,
      sources: [...sources],
      rows,
      cellsWithout: [...without],
      markdown,
      ...(written === undefined ? {} : { written }),
    }
  },
  render: ({ markdown, written, cellsWithout }) =>
    [
      markdown,
      cellsWithout.length === 0 ? '' : `\nWithout a correlation: ${cellsWithout.join(', ')}\n`,
      written === undefined ? '' : `\nWritten to ${written}\n`,
    ].join(''),
})
