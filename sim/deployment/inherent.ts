/** Contradictions that a deployment carries by what it is, without any source being changed: what is hot is at its roof, rows were lost. */
import type { Plan } from '#sim/plan.ts'
import { workOf } from './captures/counters.ts'
import type { Deployment, Disagreement } from './deployment.ts'
import { type GroupName, groupNames } from './mechanism.ts'
import type { StepTimes } from './timeline.ts'
import { groupShares } from './truth.ts'

export interface Inherent {
  readonly certain: readonly Disagreement[]
  /** So near a border that either answer is right. */
  readonly borderline: readonly Disagreement[]
}

/** Production kernels reach 0.65 to 0.85 of a roof (facts: ceilings): beyond the middle nothing is left to win. */
const AT_ROOF = 0.75
const ROOF_MARGIN = 0.02
/** Parts of a step that differ by less are equally large: noise of a short recording decides which is the largest. */
const EQUAL_PARTS = 1.15
/** Below a tenth of a step nothing is hot. */
const HOT = 0.1

export function inherentOf(deployment: Deployment, plan: Plan, times: StepTimes): Inherent {
  const lost = deployment.recording.droppedShare > 0
  if (lost) return { certain: deployment.captures.has('nsys') ? ['under-recorded'] : [], borderline: [] }
  const hot = hotAtRoof(deployment, plan, times)
  return { certain: hot === 'yes' ? ['hot-at-roof'] : [], borderline: hot === 'border' ? ['hot-at-roof'] : [] }
}

function hotAtRoof(deployment: Deployment, plan: Plan, times: StepTimes): 'yes' | 'no' | 'border' {
  const { captures, uncounted } = deployment
  if (!captures.has('nsys') || !captures.has('ncu')) return 'no'
  const shares = groupShares(deployment, plan, times)
  const byShare = groupNames.flatMap((name) => (shares[name] === undefined ? [] : [{ name, share: shares[name] }]))
  const [first, second] = byShare.toSorted((a, b) => b.share - a.share)
  if (first === undefined) return 'no'
  const rest = otherParts(deployment, plan, times)
  if (first.share * EQUAL_PARTS < rest || first.share < HOT / EQUAL_PARTS || uncounted.includes(first.name)) return 'no'
  const contest = [first, ...(second !== undefined && second.share * EQUAL_PARTS > first.share ? [second] : [])]
  const states = new Set(contest.map(({ name }) => atRoof(deployment, name)))
  if (states.size > 1 || states.has('border')) return 'border'
  if (states.has('no')) return 'no'
  return first.share > rest * EQUAL_PARTS && first.share > HOT * EQUAL_PARTS ? 'yes' : 'border'
}

/** What a step of the first rank spends outside computing kernels: the largest of idling, collectives with their waiting, and copies. */
function otherParts({ mechanism: { copyNs } }: Deployment, plan: Plan, { decodeNs, busyNs }: StepTimes): number {
  const steps = new Set(plan.steps.filter(({ phase }) => phase === 'decode').map(({ index }) => index))
  const collectives = (plan.ranks[0]?.activities ?? []).filter((row) => row.class === 'communication' && steps.has(row.step))
  const communicationNs = collectives.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0) / steps.size
  return Math.max(1 - busyNs / decodeNs, communicationNs / decodeNs, copyNs / decodeNs)
}

function atRoof(deployment: Deployment, group: GroupName): 'yes' | 'no' | 'border' {
  const work = workOf(deployment, group)
  const ratio = Math.max(work?.dramRatio ?? 0, work?.flopRatio ?? 0)
  if (Math.abs(ratio - AT_ROOF) < ROOF_MARGIN) return 'border'
  return ratio > AT_ROOF ? 'yes' : 'no'
}
