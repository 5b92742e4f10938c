/** What keeps a champion a draft. Every gate is read from data (trap H5); unknown is not passed. */
import type { ChampionArm, ChampionGate } from '#formats/champion.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'

/** Of each arm (facts/methodology.md rule 50). */
const LEAST_TRIALS = 3
/** The loads that the field tries a champion on (facts/formats.md section 12). */
const workloads = ['aa', 'sonnet', 'sharegpt', 'random', 'code']
/** Two points of accuracy: a benchmark of 198 questions (GPQA diamond) has a standard error of 3.5 points, less is not seen. */
const ACCURACY_MARGIN = 0.02

const gate = (name: ChampionGate['gate'], state: ChampionGate['state'], why: string): ChampionGate => ({ gate: name, state, why })

function variance(champion: ChampionArm, baseline: ChampionArm): ChampionGate {
  const [few] = [champion, baseline].filter(({ trials }) => (trials ?? 0) < LEAST_TRIALS)
  if (few !== undefined)
    return gate('variance', 'fail', `${few.cell_id} has ${few.trials ?? 0} trials at this point, ${LEAST_TRIALS} are needed`)
  const nodes = [champion.nodes, baseline.nodes]
  if (nodes.some((each) => each === undefined))
    return gate('variance', 'unknown', 'where some trial ran is not said (campaign import --node)')
  const all = new Set(nodes.flatMap((each) => each ?? []))
  return all.size === 1
    ? gate('variance', 'pass', `at least ${LEAST_TRIALS} trials of each on ${[...all].join()}`)
    : gate('variance', 'fail', `trials ran on ${[...all].sort().join(', ')}: nodes differ by more than many levers win`)
}

function significance({ win_interval_pct: interval, cell_id }: ChampionArm): ChampionGate {
  if (interval === undefined) return gate('significance', 'unknown', `${cell_id}: a spread needs trials of both arms`)
  const text = `the 95 % interval of the win is ${interval.low.toFixed(1)} to ${interval.high.toFixed(1)} %`
  return interval.low > 0 ? gate('significance', 'pass', text) : gate('significance', 'fail', `${text}: it holds zero`)
}

const datasets = (cell: CampaignCell): string[] =>
  [...new Set(cell.points.flatMap(({ dataset }) => dataset ?? []))].filter((each) => workloads.includes(each))

function multiWorkload(champion: CampaignCell, baseline: CampaignCell): ChampionGate {
  const common = datasets(champion).filter((each) => datasets(baseline).includes(each))
  if (common.length >= 2) return gate('multi-workload', 'pass', `both were measured on ${common.join(', ')}`)
  return gate(
    'multi-workload',
    common.length === 0 ? 'unknown' : 'fail',
    common.length === 0 ? 'which load was measured is not said' : `only ${common.join()} was measured on both`,
  )
}

function accuracy(champion: CampaignCell, baseline: CampaignCell): ChampionGate {
  const of = (cell: CampaignCell) =>
    new Map(
      (cell.quality ?? []).filter(({ metric_kind }) => metric_kind === 'accuracy').map((each) => [each.metric_name, each.metric_value]),
    )
  const [one, other] = [of(champion), of(baseline)]
  const common = [...one.keys()].filter((name) => other.has(name)).sort()
  if (common.length === 0) return gate('accuracy', 'unknown', 'no accuracy of both arms (quality.json of their cells)')
  const lower = common.filter((name) => (one.get(name) ?? 0) < (other.get(name) ?? 0) - ACCURACY_MARGIN)
  return lower.length === 0
    ? gate('accuracy', 'pass', `${common.join(', ')}: not lower than the baseline by more than ${100 * ACCURACY_MARGIN} points`)
    : gate('accuracy', 'fail', `${lower.join(', ')}: lower than the baseline by more than ${100 * ACCURACY_MARGIN} points`)
}

/** A verdict needs a commit that is not dirty (facts/formats.md section 7); absent is unknown, never a match (trap H15). */
function provenance({ provenance: said }: Campaign): ChampionGate {
  const sources = said?.source ?? []
  if (sources.length === 0) return gate('provenance', 'unknown', 'SOURCE.md names no source under test')
  const without = sources.filter(
    ({ commit, delivery }) => typeof commit !== 'string' || commit === '' || delivery === undefined || delivery === null,
  )
  if (without.length > 0)
    return gate('provenance', 'unknown', `commit or delivery of ${without.map(({ repo }) => repo).join(', ')} is not said`)
  const dirty = sources.filter(({ dirty: isDirty }) => isDirty === true)
  return dirty.length > 0
    ? gate('provenance', 'fail', `${dirty.map(({ repo }) => repo).join(', ')} was dirty: what was measured cannot be built again`)
    : gate('provenance', 'pass', sources.map(({ repo, commit, delivery }) => `${repo} ${commit?.slice(0, 12)} by ${delivery}`).join(', '))
}

export function verdictGates(campaign: Campaign, champion: ChampionArm, baseline: ChampionArm): ChampionGate[] {
  const cell = (id: string): CampaignCell => {
    const found = campaign.cells.find((each) => each.id === id)
    if (found === undefined) throw new Error(`no cell ${id}`)
    return found
  }
  return [
    variance(champion, baseline),
    significance(champion),
    multiWorkload(cell(champion.cell_id), cell(baseline.cell_id)),
    accuracy(cell(champion.cell_id), cell(baseline.cell_id)),
    champion.l3_present
      ? gate('dcgm-grounded', 'pass', 'DCGM measured the champion against a ceiling')
      : gate('dcgm-grounded', 'fail', 'DCGM measured nothing of the champion’s cell'),
    provenance(campaign),
  ]
}
