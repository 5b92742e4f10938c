import { join } from 'node:path'
import * as z from 'zod'
import { buildView } from '#analysis/value/build-view.ts'
import { valueViewSchema } from '#formats/value-view.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { LiveCampaigns } from '#pipeline/value/live-campaigns.ts'
import { readValueFindings } from '#pipeline/value/read-value-findings.ts'
import { defineCommand } from './define-command.ts'
import { valueText } from './text/value-text.ts'

export const command = defineCommand({
  name: 'value-view',
  tool: 'perf_tune_report_value_view',
  summary: 'What was won, what it saves, what stands behind it today, and the frontier: which lever to try next',
  effect: 'read_only',
  positional: ['findings'],
  input: z.object({
    findings: z.string().describe('Registry of value findings (YAML)'),
    campaigns: z.string().default('campaigns').describe('Folder that holds the campaigns which findings name'),
    usdPerGpuHour: z.number().positive().optional().describe('What an hour of a GPU costs you; default: the public rate of each hardware'),
  }),
  output: valueViewSchema,
  examples: [
    { title: 'what should be tried next?', args: ['examples/value/value-findings.yaml', '--campaigns', 'examples'] },
    { title: 'at what you pay', args: ['examples/value/value-findings.yaml', '--campaigns', 'examples', '--usd-per-gpu-hour', '3.2'] },
  ],
  async run(context, { findings, campaigns, usdPerGpuHour }) {
    const path = context.path(findings)
    const live = new LiveCampaigns(context.path(campaigns), (name) => context.path(join(campaigns, name)))
    const { registry, source } = readValueFindings(path, findings)
    const view = buildView(registry, (finding) => live.of(finding), {
      names: loadDeviceNames(context.configRoot),
      ...(usdPerGpuHour === undefined ? {} : { paid: usdPerGpuHour }),
    })
    return {
      schema: 'value-view/1' as const,
      sources: [source, ...live.sources].sort((a, b) => (a.path < b.path ? -1 : 1)),
      ...view,
      notes: [...view.notes, ...live.notes],
    }
  },
  render: valueText,
})
