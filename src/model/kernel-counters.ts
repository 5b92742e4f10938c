/**
 * Hardware counters of single kernel launches (or ranges of them), as a kernel profiler replays them.
 * Metric names are the tool's own and are content; what a counter means to an analysis is its `role`, which the reader gives.
 * Values lie in columns: a capture may hold 20 000 results of 200 metrics each.
 */
import type { CounterRole } from '#model/counter-role.ts'

export interface CounterMetric {
  /** As the tool spells it; where the tool shows labels only: `section / label`. */
  readonly name: string
  /** Of the values as stored, after scaling: `ns`, `byte`, `byte/s`, `hz`, `%`…; absent = the tool gave none that is known. */
  readonly unit?: string
  /** Section that showed it, where the source is a page of sections. */
  readonly section?: string
  /** Absent = no analysis asks for it. */
  readonly role?: CounterRole
}

/** What the tool's own rules concluded about one result. Texts are untrusted: escape them for display. */
export interface RuleOutcome {
  readonly identifier: string
  readonly title: string
  /** Section that the rule belongs to, as the tool names it. */
  readonly section?: string
  readonly messages: readonly RuleMessage[]
}

export const ruleMessageKinds = ['none', 'ok', 'warning', 'error', 'optimization'] as const
export type RuleMessageKind = (typeof ruleMessageKinds)[number]

export interface RuleMessage {
  readonly kind: RuleMessageKind
  readonly title?: string
  readonly text: string
  /** `local`: share of this kernel; `global`: of the workload that the profiler saw. Never of a serving step. */
  readonly speedup?: { readonly scope: 'local' | 'global' | 'unknown'; readonly ratio: number }
  readonly focusMetrics: readonly FocusMetric[]
}

export interface FocusMetric {
  readonly name: string
  /** NaN = not given. */
  readonly value: number
  readonly severity: 'default' | 'low' | 'high'
  readonly note?: string
}

/** Counters by instruction: how many the result has, not their values. */
export interface SourceCounters {
  /** Metrics with a value per instruction or per other correlation id. */
  readonly metrics: number
  /** The longest of those lists. */
  readonly instances: number
}

export type Extent = readonly [x: number, y: number, z: number]

export interface CounterResult {
  readonly scope: 'kernel' | 'range'
  /** Absent = not in the source (ranges, kernels without a name). */
  readonly functionName?: string
  readonly mangledName?: string
  readonly demangledName?: string
  /** As recorded; 0 x 0 x 0 stands in results that the tool could not measure. */
  readonly grid?: Extent
  readonly block?: Extent
  readonly context?: number
  readonly stream?: number
  /** Ordinal of the device in its process. */
  readonly device?: number
  /** Index into `KernelCounters.processes`. */
  readonly process?: number
  /** Finite and above zero, else absent: a failed measurement is no measurement of zero. */
  readonly durationNs?: number
  readonly clock?: { readonly lockRequested: boolean; readonly locked: boolean }
  readonly rules: readonly RuleOutcome[]
  /** Open NVTX ranges when the kernel was launched, outermost first: `domain/range`. */
  readonly nvtx: readonly string[]
  readonly sourceCounters?: SourceCounters
}

export interface CounterProcess {
  readonly pid: number
  /** Base name of the executable. */
  readonly name?: string
}

export interface KernelCounters {
  readonly metrics: readonly CounterMetric[]
  readonly results: readonly CounterResult[]
  readonly processes: readonly CounterProcess[]
  /** Identifiers or titles of the sections collected, sorted: which question the capture was made for. */
  readonly sections: readonly string[]
  /** Values of result `r`: rows `valueStart[r]` to `valueStart[r + 1]`. One more entry than results. */
  readonly valueStart: Uint32Array
  /** Index into `metrics`. */
  readonly valueMetric: Uint32Array
  /** The number as recorded, NaN included; NaN too where the value is a text or the source says that there is none. */
  readonly value: Float64Array
  /** Index into `texts`, -1 = not a text. Absent = the capture has no texts. */
  readonly valueText?: Int32Array
  readonly texts: readonly string[]
  readonly clockControl?: string
  /** False: the source has no place for what rules found, so that their absence says nothing about whether they ran. */
  readonly holdsRules: boolean
}

/** Copies result `index` into `row`, one entry per metric; what the result does not hold becomes NaN. The length of `row` is `metrics.length`. */
export function fillCounterRow(counters: KernelCounters, index: number, row: Float64Array): void {
  const { valueStart, valueMetric, value } = counters
  row.fill(Number.NaN)
  const end = valueStart[index + 1] ?? 0
  // In bounds: below the start of the next result.
  for (let at = valueStart[index] ?? 0; at < end; at++) row[valueMetric[at] as number] = value[at] as number
}
