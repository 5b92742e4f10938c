/**
 * The truth file: one JSON object per line, in the order in which things ended. Times are integer nanoseconds since the engine's origin;
 * the first line says what the origin is on the clock of the world and on the monotonic clock that processes of one machine share.
 */
import type { DecodeClass } from '#sim/truth-types.ts'
import type { RequestFaultKind } from './faults.ts'

export interface StartRecord {
  readonly kind: 'start'
  readonly schema: 'sim-engine-truth/1'
  /** Decimal strings: they exceed 2^53. */
  readonly originEpochNs: string
  readonly originMonotonicNs: string
  readonly seed: number
  readonly dialect: string
  readonly model: string
}

export type RequestEnd = 'length' | 'stop' | 'abort' | 'refused' | 'fault'

export interface RequestRecord {
  readonly kind: 'request'
  /** Counted from 1. */
  readonly id: number
  /** As the client knows it: `id` of its answer. */
  readonly answerId: string
  readonly endpoint: 'chat' | 'completion'
  readonly isStream: boolean
  /** `x-request-id` of the request, where it had one. */
  readonly clientId?: string
  readonly promptTokens: number
  readonly cachedTokens: number
  /** Tokens that were sent. */
  readonly outputTokens: number
  /** Tokens that steps gave it: more than were sent where a fault or the client cut it off. */
  readonly generatedTokens: number
  readonly end: RequestEnd
  readonly fault?: RequestFaultKind
  /** The request's last byte was read. */
  readonly arrivalNs: number
  /** Start of its first step; absent where it never ran. */
  readonly scheduledNs?: number
  /** When each event with tokens was handed to the system, and how many tokens it held (absent: one each). */
  readonly chunkNs: readonly number[]
  readonly chunkTokens?: readonly number[]
  /** The last byte of the answer was handed to the system, or the connection ended. */
  readonly finishedNs: number
}

export interface StepRecord {
  readonly kind: 'step'
  readonly index: number
  readonly startNs: number
  readonly endNs: number
  /** Sums with the other parts to endNs - startNs. */
  readonly hostNs: number
  readonly computeNs: number
  readonly communicationNs: number
  readonly decodeSequences: number
  readonly prefillSequences: number
  readonly prefillTokens: number
  /** Tokens given to sequences: summed over steps, what requests generated. */
  readonly outputTokens: number
  /** How much later than its end its tokens were first handed to the system. */
  readonly lateNs: number
  readonly isProfiled: boolean
}

/** A profiler's window and what is true of the trace that was written of it. */
export interface ProfileRecord {
  readonly kind: 'profile'
  /** Base name. */
  readonly file: string
  readonly backEnd: 'torch' | 'cuda'
  readonly fromNs: number
  readonly toNs: number
  readonly steps: number
  readonly decodeSteps: number
  /** By arithmetic on the rows written; absent where no decode step is followed by another. */
  readonly class?: DecodeClass
  readonly shares?: Readonly<Record<'kernel' | 'host' | 'communication' | 'copy', number>>
  readonly marginRatio?: number
  readonly medianCadenceNs?: number
}

export interface EndRecord {
  readonly kind: 'end'
  readonly endNs: number
  readonly requests: number
  readonly steps: number
  readonly outputTokens: number
  readonly promptTokens: number
}

export type TruthRecord = StartRecord | RequestRecord | StepRecord | ProfileRecord | EndRecord
