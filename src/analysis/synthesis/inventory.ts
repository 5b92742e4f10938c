/** Which captures of a bundle prove anything: their gates decide. An empty capture is a capture bug, never a finding. */
import type { GatesReport } from '#formats/gates.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { NcuSummary } from '#formats/ncu-summary.ts'
import type { InventoryItem } from '#formats/synthesis.ts'
import type { DcgmReading } from './readings.ts'

export type Standing = Pick<InventoryItem, 'state' | 'reasons' | 'tier' | 'fix'>

/**
 * Gates without which a timeline holds nothing to conclude from. The others limit it: what rests on the part that they doubt abstains by
 * itself (idle time where rows are missing, a cause of waiting without host rows), and the rest stands.
 */
const decisive: ReadonlySet<string> = new Set(['cupti-initialised', 'kernels-present', 'not-only-load-capture-or-teardown'])

export function timedStanding(gates: Pick<GatesReport, 'gates'>): Standing {
  const failed = gates.gates.filter(({ outcome }) => outcome === 'fail')
  const fatal = failed.find(({ id }) => decisive.has(id))
  const reasons = failed.map(({ id, reason }) => `${id}: ${reason ?? 'it fails'}`)
  const fix = (fatal ?? failed[0])?.fix
  return { state: fatal === undefined ? 'valid' : 'refused', tier: 'L2', reasons, ...(fix === undefined ? {} : { fix }) }
}

/** Counters without counted work still say occupancy and launch shapes; what they cannot say is named. */
export function countersStanding({ count, tier, kernels }: Pick<NcuSummary, 'count' | 'tier' | 'kernels'>): Standing {
  const full = 'ncu --set full, or --set roofline, of the same launches'
  if (count === 0) return { state: 'refused', reasons: ['no launch was measured: a capture bug, no finding'], fix: full }
  const undecided = kernels.filter(({ headroom }) => headroom.state === 'undecidable')
  const [first] = undecided
  if (first === undefined) return { state: 'valid', reasons: [], ...(tier === undefined ? {} : { tier }) }
  const reason = `${undecided.length} of ${kernels.length} kernels: ${first.headroom.reason ?? 'their work was not counted'}`
  return { state: 'valid', reasons: [reason], fix: full, ...(tier === undefined ? {} : { tier }) }
}

export function samplesStanding({ samples }: Pick<KernelSummary, 'samples'>): Standing {
  if (samples === undefined || samples.total === 0) {
    const fix = 'wait for the samples to be stored (60 to 120 s), query again with the same filter'
    return { state: 'refused', reasons: ['no samples'], fix }
  }
  const weak = samples.weak ? ['fewer than 1000 samples: shares are intervals'] : []
  return { state: 'valid', tier: 'L1', reasons: [...weak, ...samples.contradictions] }
}

export function dcgmStanding({ correlation }: DcgmReading): Standing {
  const { n_gpus: gpus, resources, dcgm_group_level: level, findings } = correlation
  const reasons = findings.filter(({ severity }) => severity !== 'info').map(({ text }) => text)
  if (gpus === 0 || (resources.length === 0 && correlation.measurement === undefined) || level === 'absent') {
    const fix = 'enable the profiling fields in the exporter, and measure a window under load'
    return { state: 'refused', reasons: ['nothing was measured', ...reasons], fix }
  }
  return { state: 'valid', tier: 'L3', reasons }
}
