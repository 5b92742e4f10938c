/** What the run and its threads say to each other. Plain values: they are cloned or transferred. */
import type { RequestBatch } from '#model/load-requests.ts'
import type { LagSnapshot } from './lag-histogram.ts'
import type { PhasePlan, RequestPlan } from './plan.ts'

export interface ThreadSettings {
  readonly plan: RequestPlan
  readonly thread: number
  readonly threads: number
  /** Of the run, on the monotonic clock: decimal, because a bigint does not cross in every version. */
  readonly originHrNs: string
  /** Port of the probe on 127.0.0.1. */
  readonly probePort: number
  /** `Bearer …`; never part of a plan, which is written down. */
  readonly authorization?: string
  /** Milliseconds of every 50 that this thread burns: shows what a distorted run looks like. */
  readonly handicapMs: number
}

export interface RunPhase {
  readonly kind: 'run'
  readonly phase: PhasePlan
  /** Start on the run's clock. */
  readonly startNs: number
  /** Spread of the first requests of a closed loop. */
  readonly rampNs: number
  /** Requests claimed so far, over all threads. */
  readonly claims: SharedArrayBuffer
}

export type ToThread = RunPhase | { readonly kind: 'stop' } | { readonly kind: 'close' }

/** What the thread knows of its own honesty during one phase. */
export interface ThreadDelays {
  readonly loopWaits: LagSnapshot
  readonly probe: LagSnapshot
  /** Delay of the event loop beyond its timer, ns (perf_hooks.monitorEventLoopDelay). */
  readonly loopDelay: { readonly p50Ns: number; readonly p99Ns: number; readonly maxNs: number; readonly samples: number }
  /** Most requests of an open loop that waited for a connection at one time. */
  readonly maxQueued: number
}

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'batch'; readonly batch: RequestBatch; readonly inFlight: number; readonly lagP99Ns: number }
  | { readonly kind: 'done'; readonly batch: RequestBatch; readonly delays: ThreadDelays; readonly failures: readonly FailureSample[] }

export interface FailureSample {
  readonly outcome: string
  readonly text: string
  readonly count: number
}
