/** What is known to be true of a generated capture. Times are integer nanoseconds on the capture file's own clock. */
import type { StepPhase } from './scenario.ts'

export const decodeClasses = ['kernel-bound', 'host-bound', 'comm-bound', 'copy-bound', 'mixed'] as const
export type DecodeClass = (typeof decodeClasses)[number]

export const stepParts = ['computeNs', 'opaqueGraphNs', 'communicationExposedNs', 'copyExposedNs', 'hostGapNs'] as const
export const measuredNames = [...stepParts, 'hostGapWithinNs', 'hostGapBetweenNs', 'communicationUnionNs', 'busyNs', 'cadenceNs'] as const
export type MeasuredName = (typeof measuredNames)[number]

/** Parts of one step, which sum to its cadence: see `stepParts`. */
export interface StepTruth extends Readonly<Partial<Record<MeasuredName, number>>> {
  readonly index: number
  readonly phase: StepPhase
  readonly transient: boolean
  readonly startNs: number
  readonly requests: number
  readonly tokens: number
}

/** Quartiles by linear interpolation (numpy's default). */
export interface Spread {
  readonly count: number
  readonly mean: number
  readonly p25: number
  readonly median: number
  readonly p75: number
  readonly p99: number
}

export interface DecodeTruth {
  /** Decode steps that another step follows and that are not transient. */
  readonly steps: number
  readonly parts: Readonly<Record<MeasuredName, Spread>>
  /** Mean part divided by mean cadence. */
  readonly shares: Readonly<Record<'kernel' | 'host' | 'communication' | 'copy', number>>
  readonly class: DecodeClass
  /** Largest share minus the second. */
  readonly margin: number
}

export interface CountSum {
  readonly count: number
  readonly sumNs: number
}

export interface DeviceTruth {
  readonly rank: number
  readonly pid: number
  readonly ordinal: number
  readonly uuid: string
  readonly kernels: CountSum
  readonly graphTraces: CountSum
  readonly memcpy: CountSum & { readonly bytes: number }
  readonly memset: CountSum
  readonly busyNs: number
  readonly firstStartNs: number
  readonly lastEndNs: number
  /** Over first start to last end; sums to it. */
  readonly overlap: Readonly<Record<OverlapName, number>>
  /** Idle time by what the host did, over the same span; absent without host rows. */
  readonly idleByCause?: Readonly<Record<IdleCause, number>>
  /** All steps with complete device rows; parts absent for the last. */
  readonly steps: readonly StepTruth[]
  readonly stepsByPhase: Readonly<Partial<Record<StepPhase, number>>>
  readonly decode?: DecodeTruth
}

export const overlapNames = [
  'computeAloneNs',
  'opaqueGraphAloneNs',
  'communicationExposedNs',
  'communicationHiddenNs',
  'copyExposedNs',
  'copyHiddenNs',
  'bothHiddenNs',
  'idleNs',
] as const
export type OverlapName = (typeof overlapNames)[number]

export const idleCauses = ['sync', 'launch', 'host-wait', 'host-compute', 'queued'] as const
export type IdleCause = (typeof idleCauses)[number]

/** What a right analysis concludes. */
export type Expectation =
  | { readonly kind: 'class'; readonly class: DecodeClass }
  /** No budget may be claimed; `reason` in words of this generator. */
  | { readonly kind: 'abstain'; readonly reason: 'no-steps' | 'under-recorded' | 'rows-dropped' | 'no-device-rows' }

export interface FileTruth {
  readonly file: string
  /** Nanoseconds since the epoch that time 0 stands for; '0' where the file does not say. */
  readonly originNs: string
  /** False: the file names no origin, so a reader chooses one (old kineto times count from the epoch, old nsys times from nothing). */
  readonly originStated: boolean
  /** False: several processes call their device by one ordinal, and this schema does not say which physical devices these are. */
  readonly devicesTold: boolean
  /** How far this file's clock is ahead of true time: what a comparison of ranks has to find. */
  readonly clockErrorNs: number
  readonly resolutionNs: number
  readonly devices: readonly DeviceTruth[]
}

export interface CaseTruth {
  readonly case: string
  readonly seed: number
  readonly format: 'nsys' | 'kineto'
  readonly expectation: Expectation
  /** Complete steps, transients included. */
  readonly stepCount: number
  /** The recording ends inside a step that `stepCount` leaves out. */
  readonly partialTail: boolean
  readonly tokensPerRequest: number
  /** Median decode cadence of rank 0 divided by tokens per sequence and step; absent where there is no budget. */
  readonly tpotNs?: number
  /** What a client would measure without the profiler, where the case says so. */
  readonly driverTpotNs?: number
  /** The rank that arrives last at most collectives, and at what share of them. */
  readonly straggler?: { readonly rank: number; readonly lateShare: number }
  readonly files: readonly FileTruth[]
}
