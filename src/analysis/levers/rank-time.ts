/** What levers of communication may claim: the floor of matched collectives, never what ranks wait for one another (facts/levers.md 8.0). */
import type { Cited, Evidence, FamilyEvidence, RankEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { type NoCandidate, nothing } from './lever.ts'
import { inRole } from './step-time.ts'

/** A rank that is late by chance changes; one that is last in four of five collectives, or that four fifths of all waiting is for, has a cause. */
const LATE_RATIO = 0.8

export interface Lateness {
  /** Clear enough to have one cause. */
  readonly isClear: boolean
  /** `rank 1 is last in 97 % of the collectives`. */
  readonly text: string
  readonly cites: readonly Cited[]
}

export function latenessOf({ rank, lateRatio, ofWaitRatio }: NonNullable<RankEvidence['straggler']>): Lateness {
  const last = `rank ${rank} is last in ${formatRatio(lateRatio.value)} of the collectives`
  if (lateRatio.value >= LATE_RATIO) return { isClear: true, text: last, cites: [lateRatio] }
  if (ofWaitRatio === undefined || ofWaitRatio.value < LATE_RATIO) return { isClear: false, text: last, cites: [lateRatio] }
  const text = `${formatRatio(ofWaitRatio.value)} of all waiting is for rank ${rank}, last in ${formatRatio(lateRatio.value)} of the collectives`
  return { isClear: true, text, cites: [ofWaitRatio, lateRatio] }
}

/** Its own gaps, or kernels, longer than those of the others by more than ranks differ among themselves. */
export const CLEARLY_LONGER = 1.1

export interface Floor {
  /** Of the step: exposed time at most. */
  readonly share: number
  /** Part of the time in collectives that is floor: the rest is waiting. */
  readonly ofCollectives: number
  readonly text: string
  readonly cites: readonly Cited[]
}

export function collectiveFloor({ ranks, step }: Evidence): Floor | NoCandidate {
  if (step === undefined) return nothing('no decode step is measured')
  if (ranks === undefined || ranks.ranks < 2) {
    return nothing('one rank cannot tell communication from waiting: capture every rank at once', step.communicationShare.value >= 0.02)
  }
  const { floorShare, skewShare } = ranks
  const exposed = step.communicationShare.value
  const whole = floorShare.value + skewShare.value
  return {
    share: Math.min(floorShare.value, exposed),
    // On the slowest device the collectives hold its own part of the skew: at least what is exposed beyond the floor.
    ofCollectives: Math.min(
      1,
      exposed > 0 ? floorShare.value / Math.max(exposed, floorShare.value) : whole > 0 ? floorShare.value / whole : 1,
    ),
    text: `collectives take ${formatRatio(floorShare.value)} of the step even when no rank is late (floor over ${ranks.ranks} ranks), waiting ${formatRatio(skewShare.value)}`,
    cites: [floorShare, skewShare, step.communicationShare],
  }
}

/** Largest family of collectives. */
export const mainCollective = (evidence: Evidence): FamilyEvidence | undefined =>
  [...inRole(evidence, 'communication')].sort((a, b) => b.stepShare.value - a.stepShare.value)[0]

/** A change of the floor as a change of all time in collectives: waiting stays. */
export function floorStays({ ofCollectives }: Floor, low: number, high: number): readonly [number, number] {
  return [1 - ofCollectives * (1 - low), 1 - ofCollectives * (1 - high)]
}
