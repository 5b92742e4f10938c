import { join } from 'node:path'
import * as z from 'zod'
import { campaignInitSchema } from '#formats/campaign-answers.ts'
import { beginCampaign, campaignId } from '#pipeline/campaign/begin-campaign.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { hashPath } from '#platform/hashing.ts'
import { defineCommand } from './define-command.ts'
import { version } from './framework/version.ts'
import { campaignInitText } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign init',
  summary:
    'Begin a campaign: cells, concurrencies and baseline from a YAML file checked with line numbers, and a folder for what they measure',
  effect: 'writes_artifacts',
  input: z.object({
    config: z.string().describe('config.yaml: campaign, cells[] with id, backend, concurrencies…, focus'),
    name: z.string().describe('Slug; with the time before it the campaign’s id'),
    intent: z.string().default('Which configuration serves best?').describe('What is to be found out'),
    title: z.string().optional().describe('One line for people'),
    hypothesis: z.string().optional().describe('What is expected, so that it can be refuted'),
    repo: z.string().optional().describe('Source under test'),
    commit: z.string().optional().describe('Its commit; without it no effect can be matched to a change'),
    delivery: z.enum(['image', 'overlay', 'patchedVllm', 'infr-patch']).optional().describe('How the source reached the pods'),
    image: z.string().optional().describe('Container image'),
    createdBy: z.string().default('unknown').describe('Person or agent; never read from the system'),
    createdAtUtc: z.iso.datetime().optional().describe('Time of beginning; else now'),
    into: z.string().default('campaigns').describe('Folder that holds campaigns'),
    dryRun: z.boolean().default(false).describe('Check the configuration and say what would be written, write nothing'),
  }),
  output: campaignInitSchema,
  examples: [
    {
      title: 'is this configuration sound, and what would be begun?',
      args: ['--config', 'examples/campaign/config.yaml', '--name', 'decode', '--created-at-utc', '2026-11-01T09:00:00Z', '--dry-run'],
    },
  ],
  async run(context, { config, name, into, createdAtUtc, dryRun, ...about }) {
    const atUtc = createdAtUtc ?? new Date().toISOString()
    const id = campaignId(name, atUtc)
    const given = Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)) as Pick<
      typeof about,
      'intent' | 'createdBy'
    >
    const configPath = context.path(config)
    const begun = beginCampaign({
      id,
      folder: context.path(join(into, id)),
      configPath,
      configShown: config,
      about: { ...given, family: 'campaign', createdAtUtc: atUtc, toolVersion: version },
      dryRun,
    })
    const [path = ''] = sourceNames([configPath])
    return {
      schema: 'campaign-init/1' as const,
      sources: [{ path, sha256: await hashPath(configPath) }],
      campaign: id,
      folder: `${into.replace(/[\\/]+$/, '')}/${id}`,
      dryRun,
      cells: [...begun.cells],
      files: [...begun.files],
      notes: [...begun.notes],
    }
  },
  render: campaignInitText,
})
