/** Every capture gate, in the order in which they are asked: Gate 0 first, because nothing else can mend what it finds. */
import { cuptiInitialised } from './cupti-initialised.ts'
import type { Gate } from './gate.ts'
import { graphNodesResolved } from './graph-nodes-resolved.ts'
import { hostRowsPresent } from './host-rows-present.ts'
import { kernelsPresent } from './kernels-present.ts'
import { noPrefillContamination } from './no-prefill-contamination.ts'
import { notOnlyLoadCaptureOrTeardown } from './not-only-load-capture-or-teardown.ts'
import { notUnderRecorded } from './not-under-recorded.ts'
import { profilerStartSkew } from './profiler-start-skew.ts'
import { readableAndUntruncated } from './readable-and-untruncated.ts'
import { repeatingDecodePattern } from './repeating-decode-pattern.ts'
import { sizeAndDurationPlausible } from './size-and-duration-plausible.ts'
import { steadyState } from './steady-state.ts'
import { trafficDuringWindow } from './traffic-during-window.ts'

export const gates: readonly Gate[] = [
  cuptiInitialised,
  readableAndUntruncated,
  kernelsPresent,
  graphNodesResolved,
  notUnderRecorded,
  trafficDuringWindow,
  sizeAndDurationPlausible,
  steadyState,
  notOnlyLoadCaptureOrTeardown,
  hostRowsPresent,
  profilerStartSkew,
  repeatingDecodePattern,
  noPrefillContamination,
]
