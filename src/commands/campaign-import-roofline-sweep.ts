import * as z from 'zod'
import { campaignImportSchema } from '#formats/campaign-answers.ts'
import { importSweep } from '#pipeline/campaign/import-sweep.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, targetIn } from './framework/campaign-input.ts'
import { campaignImportText, importNext } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign import-roofline-sweep',
  tool: 'perf_tune_report_import_roofline_sweep',
  summary: 'Bring a roofline sweep (decode over concurrencies, prefill over input lengths, with DCGM beside) into cells of a campaign',
  effect: 'writes_artifacts',
  positional: ['sweep'],
  input: z.object({
    sweep: z.string().describe('Folder with decode_sweep.jsonl and prefill_sweep.jsonl, or one of these files'),
    campaign: campaignInput,
    cellId: z.string().describe('Cell of config.yaml that was swept; the points go to CELL-decode and CELL-prefill'),
    dryRun: z.boolean().default(false).describe('Read the sweep and show its points, write nothing'),
  }),
  output: campaignImportSchema,
  examples: [
    {
      title: 'which points has this sweep, and were its windows steady?',
      args: ['examples/campaign/roofline-sweep', '--campaign', 'examples/campaign', '--cell-id', 'tp8', '--dry-run'],
    },
  ],
  async run(context, { sweep, campaign, cellId, dryRun }) {
    const target = targetIn(context, campaign, cellId)
    const { cells, notes, sources } = await importSweep(target, sweep, context.path(sweep), dryRun)
    return {
      schema: 'campaign-import/1' as const,
      sources: [...sources],
      campaign: target.campaignId,
      dryRun,
      cells: [...cells],
      notes: [...notes],
      next: importNext(cells),
    }
  },
  render: campaignImportText,
})
