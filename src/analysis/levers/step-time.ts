/** Parts of the decode step that levers of the host, of communication and of copies take: exposed time only. */
import type { Cited, Evidence, FamilyEvidence, StepEvidence } from '#analysis/synthesis/evidence.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import { detectable, tooSmall } from './kernel-headroom.ts'
import { type NoCandidate, nothing } from './lever.ts'

export const NO_STEP = 'no decode step is measured: capture nsys over steady decode'

/** Idle time between steps, over the cadence. */
export const betweenShare = ({ hostBetweenNs, cadenceNs }: StepEvidence): number => ratioOf(hostBetweenNs, cadenceNs)
export const withinShare = ({ hostWithinNs, cadenceNs }: StepEvidence): number => ratioOf(hostWithinNs, cadenceNs)

const ratioOf = (part: Cited, whole: Cited): number => (whole.value > 0 ? Math.max(0, Math.min(1, part.value / whole.value)) : 0)

/** Reason where a ceiling is below what a trial can tell; the words say of what. */
export const belowTrial = (of: string, ceilingRatio: number): NoCandidate | undefined =>
  detectable(ceilingRatio) ? undefined : nothing(`${of}: ${tooSmall(ceilingRatio)}`, ceilingRatio > 0)

export const sayBetween = (step: StepEvidence): string =>
  `the device idles ${formatDuration(step.hostBetweenNs.value)} between steps, ${formatRatio(betweenShare(step))} of a cadence of ${formatDuration(step.cadenceNs.value)}`

export const sayWithin = (step: StepEvidence): string =>
  `the device idles ${formatDuration(step.hostWithinNs.value)} inside a step between its kernels, ${formatRatio(withinShare(step))} of a cadence of ${formatDuration(step.cadenceNs.value)}`

/** Requests, and tokens with drafts, that one decode step works on. */
export function tokensOfStep(
  evidence: Evidence,
  drafted: number,
): { readonly tokens: number; readonly cites: readonly Cited[] } | undefined {
  const batch = evidence.step?.batch ?? evidence.serving?.running ?? evidence.serving?.concurrency
  return batch === undefined ? undefined : { tokens: Math.ceil(batch.value) * (1 + drafted), cites: [batch] }
}

export const inRole = (evidence: Evidence, role: FamilyEvidence['role']): readonly FamilyEvidence[] =>
  evidence.families.filter((family) => family.role === role)

export const factor = (low: number, high: number): string => `${low.toFixed(3)}..${high.toFixed(3)}`
