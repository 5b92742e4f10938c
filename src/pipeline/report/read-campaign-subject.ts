/** What a report of a campaign is made of. */
import { tokensPerMinute } from '#analysis/campaign/tokens-per-minute.ts'
import type { ReportSubject } from '#analysis/report/report-subject.ts'
import { championSelectSchema } from '#formats/champion.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { loadDeviceNames, loadShippedCeilings } from '#pipeline/ceilings.ts'
import { decodeBudgets, Extras, findingsIn, ledgerIn, meetsVerdictRules, newestSynthesis, peaksOf } from './report-extras.ts'

/** Throws as `loadCampaign` does. */
export function readCampaignSubject(folder: string, configRoot: string): ReportSubject {
  const campaign = loadCampaign(folder)
  const extras = new Extras(folder)
  const chosen = extras.json('champion_select.json', championSelectSchema)
  const synthesis = newestSynthesis(extras)
  const { title, hypothesis } = campaign.config.campaign
  const isVerdict = meetsVerdictRules(campaign.verdict) || chosen?.champion_tier === 'verdict'
  return {
    id: campaign.id,
    kind: 'campaign',
    title: title ?? campaign.id,
    ...(hypothesis === undefined ? {} : { question: hypothesis }),
    ...(campaign.config.focus === undefined ? {} : { focus: campaign.config.focus }),
    standing: isVerdict ? 'verdict' : 'draft',
    cells: campaign.cells,
    ...(campaign.provenance === undefined ? {} : { provenance: campaign.provenance }),
    tpm: tokensPerMinute(campaign, loadDeviceNames(configRoot)),
    ...(chosen === undefined ? {} : { champion: chosen }),
    ...(synthesis === undefined ? {} : { synthesis }),
    ledger: ledgerIn(extras),
    findings: findingsIn(extras),
    budgets: decodeBudgets(
      extras,
      campaign.cells.map(({ id }) => id),
    ),
    peaks: peaksOf(configRoot),
    categoryCeilings: loadShippedCeilings(configRoot).ceilings.categories,
    sources: [...campaign.sources, ...extras.sources].sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes: [...campaign.notes, ...extras.notes],
  }
}
