import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type LedgerRow, ledgerSchema } from '#formats/ledger.ts'
import type { Provenance } from '#formats/provenance.ts'
import type { Campaign } from '#model/campaign.ts'
import { loadCampaign } from '#pipeline/campaign/load-campaign.ts'
import { championMarkdown } from './champion-text.ts'
import { selectChampion } from './select.ts'

const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const campaign = loadCampaign(join(examples, 'campaign'))
const [draft] = ledgerSchema.parse(JSON.parse(readFileSync(join(examples, 'synthesis-bundle/findings/ledger.json'), 'utf8'))).rows
if (draft === undefined) throw new Error('the example has no ledger')
const proven: LedgerRow = {
  ...draft,
  status: 'PROVEN',
  outcome: { trial: 't-1', measured: 0.08, why: 'held', artifact: { path: 'verdict.json', sha256: 'a'.repeat(64) } },
}
const select = (row: LedgerRow, of: Campaign = campaign) => selectChampion(of, {}, [{ row, from: 'findings/ledger.json' }])
const withSource = (source: NonNullable<Provenance['source']>): Campaign => ({
  ...campaign,
  provenance: { schema: 'experiment_provenance_v1', identity: { run_id: 'c' }, source },
})

describe('proven levers as arms', () => {
  it('one that no cell ran is an arm without data: a trial’s figure is none of this campaign', () => {
    const chosen = select(proven)
    const arm = chosen.arms.find(({ lever }) => lever !== undefined)
    expect(arm).toMatchObject({ cell_id: proven.lever, verdict: 'NO-DATA', is_recommended: false, lever: { trial: 't-1', measured: 0.08 } })
    expect(arm?.focus_metric).toBeUndefined()
    expect(chosen.proven_levers).toHaveLength(1)
    expect(chosen.recommended_cell).toBe(selectChampion(campaign, {}).recommended_cell)
    expect(championMarkdown({ schema: 'champion_select_v1', sources: [], ...chosen })).toContain('proven by the trial t-1 (+8.0 %)')
  })

  it('the cell that ran one is its arm, by id or by the change that the plan names', () => {
    for (const variant_key of [proven.lever.split(' ')[0] ?? '', proven.change.summary]) {
      const cells = campaign.cells.map((cell) =>
        cell.id === 'tp8-mtp' ? { ...cell, rows: cell.rows.map((row) => ({ ...row, variant_key })) } : cell,
      )
      const chosen = select(proven, { ...campaign, cells })
      expect(chosen.arms.filter(({ lever }) => lever !== undefined).map(({ cell_id }) => cell_id)).toEqual(['tp8-mtp'])
      expect(chosen.arms.find(({ lever }) => lever !== undefined)?.focus_metric).toBeGreaterThan(0)
    }
  })

  it('only what is PROVEN', () => {
    for (const status of ['DRAFT', 'NULL', 'REFUTED', 'INCONCLUSIVE', 'INVALID'] as const)
      expect(select({ ...proven, status }).arms.every(({ lever }) => lever === undefined)).toBe(true)
  })

  it('trap H16: what an overlay proved is no arm of a campaign of another delivery', () => {
    const source_refs = [{ repo: 'org/engine', commit: '0123456789ab', delivery: 'overlay', url: 'https://github.com/org/engine' }]
    const row: LedgerRow = { ...proven, type: 'vllm-src', source_refs }
    const chosen = select(row, withSource([{ repo: 'org/engine', commit: '0123456789abcdef', delivery: 'infr-patch' }]))
    expect(chosen.arms.every(({ lever }) => lever === undefined)).toBe(true)
    expect(chosen.proven_levers).toEqual([])
    expect(chosen.notes.join()).toMatch(/cross-tier defect: .*org\/engine 0123456789ab by overlay/)
    const same = select(row, withSource([{ repo: 'org/engine', commit: '0123456789abcdef', delivery: 'overlay' }]))
    expect(same.arms.some(({ lever }) => lever !== undefined)).toBe(true)
  })
})
