/**
 * How much of a kernel family's time a better kernel, or fewer bytes, could take away: the part that stays, as a word for a replay.
 * Headroom comes from counters only, and only where they decide it (methodology 30: busy SMs are no proof) over most of the time.
 */
import type { Cited, Evidence, FamilyEvidence, StepEvidence } from '#analysis/synthesis/evidence.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import type { EvidenceTopic } from '#formats/evidence-topic.ts'

/** Counters of less than half of a family say more of what was profiled than of the family. */
export const MIN_COVERED_RATIO = 0.5
/** A trial of three pairs detects 2.27 CV (facts/levers.md 8.0); good runs repeat within 1 %, so below about 2 % it cannot tell. */
export const MIN_CEILING_RATIO = 0.02
/**
 * A kernel has about 1 us that no roof shortens (first blocks, first loads, last wave: an empty kernel takes that long in a trace). To
 * be at 0.65 of its roof it therefore needs at least 0.65 / 0.35 us = 1.9 us of time at the roof.
 */
const MIN_ROOF_NS = 2000

/** A range of achieved over peak that kernels of a class reach, and where it is from. */
export interface Attainable {
  readonly low: number
  readonly high: number
  readonly why: string
}

/** Part of the time that stays, 0 to 1. */
export interface Stays {
  readonly low: number
  readonly high: number
}

export interface Headroom {
  readonly roof: Cited
  readonly bound: 'memory' | 'compute'
  readonly coveredRatio: number
}

/** @returns why nothing can be said of the family's headroom, with what to capture. */
export function headroomOf(family: FamilyEvidence): Headroom | { readonly unknown: string } {
  const { counters } = family
  const capture = `capture ncu (roofline counters) of ${kernelNameOf(family)}`
  if (counters === undefined) return { unknown: `no hardware counters of ${family.family}: ${capture}` }
  if (counters.headroom !== 'decidable' || counters.roofRatio === undefined || counters.bound === undefined) {
    return { unknown: `the counters of ${family.family} lack bytes or FLOPs, so its headroom cannot be decided: ${capture}` }
  }
  if (counters.coveredRatio < MIN_COVERED_RATIO) {
    return { unknown: `counters cover ${formatRatio(counters.coveredRatio)} of the time of ${family.family}, less than half: ${capture}` }
  }
  return { roof: counters.roofRatio, bound: counters.bound, coveredRatio: counters.coveredRatio }
}

/** Whether the kernels are too short for any roof to be near. Absent times are no reason to doubt. */
export function isTooShort(family: FamilyEvidence, roofRatio: number): boolean {
  const meanNs = family.kernels[0]?.meanNs
  return meanNs !== undefined && meanNs * roofRatio < MIN_ROOF_NS
}

/**
 * @param ofFamilyRatio part of the family's time that the change concerns; the rest stays as it is.
 * @returns current over attainable for what was counted. What was not counted may gain as much, or nothing.
 */
export function towardsRoof({ roof, coveredRatio }: Headroom, attainable: Attainable, ofFamilyRatio = 1): Stays {
  const stays = { low: Math.min(1, roof.value / attainable.high), high: Math.min(1, roof.value / attainable.low) }
  return partly(stays, coveredRatio, ofFamilyRatio)
}

/** The same for any part that stays of the covered time. */
export function partly(stays: Stays, coveredRatio: number, ofFamilyRatio = 1): Stays {
  const covered = Math.min(1, coveredRatio)
  return {
    low: 1 - ofFamilyRatio * (1 - stays.low),
    high: 1 - ofFamilyRatio * covered * (1 - stays.high),
  }
}

export const kernelWord = (family: string, { low, high }: Stays): string => `kernels:${family}=${low.toFixed(3)}..${high.toFixed(3)}`

/** Share of the step that families hold at most: their summed share, but no more than the time in which any kernel is exposed. */
export function exclusiveShare(step: StepEvidence, families: readonly FamilyEvidence[]): number {
  const summed = families.reduce((sum, { stepShare }) => sum + stepShare.value, 0)
  return Math.min(summed, step.kernelShare.value)
}

export const detectable = (ceilingRatio: number): boolean => ceilingRatio >= MIN_CEILING_RATIO

export const tooSmall = (ceilingRatio: number): string =>
  `its ceiling is ${formatRatio(ceilingRatio)}, below the ${formatRatio(MIN_CEILING_RATIO)} that a trial of three pairs can detect`

/** Families of a role in falling share. */
export const familiesOf = (evidence: Evidence, role: FamilyEvidence['role']): readonly FamilyEvidence[] =>
  evidence.families.filter((family) => family.role === role).sort((a, b) => b.stepShare.value - a.stepShare.value)

/** Part of a family's time in kernels whose name matches; kernels beyond the list count as not matching. */
export function namedRatio(family: FamilyEvidence, pattern: RegExp): number {
  return Math.min(
    1,
    family.kernels.reduce((sum, { name, ofFamilyRatio }) => sum + (pattern.test(name) ? ofFamilyRatio : 0), 0),
  )
}

/** Names of kernels may be hundreds of characters of template arguments. */
const NAME_CHARACTERS = 60

export function kernelNameOf(family: FamilyEvidence): string {
  const name = family.kernels[0]?.name ?? family.family
  return name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name
}

/** `attention-triton takes 41.2 % of the step (312 us a step) …`, with the figures that it states. */
export function sayFamily(family: FamilyEvidence, headroom?: Headroom): { readonly text: string; readonly cites: readonly Cited[] } {
  const takes = `${family.family} takes ${formatRatio(family.stepShare.value)} of the decode step (${formatDuration(family.nsPerStep.value)} a step)`
  const cites = [family.stepShare, family.nsPerStep]
  if (headroom === undefined) return { text: takes, cites }
  const roof = `at ${formatRatio(headroom.roof.value)} of its ${headroom.bound} roof by counters over ${formatRatio(headroom.coveredRatio)} of that time`
  return { text: `${takes}, ${roof}`, cites: [...cites, headroom.roof] }
}

export const KERNEL_TOPICS: readonly EvidenceTopic[] = ['step-time', 'kernel-shares', 'counters', 'memory-bytes']
