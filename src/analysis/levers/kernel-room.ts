/** The two questions that kernel levers ask of a family: is there room below its roof, or is it at the memory roof so that fewer bytes help? */
import type { Cited, Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import {
  type Attainable,
  detectable,
  exclusiveShare,
  type Headroom,
  headroomOf,
  isTooShort,
  kernelNameOf,
  kernelWord,
  partly,
  type Stays,
  sayFamily,
  tooSmall,
  towardsRoof,
} from './kernel-headroom.ts'
import { type NoCandidate, nothing } from './lever.ts'

export interface Room {
  readonly family: FamilyEvidence
  readonly headroom: Headroom
  readonly stays: Stays
  readonly word: string
  /** As levers group: `kernels:FAMILY`. */
  readonly part: string
  readonly ceilingRatio: number
  readonly text: string
  readonly cites: readonly Cited[]
}

/**
 * Room below the memory roof: the kernel is slower than its bytes explain.
 * @param ofFamilyRatio part of the family's time that the change concerns.
 */
export function roomBelowRoof(evidence: Evidence, family: FamilyEvidence, attainable: Attainable, ofFamilyRatio = 1): Room | NoCandidate {
  const headroom = headroomOf(family)
  if ('unknown' in headroom) return nothing(headroom.unknown, true)
  if (headroom.roof.value >= attainable.low) {
    return nothing(`${family.family} is hot, but at ${formatRatio(headroom.roof.value)} of its ${headroom.bound} roof`, true)
  }
  if (headroom.bound !== 'memory') {
    return nothing(`${family.family} is bound by compute at its intensity, unlike decode; what it can reach is not known`, true)
  }
  if (isTooShort(family, headroom.roof.value)) {
    return nothing(`${kernelNameOf(family)} is too short for any kernel to be near its roof`, true)
  }
  return roomOf(evidence, family, headroom, towardsRoof(headroom, attainable, ofFamilyRatio))
}

/**
 * At the memory roof: only fewer bytes make it faster.
 * @param atLeast the least part of the memory roof at which bytes are what takes the time.
 * @param keeps part of the time that fewer bytes leave.
 */
export function roomOfBytes(evidence: Evidence, family: FamilyEvidence, atLeast: number, keeps: Stays): Room | NoCandidate {
  const headroom = headroomOf(family)
  if ('unknown' in headroom) return nothing(headroom.unknown, true)
  if (headroom.bound !== 'memory') return nothing(`${family.family} is bound by compute at its intensity: fewer bytes do not help`, true)
  if (headroom.roof.value < atLeast) {
    const at = formatRatio(headroom.roof.value)
    return nothing(`${family.family} is at ${at} of its memory roof: bytes are not what takes its time, a better kernel comes first`, true)
  }
  return roomOf(evidence, family, headroom, partly(keeps, headroom.coveredRatio))
}

function roomOf(evidence: Evidence, family: FamilyEvidence, headroom: Headroom, stays: Stays): Room | NoCandidate {
  if (evidence.step === undefined) return nothing('no decode step is measured')
  const ceilingRatio = exclusiveShare(evidence.step, [family]) * (1 - stays.low)
  if (!detectable(ceilingRatio)) return nothing(`${family.family}: ${tooSmall(ceilingRatio)}`, true)
  return {
    family,
    headroom,
    stays,
    word: kernelWord(family.family, stays),
    part: `kernels:${family.family}`,
    ceilingRatio,
    ...sayFamily(family, headroom),
  }
}

/** Rooms of several families together: the ceiling is capped by the time in which any kernel is exposed. */
export function together(evidence: Evidence, rooms: readonly Room[]): number {
  const summed = rooms.reduce((sum, { ceilingRatio }) => sum + ceilingRatio, 0)
  return evidence.step === undefined ? 0 : Math.min(summed, evidence.step.kernelShare.value)
}
