/** What a reader yields: facets, and what it could not read. */

import type { BenchResult } from '#model/bench-result.ts'
import type { KernelCounters } from '#model/kernel-counters.ts'
import type { MetricSamples } from '#model/metric-samples.ts'
import type { SampleShares } from '#model/shares.ts'
import type { Device, Timeline } from '#model/timeline.ts'

/** A question's availability in one capture. `unknown` means that the file cannot tell "none happened" from "not recorded". */
export interface Capability {
  readonly state: 'available' | 'absent' | 'not-read' | 'unknown'
  /** Why, in one sentence, when not available. */
  readonly reason?: string
}

export const capabilityNames = [
  'kernels',
  'graph-nodes',
  'graph-launches',
  'copies',
  'host-calls',
  'ranges',
  'os-calls',
  'syncs',
  'device-identity',
  'epoch-clock',
  'kernel-statistics',
  'kernel-counters',
  'kernel-shares',
] as const
export type CapabilityName = (typeof capabilityNames)[number]

export interface Clock {
  /** Decimal string: nanoseconds that row time 0 stands for. With `epoch: 'utc'` since 1970, else the tool's own zero ("0" when unknown). */
  readonly originNs: string
  readonly epoch: 'utc' | 'unknown'
  /** Timestamps are multiples of this: 1 for new captures, 1000 for microsecond-only traces. */
  readonly resolutionNs: number
  /** What limits comparison with another host's clock; absent = unknown. */
  readonly errorNs?: number
  readonly note?: string
}

export type GraphMode = 'graph' | 'node' | 'unknown'

export interface Diagnostic {
  readonly severity: 'info' | 'warning' | 'error' | 'verbose'
  readonly text: string
}

/** Something in the file that is not in the result. Losses are part of the result: counted and shown. */
export interface Loss {
  /** Stable kebab-case id, e.g. `unmatched-string-id`, `rows-without-time`. */
  readonly code: string
  readonly count: number
  /** What was lost and where, in one sentence. */
  readonly what: string
}

/** Rows of a vendor's summary (nsys stats): statistics without a timeline. Times in ns, NaN where not given. */
export interface StatisticsRow {
  readonly name: string
  readonly count: number
  readonly totalNs: number
  readonly averageNs: number
  readonly medianNs: number
  readonly minNs: number
  readonly maxNs: number
  readonly standardDeviationNs: number
  /** Reports of sizes (memory-size): the sum in bytes; their times are NaN. */
  readonly totalBytes?: number
}

export interface StatisticsReport {
  /** Canonical report, whatever the dialect: `kernels`, `api`, `memory-time`, `memory-size`, `os-runtime`, `nvtx`… */
  readonly report: string
  /** As the tool spelled it, e.g. `cuda_gpu_kern_sum`. */
  readonly sourceName: string
  /** Present = the tool abstained (SKIPPED): there are no rows, and that is not zero. */
  readonly skipped?: string
  readonly rows: readonly StatisticsRow[]
}

export interface CaptureTool {
  readonly name: string
  readonly version?: string
  readonly schemaVersion?: string
}

export interface Capture {
  /** Reader id: `nsys-sqlite`, `nsys-parquetdir`, `nsys-stats`, `kineto`… */
  readonly kind: string
  readonly tool: CaptureTool
  readonly clock: Clock
  readonly devices: readonly Device[]
  readonly capabilities: Readonly<Partial<Record<CapabilityName, Capability>>>
  readonly timeline?: Timeline
  readonly statistics?: readonly StatisticsReport[]
  /** Results of a load generator. */
  readonly benchResult?: BenchResult
  /** A dump of a metrics endpoint. */
  readonly metricSamples?: MetricSamples
  readonly kernelCounters?: KernelCounters
  /** Shares of samples, of a sampling profiler. */
  readonly shares?: SampleShares
  readonly graphMode: GraphMode
  readonly diagnostics: readonly Diagnostic[]
  /** Versions and settings that gates look at, as recorded: `cuda-runtime`, `cuda-driver`, `cupti`, `collection-span-ns`… */
  readonly facts: Readonly<Record<string, string>>
  /** Rows of each table or event category in the file, as the file names it. */
  readonly inventory: Readonly<Record<string, number>>
  readonly rank?: number
  readonly worldSize?: number
}
