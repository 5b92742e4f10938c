/**
 * Time against counters: what is hottest looks like what to change first, and its counters can say that nothing of it is left to win. What
 * would fool it: a deployment that waits for its host or its links (then the family is not the largest part of the step), counters of less
 * than half of its time, kernels of a microsecond, which no roof bounds.
 */
import { headroomOf, isTooShort } from '#analysis/levers/kernel-headroom.ts'
import type { Evidence, FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import type { Compare } from './comparison.ts'

/** Where a profile points: the largest part of a step, if that is a family of kernels that compute. */
export function hottestOf({ step, families }: Evidence, atLeast: number): FamilyEvidence | undefined {
  const hottest = families.toSorted((a, b) => b.stepShare.value - a.stepShare.value)[0]
  if (step === undefined || hottest === undefined || hottest.role === 'communication' || hottest.role === 'copy') return undefined
  const others = [step.hostShare, step.communicationShare, step.copyShare, { value: atLeast }].map(({ value }) => value)
  return hottest.stepShare.value < Math.max(...others) ? undefined : hottest
}

export const hotAtRoof: Compare = ({ evidence, book, tolerances }) => {
  const family = hottestOf(evidence, tolerances.worthCounting.value)
  const headroom = family === undefined ? undefined : headroomOf(family)
  if (family === undefined || headroom === undefined || 'unknown' in headroom || isTooShort(family, headroom.roof.value)) return undefined
  const left = book.derive('product', [family.stepShare, book.derive('difference', [1, headroom.roof])])
  if (left === undefined) return undefined
  return {
    id: 'hot-at-roof',
    topic: ['counters'],
    says: [
      { source: 'nsys', what: `share of a step in ${family.family}, its largest part`, unit: 'ratio', figure: family.stepShare },
      { source: 'ncu', what: `part of a step that ${family.family} is above its ${headroom.bound} roof`, unit: 'ratio', figure: left },
    ],
    difference: left.value - family.stepShare.value,
    tolerance: tolerances.attainableRoof.value * family.stepShare.value,
    toleranceFrom: `${tolerances.attainableRoof.reason} (${tolerances.attainableRoof.source})`,
    likelyCauses: [
      headroom.bound === 'memory'
        ? 'the kernel moves its bytes as fast as the memory can: only fewer bytes (a narrower type, a shorter context, less recomputed) shorten it'
        : 'the kernel computes as fast as its data type allows: only less work or a narrower type shortens it',
      'the counters were taken at a larger shape than what runs, where the roof is nearer',
      'the step is short of other work: what is hot is hot because nothing else is slow',
    ],
    settledBy: `ncu --set full of ${family.family} at the grid and block of the trace, and one pair with a narrower type`,
    onlyContradicts: true,
  }
}
