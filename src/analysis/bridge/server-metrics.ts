/** `server_metrics_delta` from dumps of the engine's metrics before and after a run, by old names and current ones. */
import { buildMetricsReport, type MetricsInput } from '#analysis/metrics-report.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'
import type { MetricsReport } from '#formats/metrics.ts'

export interface ServerMetrics {
  readonly delta: NonNullable<InferencePerfbench['server_metrics_delta']>
  readonly notes: readonly string[]
}

type Unsourced = Omit<MetricsReport, 'sources'>

const reading = ({ readings }: Unsourced, quantity: string) => readings.find((each) => each.quantity === quantity)

/** Over everything the engine had served by then: what the cache was like when the run began. */
function cumulativeHits(report: Unsourced): number | null {
  const [hits, queries] = [reading(report, 'prefix-cache-hit-tokens')?.value, reading(report, 'prefix-cache-query-tokens')?.value]
  return hits === undefined || queries === undefined || queries === 0 ? null : hits / queries
}

/** A peak needs samples during the run: one dump is a moment, before or after it (facts/bench-results.md section 9). */
function peak(report: Unsourced, quantity: string): number | null {
  const found = reading(report, quantity)
  return found === undefined || found.samples < 2 ? null : (found.max ?? null)
}

const MOMENTS = 'peaks are null: a dump before and one after are two moments, sample at least every second during the run'

export function serverMetrics(pre: MetricsInput, post: MetricsInput, windowS: number | null): ServerMetrics {
  const before = buildMetricsReport(pre, undefined, undefined)
  const after = buildMetricsReport(pre, post, windowS ?? undefined)
  const hit = after.derived.find(({ name }) => name === 'prefix-cache-hit-ratio')
  const gauges = [before, after].map((report) => reading(report, 'prefix-cache-hit-ratio-reported')?.value ?? null)
  const fromCounters = hit?.value !== undefined
  const generated = after.deltas?.find(({ quantity }) => quantity === 'generated-tokens')
  const reported = reading(after, 'generation-throughput-reported')?.value ?? null
  const cachePeak = peak(after, 'kv-cache-used')
  const [preRate, postRate] = fromCounters ? [cumulativeHits(before), hit.value ?? null] : gauges
  const notes = [
    ...(cachePeak === null ? [MOMENTS] : []),
    ...after.findings.map(({ text }) => text),
    ...(fromCounters || hit?.reason === undefined || gauges[1] !== null ? [] : [`prefix-cache hit rate: ${hit.reason}`]),
  ]
  return {
    delta: {
      prefix_cache_hit_rate_pre: preRate ?? null,
      prefix_cache_hit_rate_post: postRate ?? null,
      prefix_cache_hit_rate_unit: 'ratio',
      prefix_cache_hit_rate_method: fromCounters
        ? 'tokens hit / tokens queried during the run'
        : postRate === null
          ? null
          : 'gauge of the engine',
      gpu_cache_usage_perc_peak: cachePeak,
      gpu_cache_usage_perc_unit: 'ratio',
      num_requests_running_peak: peak(after, 'requests-running'),
      avg_generation_throughput_toks_per_s: generated?.perSecond ?? (generated === undefined ? reported : null),
    },
    notes,
  }
}
