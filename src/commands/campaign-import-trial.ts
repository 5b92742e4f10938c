import { basename } from 'node:path'
import * as z from 'zod'
import { campaignImportSchema } from '#formats/campaign-answers.ts'
import { importTrial } from '#pipeline/campaign/import-trial.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { trialPlace } from '#store/trials/trial-folder.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, targetIn } from './framework/campaign-input.ts'
import { campaignImportText, importNext } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign import-trial',
  summary: 'Bring a variant A/B into a campaign: the runs of a trial become rows of two cells, one per arm, its pairs as trials',
  effect: 'writes_artifacts',
  positional: ['trial'],
  input: z.object({
    trial: z.string().describe('Id of the trial, or its folder'),
    campaign: campaignInput,
    cellA: z.string().describe('Cell of config.yaml for arm A, the baseline'),
    cellB: z.string().describe('Cell of config.yaml for arm B'),
    dryRun: z.boolean().default(false).describe('Read the trial and show the rows, write nothing'),
  }),
  output: campaignImportSchema,
  examples: [
    {
      title: 'what would the runs of a trial be in a campaign?',
      args: ['examples/trial-two-engines', '--campaign', 'examples/campaign', '--cell-a', 'tp8', '--cell-b', 'tp8-mtp', '--dry-run'],
    },
  ],
  async run(context, { trial, campaign, cellA, cellB, dryRun }) {
    const place = trialPlace(experimentsRoot(context.env, '.'), trial)
    const [a, b] = [targetIn(context, campaign, cellA), targetIn(context, campaign, cellB)]
    const { cells, notes, sources } = await importTrial(a, b, { path: context.path(place.path), shown: place.shown }, dryRun)
    return {
      schema: 'campaign-import/1' as const,
      sources: sources.map(({ path, sha256 }) => ({ path: basename(path), sha256 })),
      campaign: a.campaignId,
      dryRun,
      cells: [...cells],
      notes: [...notes],
      next: importNext(cells),
    }
  },
  render: campaignImportText,
})
