/** Every quantity that two sources know (algorithms.md, section 6): where they contradict each other, and where they agree. */
import type { EvidenceTopic } from '#formats/evidence-topic.ts'
import { clocks } from './clocks.ts'
import { type ComparisonInput, type Judged, judgeAll } from './comparison.ts'
import { deviceBusy } from './device-busy.ts'
import { hotAtRoof } from './hot-at-roof.ts'
import { idleUnderRecorded } from './idle-under-recorded.ts'
import { kernelShare } from './kernel-share.ts'
import { memoryBytes } from './memory-bytes.ts'
import { smBusy } from './sm-busy.ts'
import { stepTime } from './step-time.ts'
import { tensorActivity } from './tensor-activity.ts'

const comparisons = [deviceBusy, kernelShare, stepTime, tensorActivity, clocks, memoryBytes, smBusy, hotAtRoof, idleUnderRecorded] as const

export interface Compared extends Judged {
  readonly disputed: ReadonlySet<EvidenceTopic>
  /** Agreed on and not disputed. */
  readonly corroborated: ReadonlySet<EvidenceTopic>
}

export function compareSources(input: ComparisonInput): Compared {
  const judged = judgeAll(comparisons.flatMap((compare) => compare(input) ?? []))
  const disputed = new Set(judged.contradictions.flatMap(({ topic }) => topic))
  const corroborated = new Set(judged.agreements.flatMap(({ topic }) => topic).filter((topic) => !disputed.has(topic)))
  return { ...judged, disputed, corroborated }
}
