import { join } from 'node:path'
import * as z from 'zod'
import { championMarkdown } from '#analysis/champion/champion-text.ts'
import { selectChampion } from '#analysis/champion/select.ts'
import { jsonText } from '#base/json-text.ts'
import { focusSchema } from '#formats/campaign.ts'
import { championSelectSchema } from '#formats/champion.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { standingLedger } from '#pipeline/campaign/standing-ledger.ts'
import { writeWhole } from '#platform/files.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, folderOf } from './framework/campaign-input.ts'
import { championText } from './text/champion-text.ts'

export const command = defineCommand({
  name: 'champion-select',
  tool: 'perf_tune_report_champion_select',
  summary: 'Which arm of a campaign to serve with: best at one concurrency within the SLO, and which gates keep it a draft',
  effect: 'writes_artifacts',
  positional: ['campaign'],
  input: z.object({
    campaign: campaignInput,
    focus: focusSchema.optional().describe('throughput: output tokens per second and GPU; latency: median TPOT. Default: config.yaml'),
    focusC: z.int().min(1).optional().describe('Concurrency to choose at (32 for throughput, 1 for latency); no other one is looked at'),
    baseline: z.string().optional().describe('Cell that is compared with; default: comparator_baseline of config.yaml'),
    sloRel: z.number().positive().optional().describe('TPOT allowed, as a multiple of the baseline’s (1.1)'),
    sloAbsMs: z.number().positive().optional().describe('TPOT allowed in ms; replaces the relative one'),
    dryRun: z.boolean().default(false).describe('Choose and say why, write nothing'),
  }),
  output: championSelectSchema,
  examples: [
    { title: 'which arm serves most tokens within the SLO?', args: ['examples/campaign', '--dry-run'] },
    { title: 'and which answers fastest?', args: ['examples/campaign', '--focus', 'latency', '--dry-run'] },
  ],
  async run(context, { campaign: given, focusC, sloRel, sloAbsMs, dryRun, focus, baseline }) {
    const folder = folderOf(context, given)
    const campaign = loadCampaign(folder)
    const ledger = standingLedger(folder)
    const options = {
      ...(focus === undefined ? {} : { focus }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(focusC === undefined ? {} : { concurrency: focusC }),
      ...(sloRel === undefined ? {} : { sloRelative: sloRel }),
      ...(sloAbsMs === undefined ? {} : { sloAbsMs }),
    }
    const chosen = selectChampion(campaign, options, ledger.rows)
    const answer = {
      schema: 'champion_select_v1' as const,
      ...chosen,
      sources: [...campaign.sources, ...ledger.sources],
      notes: [...chosen.notes, ...ledger.unreadable.map(({ path, reason }) => `${path} ${reason}: its levers are not known`)],
    }
    if (dryRun) return answer
    writeWhole(join(folder, 'champion_select.json'), jsonText(answer))
    writeWhole(join(folder, 'CHAMPION.md'), championMarkdown(answer))
    return { ...answer, written: ['CHAMPION.md', 'champion_select.json'] }
  },
  render: championText,
})
