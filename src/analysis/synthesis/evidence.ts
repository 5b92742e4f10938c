/**
 * What the sources of a bundle say of one deployment, joined: what levers look at. Every figure is cited (it stands in the output of a
 * command over named artifacts), every absent field is not known (never zero).
 */

import type { DecodeClass } from '#formats/decode-budget.ts'
import type { EvidenceTopic } from '#formats/evidence-topic.ts'
import type { KernelRole } from '#formats/kernel-families.ts'
import type { BottleneckClass, SourceKind } from '#formats/synthesis.ts'
import type { Deployment } from './deployment.ts'

/** A figure and the id of the citation that carries it. */
export interface Cited {
  readonly value: number
  readonly citation: string
}

/** A step of steady decode on the slowest measured device; times are means per step in nanoseconds, shares are of the cadence. */
export interface StepEvidence {
  readonly citation: string
  readonly from: 'nsys' | 'kineto'
  /** distorting: a framework profiler, whose host time may only give a direction. */
  readonly overhead: 'low' | 'distorting'
  readonly class: DecodeClass | 'unknown'
  readonly cadenceNs: Cited
  readonly busyRatio?: Cited
  readonly hostShare: Cited
  readonly hostWithinNs: Cited
  readonly hostBetweenNs: Cited
  readonly kernelShare: Cited
  /** Exposed communication and copies. */
  readonly communicationShare: Cited
  readonly copyShare: Cited
  readonly tokensPerStep?: Cited
  /** Sequences in a step. */
  readonly batch?: Cited
  /** Index into the ordinals of the traced file, for `what-if --device`; absent: its first device with steps. */
  readonly device?: number
  /** The capture to replay: `path` of its source. */
  readonly capture: string
  /** Steps whose phase is prefill or mixed, over all steps in the window, and their median cadence. */
  readonly mixedStepRatio?: Cited
  readonly mixedCadenceNs?: Cited
}

/** How kernels are launched and what the host waits for, per step. */
export interface HostEvidence {
  readonly kernelLaunchesPerStep?: Cited
  readonly graphLaunchesPerStep?: Cited
  readonly kernelsPerStep?: Cited
  /** Share of kernels that ran inside graphs. */
  readonly inGraphRatio?: Cited
  /** Of idle device time: the host was late launching, waiting in a synchronising call, elsewhere, or not known. */
  readonly idleLaunchRatio?: Cited
  readonly idleSyncRatio?: Cited
  readonly idleElsewhereRatio?: Cited
  readonly idleUnknownRatio?: Cited
  readonly syncCallsPerStep?: Cited
  readonly syncNsPerStep?: Cited
  readonly copiesPerStep?: { readonly toDevice?: Cited; readonly toHost?: Cited; readonly pageable?: Cited; readonly bytes?: Cited }
}

/** Matched collectives of several ranks, per step. With one rank this is absent: then communication cannot be proven. */
export interface RankEvidence {
  readonly ranks: number
  readonly floorShare: Cited
  readonly skewShare: Cited
  readonly straggler?: {
    readonly rank: number
    readonly lateRatio: Cited
    /** Share of all waiting that was for it. */
    readonly ofWaitRatio?: Cited
    /** The step of this evidence is its own. */
    readonly isMeasured?: boolean
  }
  /** Busy time of the straggler over the median of the others, and its host gap over theirs: what makes it late. */
  readonly stragglerBusyRatio?: Cited
  readonly stragglerHostRatio?: Cited
}

/** One kernel family of the decode step. */
export interface FamilyEvidence {
  readonly family: string
  readonly role: KernelRole
  /** Summed over streams, over the cadence: may exceed what is exposed. */
  readonly stepShare: Cited
  readonly nsPerStep: Cited
  readonly launchesPerStep?: Cited
  /** Names of its kernels by falling time. */
  readonly kernels: readonly { readonly name: string; readonly ofFamilyRatio: number; readonly meanNs?: number }[]
  readonly sampledShare?: Cited
  readonly counters?: CounterEvidence
}

