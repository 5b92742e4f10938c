/** What levers of communication may claim: the floor of matched collectives, never what ranks wait for one another (facts/levers.md 8.0). */
import type { Cited, Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import { formatRatio } from '#base/units.ts'
import { type NoCandidate, nothing } from './lever.ts'
import { inRole } from './step-time.ts'

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
