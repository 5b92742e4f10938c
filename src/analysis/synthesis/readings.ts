/** The answers of commands over the captures of one bundle: what a picture is put together from. */
import type { BenchResultReport } from '#formats/bench-result.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import type { NcuSummary } from '#formats/ncu-summary.ts'
import type { Roofline } from '#formats/roofline.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import type { Document } from './cite.ts'

type Unsourced<T> = Omit<T, 'sources'>

/** What one capture with times says. `timeline` is absent for statistics without a timeline. */
export interface TimedReading {
  /** `path` of its source. */
  readonly name: string
  readonly kind: 'nsys' | 'kineto'
  readonly gates?: Document<Unsourced<GatesReport>>
  readonly timeline?: Document<Unsourced<TimelineSummary>>
  readonly kernels?: Document<Unsourced<KernelSummary>>
}

export interface DcgmReading {
  readonly document: Document
  readonly correlation: Unsourced<DcgmCorrelation>
  /** Pointer of the correlation in the document. */
  readonly at: string
}

export interface Readings {
  /** In order of their names; ranks of one job, or one capture. */
  readonly timed: readonly TimedReading[]
  /** Of the timelines that belong together. */
  readonly budget?: Document<Unsourced<DecodeBudget>>
  readonly counters: readonly Document<Unsourced<NcuSummary>>[]
  readonly roofline?: Document<Unsourced<Roofline>>
  readonly samples?: Document<Unsourced<KernelSummary>>
  readonly bench: readonly Document<Unsourced<BenchResultReport>>[]
  /** Between two dumps where there are two, else of one. */
  readonly metrics?: Document<Unsourced<MetricsReport>>
  readonly dcgm?: DcgmReading
}
