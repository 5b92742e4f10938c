/** What the campaigns that findings name say now: found below a folder by their name or by the run that their provenance names. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { campaignRigor } from '#analysis/campaign/rigor.ts'
import { provenanceMatch } from '#analysis/value/provenance-match.ts'
import { isSextantError } from '#base/errors.ts'
import { campaignIdSchema } from '#formats/campaign.ts'
import { championSelectSchema } from '#formats/champion.ts'
import type { SourceReference } from '#formats/source.ts'
import type { LiveCampaign, ValueFinding } from '#formats/value-view.ts'
import type { Campaign } from '#model/campaign.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { Extras, meetsVerdictRules } from '#pipeline/report/report-extras.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'

const runIdSchema = z.looseObject({ identity: z.looseObject({ run_id: z.string() }) })

interface Read {
  readonly campaign: Campaign
  readonly extras: Extras
  readonly chosen?: z.infer<typeof championSelectSchema>
}

export class LiveCampaigns {
  /** Every file that was read, with the campaign's folder in front. */
  readonly sources: SourceReference[] = []
  readonly notes: string[] = []
  readonly #root: string
  readonly #open: (name: string) => string
  #byRun: ReadonlyMap<string, string> | undefined
  readonly #read = new Map<string, Read | { readonly reason: string } | undefined>()

  /** @param open the door's way to a folder below the root: confined, links resolved. */
  constructor(root: string, open: (name: string) => string) {
    this.#root = root
    this.#open = open
  }

  of(finding: ValueFinding): LiveCampaign[] {
    return [...new Set(finding.campaign_ids ?? [])].map((id) => this.#live(id, finding))
  }

  #live(id: string, finding: ValueFinding): LiveCampaign {
    if (!this.#read.has(id)) this.#read.set(id, this.#load(id))
    const read = this.#read.get(id)
    if (read === undefined) return { id, state: 'missing' }
    if ('reason' in read) return { id, state: 'unreadable', reason: read.reason }
    const { campaign, chosen } = read
    const { sol_rigor, dcgm_grounded } = campaignRigor(campaign)
    const best = chosen?.arms.find(({ is_recommended }) => is_recommended)
    const { close_reason: closed, campaign: config } = campaign.config
    const isVerdict = meetsVerdictRules(campaign.verdict) || chosen?.champion_tier === 'verdict'
    return {
      id,
      state: 'found',
      tier: isVerdict ? 'verdict' : 'draft',
      sol_rigor,
      dcgm_grounded,
      baseline_named: campaign.verdict?.baseline_named === true || (config.comparator_baseline ?? '') !== '',
      provenance: provenanceMatch(finding.source_refs ?? [], campaign.provenance?.source),
      ...(chosen === undefined ? {} : { champion: chosen.recommended_cell }),
      ...(best?.pct_win_vs_baseline === undefined ? {} : { win_pct: best.pct_win_vs_baseline }),
      ...(closed === undefined || closed === null ? {} : { close_reason: closed }),
    }
  }

  #load(id: string): Read | { readonly reason: string } | undefined {
    const name = this.#folderOf(id)
    if (name === undefined) return undefined
    try {
      const folder = this.#open(name)
      const campaign = loadCampaign(folder)
      const extras = new Extras(folder)
      const chosen = extras.json('champion_select.json', championSelectSchema)
      this.sources.push(...[...campaign.sources, ...extras.sources].map(({ path, sha256 }) => ({ path: `${name}/${path}`, sha256 })))
      this.notes.push(...[...campaign.notes, ...extras.notes].map((note) => `${id}: ${note}`))
      return { campaign, extras, ...(chosen === undefined ? {} : { chosen }) }
    } catch (error) {
      if (!isSextantError(error) || error.code === 'path_outside_root') throw error
      return { reason: error.message }
    }
  }

  /** A registry is written by people: an id that is no name is looked up nowhere. */
  #folderOf(id: string): string | undefined {
    if (!campaignIdSchema.safeParse(id).success) return undefined
    if (existsSync(join(this.#root, id, 'config.yaml'))) return id
    this.#byRun ??= this.#runs()
    return this.#byRun.get(id)
  }

  #runs(): ReadonlyMap<string, string> {
    const runs = new Map<string, string>()
    const names = existsSync(this.#root) ? readdirSync(this.#root, { withFileTypes: true }) : []
    for (const name of names.flatMap((each) => (each.isDirectory() ? each.name : [])).sort()) {
      const read = readJsonFile(join(this.#root, name, 'provenance.json'), `${name}/provenance.json`, runIdSchema)
      if (read.state === 'read' && existsSync(join(this.#root, name, 'config.yaml')) && !runs.has(read.value.identity.run_id))
        runs.set(read.value.identity.run_id, name)
    }
    return runs
  }
}
