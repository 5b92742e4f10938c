/** A source of series held in memory, and an exporter to fill it: averages over collect intervals, scraped at another pace. */
import type { SampledSeries, SeriesSource } from '../../src/model/series-source.ts'

export type Signal = (timeMs: number) => number

export interface ExporterSpec {
  readonly fromMs: number
  readonly toMs: number
  readonly scrapeMs: number
  readonly collectMs: number
  /** When within its interval the exporter is scraped; 0 = right at it. */
  readonly scrapePhaseMs?: number
  readonly collectPhaseMs?: number
}

/** Mean of a signal over (from, to], in steps of a hundredth: exact enough for a test that asks for 0.5 %. */
export function meanOf(signal: Signal, fromMs: number, toMs: number): number {
  const steps = 400
  let sum = 0
  for (let step = 0; step < steps; step += 1) sum += signal(fromMs + ((step + 0.5) * (toMs - fromMs)) / steps)
  return sum / steps
}

/** What Prometheus records of a field that the exporter averages over its collect interval. `isPoint`: read at the collection. */
export function scraped(signal: Signal, spec: ExporterSpec, isPoint = false): { timesMs: Float64Array; values: Float64Array } {
  const { fromMs, toMs, scrapeMs, collectMs, scrapePhaseMs = 0, collectPhaseMs = 0 } = spec
  const times: number[] = []
  const values: number[] = []
  for (let timeMs = fromMs + scrapePhaseMs; timeMs <= toMs; timeMs += scrapeMs) {
    const collected = Math.floor((timeMs - collectPhaseMs) / collectMs) * collectMs + collectPhaseMs
    times.push(timeMs)
    values.push(Number((isPoint ? signal(collected) : meanOf(signal, collected - collectMs, collected)).toFixed(6)))
  }
  return { timesMs: Float64Array.from(times), values: Float64Array.from(values) }
}

export interface NamedSeriesInMemory extends SampledSeries {
  readonly name: string
}

/** Matchers are honoured only as far as tests need them: `label="value"` and `label=~"a|b"`. */
export function seriesInMemory(all: readonly NamedSeriesInMemory[], warnings: readonly string[] = []): SeriesSource {
  const matching = (selector: string): NamedSeriesInMemory[] => {
    const [, name = '', inside = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? []
    const matchers = [...inside.matchAll(/(\w+)(=~|=)"([^"]*)"/g)]
    return all.filter(
      (each) =>
        each.name === name &&
        matchers.every(([, label = '', operator, value = '']) =>
          operator === '=' ? (each.labels[label] ?? '') === value : new RegExp(`^(?:${value})$`).test(each.labels[label] ?? ''),
        ),
    )
  }
  return {
    server: async () => ({ kind: 'prometheus', version: '3.0.0' }),
    rawSamples: async (selector, startMs, endMs) => ({
      warnings,
      series: matching(selector).flatMap(({ labels, timesMs, values }) => {
        const kept = [...timesMs.keys()].filter((at) => (timesMs[at] ?? 0) > startMs && (timesMs[at] ?? 0) <= endMs)
        if (kept.length === 0) return []
        return [
          { labels, timesMs: Float64Array.from(kept, (at) => timesMs[at] ?? 0), values: Float64Array.from(kept, (at) => values[at] ?? 0) },
        ]
      }),
    }),
    labelSets: async (selector) => ({ labelSets: matching(selector).map(({ labels }) => labels), truncated: false, warnings }),
    instant: async () => ({ series: [], warnings }),
  }
}
