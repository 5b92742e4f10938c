/** Overlap of compute, communication and copies on one device, from its sweep. */

import type { DeviceSweep } from '#analysis/sweep-account.ts'
import { activityClasses } from '#analysis/sweep-input.ts'
import { type TimeClass, timeClasses } from '#analysis/time-classes.ts'
import type { DeviceSummary } from '#formats/timeline-summary.ts'

/** Union of any of the classes: the time of every mask that holds one of them. */
export function unionOfClasses(byMaskNs: Float64Array, classes: readonly (typeof activityClasses)[number][]): number {
  let wanted = 0
  for (const name of classes) wanted |= 1 << activityClasses.indexOf(name)
  let total = 0
  for (const [mask, ns] of byMaskNs.entries()) if ((mask & wanted) !== 0) total += ns
  return total
}

/** Parts sum to the window of the sweep. */
export function summarizeOverlap(sweep: DeviceSweep): DeviceSummary['overlap'] {
  const of = (name: TimeClass): number => sweep.byTimeClassNs[timeClasses.indexOf(name)] ?? 0
  return {
    computeOnlyNs: of('compute-only'),
    communicationExposedNs: of('communication-exposed'),
    communicationHiddenNs: of('communication-hidden'),
    copyExposedNs: of('copy-exposed'),
    copyHiddenNs: of('copy-hidden'),
    otherMixtureNs: of('other-mixture'),
    graphOpaqueNs: of('graph-opaque'),
    memsetOnlyNs: of('memset-only'),
    idleNs: of('idle'),
    communicationNs: unionOfClasses(sweep.byMaskNs, ['communication']),
    copyNs: unionOfClasses(sweep.byMaskNs, ['copy-in', 'copy-out', 'copy-device']),
  }
}
