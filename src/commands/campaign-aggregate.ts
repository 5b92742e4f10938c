import * as z from 'zod'
import { campaignAggregateSchema } from '#formats/campaign-answers.ts'
import { aggregateCampaign } from '#pipeline/campaign/aggregate-campaign.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, folderOf } from './framework/campaign-input.ts'
import { campaignAggregateText } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign aggregate',
  summary: 'One row per point of a campaign over its trials: the atlas, tokens per minute and cost, the tables of its summary',
  effect: 'writes_artifacts',
  positional: ['campaign'],
  input: z.object({
    campaign: campaignInput,
    dryRun: z.boolean().default(false).describe('Say what the rows would be, write nothing'),
  }),
  output: campaignAggregateSchema,
  examples: [{ title: 'every arm of a campaign, point by point', args: ['examples/campaign', '--dry-run'] }],
  async run(context, { campaign, dryRun }) {
    return {
      schema: 'campaign-aggregate/1' as const,
      ...(await aggregateCampaign(folderOf(context, campaign), context.configRoot, dryRun)),
    }
  },
  render: campaignAggregateText,
})
