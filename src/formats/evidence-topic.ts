/** What sources of one deployment may agree or disagree about. */
import * as z from 'zod'

/** What a contradiction touches and a lever rests on. */
const evidenceTopics = [
  'step-time',
  'device-busy',
  'host',
  'communication',
  'kernel-shares',
  'tensor-activity',
  'memory-bytes',
  'clocks',
  'serving',
  'counters',
] as const
export const evidenceTopicSchema = z.enum(evidenceTopics)
export type EvidenceTopic = z.infer<typeof evidenceTopicSchema>
