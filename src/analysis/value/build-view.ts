/** Findings beside what their campaigns say now, in the order of the frontier. */
import type { DeviceNames } from '#analysis/hardware-names.ts'
import type { LiveCampaign, ValueFinding, ValueFindings, ValueRow, ValueView } from '#formats/value-view.ts'
import { economicsOf } from './economics.ts'
import { flagsOf } from './flags.ts'
import { compareRows, exhaustedBecause, isExhausted, type Unranked } from './frontier.ts'

export interface ValueOptions {
  readonly names: DeviceNames
  /** What an hour of a GPU costs the caller; else the public rate of each hardware. */
  readonly paid?: number
}

/** Undefined, null and blank are not said. */
function told<K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> {
  return value === null || value === undefined || value.trim() === '' ? {} : ({ [key]: value.trim() } as Record<K, string>)
}

/** A win is as sure as the weakest of what it stands on. */
function standingOf({ lifecycle }: ValueFinding, campaigns: readonly LiveCampaign[], flags: Unranked['flags']): ValueRow['standing'] {
  const isWhole = campaigns.length > 0 && campaigns.every(({ state, provenance }) => state === 'found' && provenance === 'match')
  const isClean = flags.every(({ flag }) => flag === 'no-next-lever' || flag === 'exhausted-without-evidence')
  return lifecycle === 'done' && isWhole && isClean && campaigns.some(({ tier }) => tier === 'verdict') ? 'verdict' : 'draft'
}

function rowOf(finding: ValueFinding, campaigns: readonly LiveCampaign[], { names, paid }: ValueOptions): Unranked {
  const flags = flagsOf(finding, campaigns)
  const economics = economicsOf(finding, names, paid)
  const { gain, next_value: next } = finding
  return {
    id: finding.id,
    title: finding.title,
    lifecycle: finding.lifecycle,
    standing: standingOf(finding, campaigns, flags),
    ...told('win', finding.win),
    ...told('baseline', finding.baseline),
    ...told('hardware', finding.hardware),
    ...told('deploy_readiness', finding.deploy_readiness),
    ...(gain === undefined || gain === null ? {} : { tier: gain.tier }),
    ...(typeof gain?.speedup === 'number' ? { speedup: gain.speedup } : {}),
    ...(economics === undefined ? {} : { economics }),
    exhausted: isExhausted(finding),
    ...told('next_lever', finding.next_lever),
    ...(next === undefined || next === null ? {} : { next_value: next }),
    campaigns: [...campaigns],
    evidence_ids: finding.evidence_ids ?? [],
    flags,
  }
}

function nextOf(rows: readonly ValueRow[]): ValueView['next'] {
  const open = rows.find(({ exhausted, next_lever: lever }) => !exhausted && lever !== undefined)
  if (open?.next_lever !== undefined)
    return {
      lever: open.next_lever,
      expectedUnlock: `${open.id}, ${open.next_value === undefined ? 'value not said' : `value ${open.next_value}`}${open.speedup === undefined ? '' : `, on top of ${open.speedup}×`}: ${open.title}`,
      gate: 'three trials an arm on one node, judged (sextant trial plan)',
    }
  const silent = rows.find(({ exhausted }) => !exhausted)
  if (silent !== undefined)
    return {
      lever: `say the next lever of ${silent.id}`,
      expectedUnlock: 'a frontier that names what to try',
      gate: 'sextant value-view names it without the flag no-next-lever',
    }
  return {
    lever: 'document the wall: an empty frontier needs the ceiling that was reached',
    expectedUnlock: 'an end that others can check',
    gate: rows.length === 0 ? 'a finding in the registry' : 'counters of the limiting kernel at its roof (sextant roofline)',
  }
}

export function buildView(
  registry: ValueFindings,
  campaignsOf: (finding: ValueFinding) => readonly LiveCampaign[],
  options: ValueOptions,
): Omit<ValueView, 'schema' | 'sources'> {
  const rows = registry.findings
    .map((finding) => rowOf(finding, campaignsOf(finding), options))
    .sort(compareRows)
    .map((row, index): ValueRow => ({ rank: index + 1, ...row }))
  const open = rows.filter(({ exhausted }) => !exhausted)
  const unproven = registry.findings.filter((finding) => isExhausted(finding) && exhaustedBecause(finding) === '').map(({ id }) => id)
  return {
    ...told('baseline_context', registry.baseline_context),
    frontier: rows,
    counts: {
      findings: rows.length,
      open: open.length,
      exhausted: rows.length - open.length,
      verdicts: rows.filter(({ standing }) => standing === 'verdict').length,
      flagged: rows.filter(({ flags }) => flags.length > 0).length,
    },
    notes: [
      ...(open.length === 0 && rows.length > 0
        ? ['The frontier is empty. That needs a documented wall of speed of light, not only a word.']
        : []),
      ...(unproven.length === 0 ? [] : [`${unproven.join(', ')}: exhausted is claimed without evidence`]),
    ],
    next: nextOf(rows),
  }
}
