/** Which class an instant of device time belongs to, from the activities that run in it. */
import { activityClasses } from '#analysis/sweep-input.ts'

/**
 * Where an instant of device time goes. "Exposed" is communication or copy with no compute beside it, "hidden" with compute.
 * Memsets beside others do not change their class. `graph-opaque` wins over all: what ran inside is unknown.
 * `other-mixture`: communication with copies and no compute, or all three.
 */
export const timeClasses = [
  'compute-only',
  'communication-exposed',
  'copy-exposed',
  'communication-hidden',
  'copy-hidden',
  'other-mixture',
  'graph-opaque',
  'memset-only',
  'idle',
] as const
export type TimeClass = (typeof timeClasses)[number]
export const timeClassCount = timeClasses.length

const bit = (name: (typeof activityClasses)[number]): number => 1 << activityClasses.indexOf(name)
const COMPUTE = bit('compute')
const COMMUNICATION = bit('communication')
const COPIES = bit('copy-in') | bit('copy-out') | bit('copy-device')
const MEMSET = bit('memset')
const GRAPH = bit('graph')

function timeClassOfMask(mask: number): TimeClass {
  if (mask === 0) return 'idle'
  if ((mask & GRAPH) !== 0) return 'graph-opaque'
  const compute = (mask & COMPUTE) !== 0
  const communication = (mask & COMMUNICATION) !== 0
  const copy = (mask & COPIES) !== 0
  if (communication && copy) return 'other-mixture'
  if (communication) return compute ? 'communication-hidden' : 'communication-exposed'
  if (copy) return compute ? 'copy-hidden' : 'copy-exposed'
  return compute ? 'compute-only' : (mask & MEMSET) !== 0 ? 'memset-only' : 'idle'
}

/** Index into `timeClasses` of each mask of active classes. */
export const timeClassByMask: Uint8Array = Uint8Array.from({ length: 1 << activityClasses.length }, (_, mask) =>
  timeClasses.indexOf(timeClassOfMask(mask)),
)
