import { describe, expect, it } from 'vitest'
import { aggregateRows } from '#analysis/campaign/aggregate.ts'
import { campaignRigor, cellRigor } from '#analysis/campaign/rigor.ts'
import { isSextantError } from '#base/errors.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { type ChampionOptions, selectChampion } from './select.ts'

interface Drawn {
  readonly id: string
  readonly rows: readonly Partial<AtlasRow>[]
  readonly more?: Partial<CampaignCell>
}
function cell({ id, rows, more }: Drawn): CampaignCell {
  const all = rows.map((row, index): AtlasRow => ({ cell_id: id, concurrency: 32, trial: `t${index}`, node: 'n', ...row }))
  const empty = { imports: [], capturedSources: [], unreadable: [] }
  return { id, arm: id, kind: 'bench', status: 'full', rows: all, points: aggregateRows(id, all), ...empty, ...more }
}
function campaign(cells: readonly Drawn[], more: Partial<Campaign> = {}): Campaign {
  const config: Campaign['config'] = { campaign: { comparator_baseline: 'base' }, cells: [], focus: 'throughput' }
  return { id: 'c', config, cells: cells.map(cell), sources: [], notes: [], ...more }
}
const three = (output: number, tpot: number | null, more: Partial<AtlasRow> = {}): Partial<AtlasRow>[] =>
  [0.99, 1, 1.01].map((scale) => ({
    output_tps_per_gpu: output * scale,
    ...(tpot === null ? {} : { tpot_median_ms: tpot * scale }),
    ...more,
  }))
const base: Drawn = { id: 'base', rows: three(100, 10) }
const verdicts = (cells: readonly Drawn[], options: ChampionOptions = {}) => {
  const { arms, recommended_cell } = selectChampion(campaign(cells), options)
  return [recommended_cell, Object.fromEntries(arms.map(({ cell_id, verdict }) => [cell_id, verdict]))]
}
function refusal(cells: readonly Drawn[], options: ChampionOptions = {}): string {
  try {
    return selectChampion(campaign(cells), options).recommended_cell
  } catch (error) {
    return isSextantError(error) ? error.code : String(error)
  }
}