/** Hardware counters joined to a family (L4); ratios weighted by time. */
export interface CounterEvidence {
  readonly citation: string
  /** Share of the family's time whose kernels have counters. */
  readonly coveredRatio: number
  readonly headroom: 'decidable' | 'undecidable'
  /** Achieved over the ceiling of its data type and of memory; absent: not counted. */
  readonly dramRatio?: Cited
  readonly flopRatio?: Cited
  readonly dataType?: string
  /** Which roof limits it at its intensity. */
  readonly bound?: 'memory' | 'compute'
  /** Time at its roof over its time: 1 is at the roof. The largest of both ratios. */
  readonly roofRatio?: Cited
  readonly tensorPipeRatio?: Cited
  readonly smBusyRatio?: Cited
  readonly occupancyRatio?: Cited
  readonly waves?: Cited
  readonly topStall?: string
}

/** What clients and the engine say of serving, at one concurrency. */
export interface ServingEvidence {
  readonly concurrency?: Cited
  readonly tpotNs?: Cited
  readonly itlP50Ns?: Cited
  readonly itlP99Ns?: Cited
  readonly ttftP50Ns?: Cited
  readonly ttftP99Ns?: Cited
  readonly outputTokensPerS?: Cited
  readonly requestsPerS?: Cited
  readonly inputTokens?: Cited
  readonly outputTokens?: Cited
  /** From the engine's own metrics between two dumps. */
  readonly engineItlNs?: Cited
  readonly queueNs?: Cited
  readonly prefillNs?: Cited
  readonly engineTtftNs?: Cited
  readonly kvUsageRatio?: Cited
  readonly preemptions?: Cited
  readonly finishedRequests?: Cited
  readonly prefixHitRatio?: Cited
  readonly promptTokens?: Cited
  /** Prompt tokens that were computed, recomputation after preemption included. */
  readonly prefilledTokens?: Cited
  readonly cachedTokens?: Cited
  readonly generatedTokens?: Cited
  readonly acceptanceLength?: Cited
  readonly draftTokensPerStep?: Cited
  /** Share of drafts accepted at each position, from 1. */
  readonly acceptedAt?: readonly Cited[]
  readonly running?: Cited
  readonly waiting?: Cited
}

/** What the GPUs' own counters say over the benchmark's window. */
export interface DeviceEvidence {
  readonly gpus: number
  readonly windowS: Cited
  readonly engineActiveRatio?: Cited
  readonly dramActiveRatio?: Cited
  /** Read and written by one GPU. */
  readonly dramBytesPerS?: Cited
  readonly tensorActiveRatio?: Cited
  readonly smActiveRatio?: Cited
  readonly smClockHz?: Cited
  readonly smClockOfMaxRatio?: Cited
  readonly throttledRatio?: Cited
  readonly throttleReasons?: readonly string[]
  readonly powerWattsPerGpu?: Cited
  readonly nvlinkBytesPerS?: Cited
  readonly imbalanceRatio?: Cited
}

/** A function hot on the CPU or under the GPU samples; share of its list's samples (L1). */
export interface FrameEvidence {
  readonly frame: string
  readonly view: 'cpu' | 'under-gpu'
  readonly share: Cited
}

export interface Evidence {
  readonly deployment: Deployment
  /** Kinds with at least one valid source. */
  readonly kinds: ReadonlySet<SourceKind>
  readonly classes: readonly { readonly class: BottleneckClass; readonly share: number }[]
  readonly step?: StepEvidence
  readonly host?: HostEvidence
  readonly ranks?: RankEvidence
  readonly families: readonly FamilyEvidence[]
  readonly serving?: ServingEvidence
  readonly device?: DeviceEvidence
  readonly frames: readonly FrameEvidence[]
  /** Topics that a contradiction touches. */
  readonly disputed: ReadonlySet<EvidenceTopic>
  /** Topics on which two sources were compared and agree, and none contradicts: what rests on others counts no more than if disputed. */
  readonly corroborated: ReadonlySet<EvidenceTopic>
}
