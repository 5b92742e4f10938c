/** What is wrong with a finding as it stands now. Missing is never fine: a campaign that is not there grounds nothing. */
import type { LiveCampaign, ValueFinding, ValueFlag } from '#formats/value-view.ts'
import { exhaustedBecause, isExhausted } from './frontier.ts'

/** A speedup is printed to two digits after the point: it may differ from its own figures by half of one, and people round once more. */
const SPEEDUP_TOLERANCE = 0.02

/** A result is claimed: then campaigns and a source must stand behind it. */
const isClaimed = ({ lifecycle }: ValueFinding): boolean => lifecycle === 'done' || lifecycle === 'in_progress'

const flag = (name: ValueFlag['flag'], why: string): ValueFlag => ({ flag: name, why })

function campaignFlags(finding: ValueFinding, campaigns: readonly LiveCampaign[]): ValueFlag[] {
  if (campaigns.length === 0) return isClaimed(finding) ? [flag('no-campaign', `${finding.lifecycle}, and no campaign is named`)] : []
  const found = campaigns.filter(({ state }) => state === 'found')
  const missing = campaigns.filter(({ state }) => state === 'missing').map(({ id }) => id)
  const broken = campaigns.filter(({ state }) => state === 'unreadable')
  const bare = found.filter(({ dcgm_grounded }) => dcgm_grounded !== true).map(({ id }) => id)
  const unnamed = finding.finding_baseline_check === false ? [] : found.filter(({ baseline_named }) => baseline_named !== true)
  const other = found.filter(({ provenance }) => provenance === 'mismatch').map(({ id }) => id)
  const unknown = found.filter(({ provenance }) => provenance === 'unknown').map(({ id }) => id)
  return [
    ...(missing.length === 0 ? [] : [flag('campaign-missing', `${missing.join(', ')} is not below the campaigns folder`)]),
    ...broken.map(({ id, reason }) => flag('campaign-unreadable', `${id}: ${reason ?? 'it cannot be read'}`)),
    ...(bare.length === 0 ? [] : [flag('ungrounded', `DCGM measured nothing against a ceiling in ${bare.join(', ')}`)]),
    ...(unnamed.length === 0 ? [] : [flag('baseline-unnamed', `${unnamed.map(({ id }) => id).join(', ')} names no baseline`)]),
    // Trap H16: what an overlay proved is no result of a patch that is delivered otherwise.
    ...(other.length === 0
      ? []
      : [flag('provenance-mismatch', `${other.join(', ')} measured another commit or delivery than source_refs name: a cross-tier claim`)]),
    ...(isClaimed(finding) && unknown.length > 0
      ? [
          flag(
            'provenance-unknown',
            `whether ${unknown.join(', ')} measured what source_refs name is not said: commit or delivery is absent`,
          ),
        ]
      : []),
  ]
}

function gainFlags({ gain }: ValueFinding): ValueFlag[] {
  const { speedup, tps_gpu_peak: peak, baseline_tps_gpu: base, tier } = gain ?? {}
  if (tier !== 'throughput' || typeof speedup !== 'number' || typeof peak !== 'number' || typeof base !== 'number') return []
  const ratio = peak / base
  return Math.abs(ratio / speedup - 1) <= SPEEDUP_TOLERANCE
    ? []
    : [flag('gain-contradicted', `speedup ${speedup}, but ${peak} ÷ ${base} tok/s/GPU is ${Number(ratio.toPrecision(4))}`)]
}

function leverFlags(finding: ValueFinding): ValueFlag[] {
  if (isExhausted(finding))
    return exhaustedBecause(finding) === ''
      ? [flag('exhausted-without-evidence', 'frontier-exhausted needs the wall that was measured: `frontier-exhausted: EVIDENCE`')]
      : []
  return (finding.next_lever ?? '').trim() === '' ? [flag('no-next-lever', 'a measured win is the new floor: say what to try next')] : []
}

export function flagsOf(finding: ValueFinding, campaigns: readonly LiveCampaign[]): ValueFlag[] {
  const baseline = (finding.baseline ?? '').trim() === '' && isClaimed(finding)
  return [
    ...campaignFlags(finding, campaigns),
    ...(baseline ? [flag('baseline-unnamed', 'the finding does not say what it was measured against')] : []),
    ...gainFlags(finding),
    ...leverFlags(finding),
  ]
}
