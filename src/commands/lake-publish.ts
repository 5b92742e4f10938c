import * as z from 'zod'
import { lakePublishSchema } from '#formats/lake/lake-answers.ts'
import { publishCampaign } from '#pipeline/lake/publish.ts'
import { isRemote } from '#store/lake/open-lake.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, folderOf } from './framework/campaign-input.ts'
import { lakeInput, openedLake } from './framework/lake-input.ts'
import { lakePublishText } from './text/lake-text.ts'

export const command = defineCommand({
  name: 'lake publish',
  tool: 'perf_tune_report_publish_to_lake',
  summary: 'Publish a campaign as Parquet tables into a folder or a bucket: visible at once or not at all, its gaps recorded',
  effect: 'publishes_external',
  positional: ['campaign'],
  input: z.object({
    campaign: campaignInput,
    ...lakeInput,
    ifExists: z.enum(['fail', 'skip', 'overwrite']).default('fail').describe('What to do where the campaign is there with other content'),
    strict: z.boolean().default(false).describe('Refuse a campaign with gaps; without it they are recorded with it'),
    capturedAt: z.iso.datetime().optional().describe('When it was measured, where no run says it'),
    publishedAtUtc: z.iso.datetime().optional().describe('Time of publishing; else now'),
    dryRun: z.boolean().default(false).describe('Make the tables and name the gaps, write nothing'),
  }),
  output: lakePublishSchema,
  examples: [
    {
      title: 'what would be published, and with which gaps?',
      args: ['examples/campaign', '--lake', 'examples/lake', '--dry-run'],
    },
  ],
  reachesOutside: ({ lake }) => isRemote(lake),
  async run(context, { campaign, ifExists, strict, capturedAt, publishedAtUtc, dryRun, ...where }) {
    const answer = await publishCampaign({
      folder: folderOf(context, campaign),
      configRoot: context.configRoot,
      lake: openedLake(context, where),
      ifExists,
      strict,
      dryRun,
      nowUtc: publishedAtUtc ?? new Date().toISOString(),
      ...(capturedAt === undefined ? {} : { capturedAt }),
    })
    return { schema: 'lake-publish/1' as const, ...answer }
  },
  render: lakePublishText,
})
