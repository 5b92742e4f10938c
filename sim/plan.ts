/** What a simulated run recorded: rows of the device and of the host, in nanoseconds since the session's start. */
import type { Scenario, StepPhase } from './scenario.ts'
import type { ActivityClass } from './step-item.ts'

export interface Activity {
  /** Step that launched it, -1 = none (loading, teardown). */
  readonly step: number
  readonly class: ActivityClass
  readonly name: string
  startNs: number
  endNs: number
  readonly stream: number
  readonly correlation: number
  /** 0 = outside graphs. */
  readonly graphId: number
  /** Node of the graph, 0 = outside graphs or an opaque graph row. */
  readonly graphNode: number
  readonly bytes: number
  readonly copyKind: number
  /** The host side of a copy is pageable memory. */
  readonly pageable?: boolean
  /** Position among the collectives of the job, -1 for other work: the same on every rank. */
  readonly collective: number
}

export type CallKind = 'launch' | 'graph-launch' | 'sync' | 'memcpy' | 'memset' | 'other'

export interface HostCall {
  startNs: number
  endNs: number
  readonly kind: CallKind
  /** Without version suffix, e.g. `cudaLaunchKernel`. */
  readonly name: string
  readonly correlation: number
}

export interface HostRange {
  startNs: number
  endNs: number
  readonly text: string
}

export interface RankPlan {
  readonly rank: number
  readonly pid: number
  readonly tid: number
  readonly ordinal: number
  readonly uuid: string
  activities: Activity[]
  calls: HostCall[]
  /** Operating-system waits. */
  osCalls: HostRange[]
  /** Engine annotations and ranges below them. */
  ranges: HostRange[]
}

export interface StepLabel {
  readonly index: number
  readonly phase: StepPhase
  /** Warm-up or profiler-start skew: not part of the steady state. */
  readonly transient: boolean
  readonly requests: number
  readonly tokens: number
}

export interface Plan {
  readonly scenario: Scenario
  readonly ranks: readonly RankPlan[]
  readonly steps: readonly StepLabel[]
  /** Collection span. */
  readonly endNs: number
}

/** Stream ids as CUPTI numbers them: 7 is the default stream of the first context. */
export const streamIds = { main: 7, communication: 23, copy: 31 } as const
