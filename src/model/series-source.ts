/**
 * A place that keeps labelled series over time and answers PromQL: a live server, or answers kept in files.
 * Times are epoch milliseconds (a double carries them exactly), values doubles as the server wrote them (NaN and infinities included).
 */

export interface SampledSeries {
  /** Without `__name__` only where the query's result has none. */
  readonly labels: Readonly<Record<string, string>>
  /** Ascending; what the server recorded, nothing filled in. */
  readonly timesMs: Float64Array
  /** As long as `timesMs`. */
  readonly values: Float64Array
}

export interface SeriesAnswer {
  readonly series: readonly SampledSeries[]
  /** What the server said beside its answer: partial responses, questionable functions. Never dropped. */
  readonly warnings: readonly string[]
}

export interface LabelSets {
  readonly labelSets: readonly Readonly<Record<string, string>>[]
  /** More existed than `limit`: what is here is not all. */
  readonly truncated: boolean
  readonly warnings: readonly string[]
}

export interface SeriesServer {
  readonly kind: 'prometheus' | 'victoriametrics' | 'thanos' | 'mimir' | 'kept-answers' | 'unknown'
  readonly version?: string
}

/** Read only. Every method throws `SextantError` where the source cannot answer, and never answers in part without saying so. */
export interface SeriesSource {
  server(): Promise<SeriesServer>
  /** Raw samples of an instant selector (`M{a="b"}`) with startMs < time <= endMs, whatever the server's own interval semantics. */
  rawSamples(selector: string, startMs: number, endMs: number): Promise<SeriesAnswer>
  /** Label sets of series that have a sample in the window. */
  labelSets(selector: string, startMs: number, endMs: number, limit: number): Promise<LabelSets>
  /** An expression at one instant: one sample per series. */
  instant(query: string, timeMs: number): Promise<SeriesAnswer>
}
