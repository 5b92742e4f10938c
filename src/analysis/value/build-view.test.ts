import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { LiveCampaign, ValueFinding } from '#formats/value-view.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { buildView } from './build-view.ts'
import { economicsOf, hardwareIn } from './economics.ts'
import { provenanceMatch } from './provenance-match.ts'

const names = loadDeviceNames(join(fileURLToPath(new URL('../../..', import.meta.url)), 'configs'))
const finding = (id: string, more: Partial<ValueFinding> = {}): ValueFinding => ({
  id,
  title: id,
  lifecycle: 'not_done',
  next_lever: `try ${id}`,
  ...more,
})
const live: LiveCampaign = {
  id: 'c',
  state: 'found',
  tier: 'verdict',
  sol_rigor: 'L4',
  dcgm_grounded: true,
  baseline_named: true,
  provenance: 'match',
}
const view = (findings: readonly ValueFinding[], campaigns: readonly LiveCampaign[] = []) =>
  buildView({ findings: [...findings] }, ({ campaign_ids: ids }) => campaigns.filter(({ id }) => ids?.includes(id)), { names })
const done = (more: Partial<ValueFinding> = {}): ValueFinding =>
  finding('d', { lifecycle: 'done', baseline: 'auto', campaign_ids: ['c'], ...more })
const flags = (of: ValueFinding, campaigns: readonly LiveCampaign[]): string[] =>
  view([of], campaigns).frontier.flatMap((row) => row.flags.map(({ flag }) => flag))

describe('the frontier', () => {
  it('is ordered: open first, speedups of throughput and latency, then value, then lifecycle', () => {
    const gain = (tier: 'throughput' | 'latency' | 'capacity', speedup: number): Partial<ValueFinding> => ({ gain: { tier, speedup } })
    const rows = view([
      finding('exhausted', { ...gain('throughput', 9), next_lever: 'frontier-exhausted: HBM at 93 %' }),
      finding('low', { next_value: 'low' }),
      finding('capacity', gain('capacity', 5)),
      finding('slower', gain('latency', 1.1)),
      finding('faster', { ...gain('throughput', 1.25), next_value: 'low' }),
      finding('high-idle', { next_value: 'high' }),
      finding('high-running', { next_value: 'high', lifecycle: 'in_progress' }),
      finding('no-value', {}),
    ]).frontier
    expect(rows.map(({ id }) => id)).toEqual(['faster', 'slower', 'high-running', 'high-idle', 'low', 'capacity', 'no-value', 'exhausted'])
    expect(rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('names one next lever; an empty one needs a wall, and a word without evidence is flagged', () => {
    expect(view([finding('a')]).next.lever).toBe('try a')
    const empty = view([finding('a', { next_lever: 'frontier-exhausted:' })])
    expect(empty.next.lever).toMatch(/document the wall/)
    expect(empty.notes.join()).toMatch(/frontier is empty.*without evidence/)
    expect(empty.frontier[0]?.flags.map(({ flag }) => flag)).toEqual(['exhausted-without-evidence'])
    expect(view([finding('a', { next_lever: '' })]).next.lever).toMatch(/say the next lever of a/)
  })

  it('a verdict needs every campaign, one source, grounding and a verdict; each lack is a flag', () => {
    expect(view([done()], [live]).frontier[0]?.standing).toBe('verdict')
    const lacks: readonly (readonly [string, LiveCampaign[], Partial<ValueFinding>?])[] = [
      ['campaign-missing', [{ id: 'c', state: 'missing' }]],
      ['campaign-unreadable', [{ id: 'c', state: 'unreadable', reason: 'no config.yaml' }]],
      ['no-campaign', []],
      ['ungrounded', [{ ...live, dcgm_grounded: false }]],
      ['baseline-unnamed', [{ ...live, baseline_named: false }]],
      ['baseline-unnamed', [live], { baseline: ' ' }],
      ['provenance-mismatch', [{ ...live, provenance: 'mismatch' }]],
      ['provenance-unknown', [{ ...live, provenance: 'unknown' }]],
      ['gain-contradicted', [live], { gain: { tier: 'throughput', speedup: 1.5, tps_gpu_peak: 120, baseline_tps_gpu: 100 } }],
    ]
    for (const [flag, campaigns, more] of lacks) {
      expect(flags(done(more), campaigns), flag).toEqual([flag])
      expect(view([done(more)], campaigns).frontier[0]?.standing, flag).toBe('draft')
    }
    expect(flags(done({ next_lever: null }), [live])).toEqual(['no-next-lever'])
    expect(view([done()], [{ ...live, tier: 'draft' }]).frontier[0]?.standing).toBe('draft')
    expect(flags(done({ finding_baseline_check: false }), [{ ...live, baseline_named: false }])).toEqual([])
  })
})

describe('economics', () => {
  it('trap H21: money at the rate of its own hardware, none where it is not known or where two are named', () => {
    const gain = { tier: 'throughput' as const, tps_gpu_peak: 200, baseline_tps_gpu: 100 }
    const at = (hardware: string | undefined, paid?: number) =>
      economicsOf(finding('a', { gain, ...(hardware === undefined ? {} : { hardware }) }), names, paid)
    // 10⁶ / 3600 × (1/100 − 1/200) hours.
    expect(at(undefined)).toEqual({ gpu_hours_saved: expect.closeTo(1.388889, 6) })
    expect(at('8x B200, TP8')?.usd_saved).toBeCloseTo(1.388889 * 8.6, 4)
    expect(at('H100 SXM5')?.usd_saved ?? at('h100_sxm5')?.usd_saved).toBeCloseTo(1.388889 * 6.16, 4)
    expect(at('1x H200 against B200')?.usd_saved).toBeUndefined()
    expect(at('a GPU', 2)?.usd_saved).toBeCloseTo(2.777778, 5)
    expect(economicsOf(finding('a', { gain: { tier: 'throughput', tps_gpu_peak: 200 } }), names, 2)).toBeUndefined()
    expect(hardwareIn('two nodes', names)).toBeUndefined()
  })
})

describe('provenance', () => {
  const measured = [{ repo: 'https://github.com/Org/engine.git', commit: '0123456789abcdef', delivery: 'overlay' as const }]
  it('trap H16: an overlay proves nothing of a patch, nor one commit of another', () => {
    const named = (commit: string, delivery: string, repo = 'org/engine') => provenanceMatch([{ repo, commit, delivery }], measured)
    expect(named('0123456', 'overlay')).toBe('match')
    expect(named('0123456', 'infr-patch')).toBe('mismatch')
    expect(named('fedcba9', 'overlay')).toBe('mismatch')
    expect(named('0123456', 'overlay', 'other/engine')).toBe('mismatch')
    expect(flags(done(), [{ ...live, provenance: 'mismatch' }])).toEqual(['provenance-mismatch'])
  })
  it('trap H15: what is not said matches nothing', () => {
    expect(provenanceMatch([{ repo: 'org/engine', delivery: 'overlay' }], measured)).toBe('unknown')
    expect(provenanceMatch([{ repo: 'org/engine', commit: '012', delivery: 'overlay' }], measured)).toBe('unknown')
    expect(provenanceMatch([], measured)).toBe('unknown')
    expect(provenanceMatch([{ repo: 'org/engine', commit: '0123456', delivery: 'overlay' }], undefined)).toBe('unknown')
  })
})
