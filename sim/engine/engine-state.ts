/** What the parts of a running engine share. */
import type { Random } from '#base/random.ts'
import type { EngineClock } from './clock.ts'
import type { DeviceCounters } from './devices/device-counters.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Faults } from './faults.ts'
import type { Exchange } from './http-connection.ts'
import type { EngineMetrics } from './metrics/engine-metrics.ts'
import type { Profiler } from './profiler/profiler.ts'
import type { Scheduler } from './scheduler.ts'
import type { StepLoop } from './step-loop.ts'
import type { TruthLog } from './truth-log.ts'

export interface EngineTotals {
  requests: number
  finished: number
  steps: number
  outputTokens: number
  promptTokens: number
}

export interface EngineState {
  readonly options: EngineOptions
  readonly clock: EngineClock
  readonly scheduler: Scheduler
  readonly loop: StepLoop
  readonly faults: Faults
  readonly truth: TruthLog
  readonly totals: EngineTotals
  readonly metrics: EngineMetrics
  readonly profiler: Profiler
  readonly devices: DeviceCounters
  readonly random: { readonly lengths: Random }
  /** Resets every connection and serves no more. */
  readonly die: () => void
}

/** Answers one request whose path and method are its own; `POST /v1/completions` is such a pair. */
export type Route = (state: EngineState, exchange: Exchange) => void | Promise<void>
