import { statSync } from 'node:fs'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { synthesisImportSchema } from '#formats/campaign-answers.ts'
import { importSynthesis } from '#pipeline/campaign/import-synthesis.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, folderOf } from './framework/campaign-input.ts'
import { synthesisImportNext, synthesisImportText } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign import-synthesis',
  summary: 'Bring the recommendations of an evidence bundle into a campaign: its report and its tables in the lake then hold the levers',
  effect: 'writes_artifacts',
  positional: ['bundle'],
  input: z.object({
    bundle: z.string().describe('Folder of an evidence bundle that sextant synthesize has written into'),
    campaign: campaignInput,
    dryRun: z.boolean().default(false).describe('Read the synthesis and show its rows, write nothing'),
  }),
  output: synthesisImportSchema,
  examples: [
    {
      title: 'which levers would a bundle bring into a campaign?',
      args: ['examples/synthesis-bundle', '--campaign', 'examples/campaign', '--dry-run'],
    },
  ],
  async run(context, { bundle, campaign, dryRun }) {
    const folder = context.path(bundle)
    const target = folderOf(context, campaign)
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new SextantError('file_not_found', `${bundle} is no folder`, 'Name an evidence bundle.', { path: bundle })
    const made = await importSynthesis({ campaign: target, campaignId: loadCampaign(target).id }, folder, bundle, dryRun)
    return { schema: 'campaign-import-synthesis/1' as const, ...made, next: synthesisImportNext(made) }
  },
  render: synthesisImportText,
})
