/**
 * How busy ncu sees the multiprocessors of a hot family, against how near its counted work is to a roof. What would fool it: a kernel at
 * its memory roof (busy beside little arithmetic: the larger of both roofs is taken), counters of a few kernels of the family (below half of
 * its time they decide nothing), work that was not counted (then one side is missing, and the family stands with the unknowns).
 */
import { headroomOf } from '#analysis/levers/kernel-headroom.ts'
import type { FamilyEvidence } from '#analysis/synthesis/evidence.ts'
import type { Compare, Comparison, ComparisonInput } from './comparison.ts'

/** Of the hot families, the one whose multiprocessors are busiest beyond its work. */
export const smBusy: Compare = (input) => {
  const hot = input.evidence.families.filter(({ stepShare }) => stepShare.value >= input.tolerances.worthCounting.value)
  return hot.flatMap((family) => ofFamily(family, input) ?? []).toSorted((a, b) => b.difference - a.difference)[0]
}

function ofFamily(family: FamilyEvidence, { tolerances }: ComparisonInput): Comparison | undefined {
  const headroom = headroomOf(family)
  const busy = family.counters?.smBusyRatio
  if ('unknown' in headroom || busy === undefined) return undefined
  return {
    id: 'sm-busy',
    topic: ['counters'],
    says: [
      { source: 'ncu', what: `multiprocessors busy in ${family.family}`, unit: 'ratio', figure: busy },
      {
        source: 'ncu roofline',
        what: `counted work of ${family.family} over its ${headroom.bound} roof`,
        unit: 'ratio',
        figure: headroom.roof,
      },
    ],
    difference: Math.max(0, busy.value - headroom.roof.value),
    tolerance: tolerances.busyWithoutWork.value,
    toleranceFrom: 'half of all cycles: integer, address and special-function work is busy and on no roof',
    likelyCauses: [
      'warps spin or wait on the multiprocessors (persistent or split-K kernels at a small batch): busy is no work done',
      'instructions that no roof counts take the cycles: unpacking of narrow types, addresses, exponentials',
      'the operations of one data type were not collected, so that the roof is read too far away',
    ],
    settledBy: `ncu --set full --section WarpStateStats --section InstructionStats of ${family.family}: what the busy cycles issue`,
    onlyContradicts: true,
  }
}