describe('champion', () => {
  it('the best arm within the SLO; a faster one outside it is none', () => {
    const arms = [base, { id: 'good', rows: three(120, 10.5) }, { id: 'greedy', rows: three(200, 14) }]
    expect(verdicts(arms)).toEqual(['good', { base: 'BASELINE', good: 'PASS-SLO', greedy: 'SLO-FAIL' }])
    expect(verdicts(arms, { sloAbsMs: 20 })[0]).toBe('greedy')
    const { arms: judged } = selectChampion(campaign(arms), {})
    expect(judged.find(({ cell_id }) => cell_id === 'good')?.pct_win_vs_baseline).toBeCloseTo(20, 6)
  })

  it('trap H2: an arm without TPOT is NO-DATA and never wins; a baseline without TPOT makes all of them so', () => {
    expect(verdicts([base, { id: 'blind', rows: three(500, null) }])).toEqual(['base', { base: 'BASELINE', blind: 'NO-DATA' }])
    expect(
      verdicts([
        { id: 'base', rows: three(100, null) },
        { id: 'x', rows: three(500, 1) },
      ]),
    ).toEqual(['base', { base: 'BASELINE', x: 'NO-DATA' }])
  })

  it('trap H3: no other concurrency is taken: the arm is NO-DATA, a baseline without the point is refused', () => {
    expect(verdicts([base, { id: 'far', rows: three(900, 10, { concurrency: 256 }) }])).toEqual([
      'base',
      { base: 'BASELINE', far: 'NO-DATA' },
    ])
    expect(refusal([{ id: 'base', rows: three(100, 10, { concurrency: 256 }) }, base].slice(0, 1))).toBe('missing_data')
  })

  it('trap H4: two points of one concurrency are ambiguous', () => {
    const rows = [...three(100, 10, { mean_input_tokens: 1000 }), ...three(100, 10, { mean_input_tokens: 8000 })]
    expect(refusal([base, { id: 'two', rows }])).toBe('ambiguous')
  })

  it('trap H5: the tier comes from data: trials, one node, accuracy, DCGM, provenance', () => {
    const won: Drawn = { id: 'won', rows: three(150, 10) }
    const gates = selectChampion(campaign([base, won]), {}).gates
    expect(Object.fromEntries(gates.map(({ gate, state }) => [gate, state]))).toEqual({
      variance: 'pass',
      significance: 'pass',
      'multi-workload': 'unknown',
      accuracy: 'unknown',
      'dcgm-grounded': 'fail',
      provenance: 'unknown',
    })
    expect(selectChampion(campaign([base, won]), {}).champion_tier).toBe('draft')
    const other = selectChampion(campaign([base, { id: 'won', rows: three(150, 10, { node: 'm' }) }]), {})
    expect(other.gates.find(({ gate }) => gate === 'variance')?.state).toBe('fail')
    const noisy = selectChampion(
      campaign([base, { id: 'won', rows: [{ output_tps_per_gpu: 60, tpot_median_ms: 10 }, ...three(150, 10).slice(1)] }]),
      {},
    )
    expect(noisy.gates.find(({ gate }) => gate === 'significance')?.state).toBe('fail')
  })

  it('trap H15: absent commit or delivery is unknown and keeps the draft; a dirty source fails', () => {
    const won: Drawn = { id: 'won', rows: three(150, 10) }
    const of = (source: NonNullable<NonNullable<Campaign['provenance']>['source']>) =>
      selectChampion(
        campaign([base, won], { provenance: { schema: 'experiment_provenance_v1', identity: { run_id: 'c' }, source } }),
        {},
      ).gates.find(({ gate }) => gate === 'provenance')?.state
    expect(of([{ repo: 'r' }])).toBe('unknown')
    expect(of([{ repo: 'r', commit: 'abc', delivery: 'image' }])).toBe('pass')
    expect(of([{ repo: 'r', commit: 'abc', delivery: 'image', dirty: true }])).toBe('fail')
  })

  it('trap H6: an accuracy campaign is not read as a mixed one', () => {
    expect(refusal([base], { focus: 'accuracy' })).toBe('usage')
    expect(refusal([base], { focus: 'mixed' })).toBe('usage')
  })

  it('other loads, caches and definitions are no comparison', () => {
    const ofBase: Drawn = { id: 'base', rows: three(100, 10, { cache_mode: 'cold', mean_input_tokens: 1000 }) }
    const arms = [
      ofBase,
      { id: 'warm', rows: three(200, 9, { cache_mode: 'warm', mean_input_tokens: 1000 }) },
      { id: 'short', rows: three(200, 9, { cache_mode: 'cold', mean_input_tokens: 100 }) },
      { id: 'other', rows: three(200, 9, { cache_mode: 'cold', definitions: { output_tps_per_gpu: 'trimmed' } }) },
    ]
    expect(verdicts(arms)).toEqual(['base', { base: 'BASELINE', warm: 'NO-DATA', short: 'NO-DATA', other: 'NO-DATA' }])
  })

  it('latency is won by the lower TPOT at concurrency 1', () => {
    const at = (id: string, tpot: number): Drawn => ({ id, rows: three(1, tpot, { concurrency: 1 }) })
    const { arms, recommended_cell } = selectChampion(campaign([at('base', 10), at('fast', 8)]), { focus: 'latency' })
    expect([recommended_cell, arms[0]?.pct_win_vs_baseline]).toEqual(['fast', 25])
  })

  it('failed arms stay in the list with their reason', () => {
    const failed: Drawn = { id: 'broken', rows: [], more: { status: 'failed', problem: { stage: 'deploy', reason: 'OOM' } } }
    const arm = selectChampion(campaign([base, failed]), {}).arms.find(({ cell_id }) => cell_id === 'broken')
    expect(arm).toMatchObject({ verdict: 'NO-DATA', why: expect.stringContaining('deploy: OOM') })
  })
})

describe('rigor', () => {
  it('trap H1: empty lists prove nothing', () => {
    const kernels = {
      schema_version: 1 as const,
      captured_sources: [],
      top_kernels: [],
      per_gpu: [],
      per_category: {},
      top_python_during_cuda: [],
    }
    const ncu = { schema_version: 1 as const, captured_sources: [], hw_key: null, kernels: [] }
    const empty = cell({ id: 'e', rows: three(1, 1), more: { kernels, ncu } })
    expect(cellRigor(empty)).toEqual({ l1: false, l2: false, l3: false, l4: false })
    expect(campaignRigor({ ...campaign([]), cells: [empty] })).toEqual({
      sol_rigor: 'none',
      sol_complete: false,
      dcgm_grounded: false,
      sol_per_arm_complete: false,
      arms_uncovered: ['e'],
    })
  })
})
