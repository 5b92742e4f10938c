/**
 * AIPerf's view of the engine's own metrics over a run: `server_metrics_export.json` (metrics with a list of series each) and its CSV.
 * Statistics of what was scraped, not samples of it: counters are given as their change since before the run, percentiles of histograms
 * are estimates within buckets. Kept under the engine's own names; none of it is a latency that the client saw.
 * Not read: buckets, the time of each scrape, the warm-up's figures.
 */
import type { Statistic } from '#model/bench-result.ts'
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import { splitCsv } from '#readers/nsys/stats/cells.ts'
import type { CellBuilder } from './cell-builder.ts'
import { epochNanoseconds } from './instants.ts'
import { statisticOf } from './statistics.ts'

/** `avg`, `p99`, `p99_estimate`, `total`, `rate`…: what is no statistic of values becomes part of the name. */
function nameAndStatistic(metric: string, word: string): readonly [name: string, statistic: Statistic] {
  const statistic = statisticOf(word.replace(/_estimate$/, ''))
  if (word === 'total') return [metric, 'total']
  return statistic === undefined ? [`${metric}.${word}`, 'single'] : [metric, statistic]
}

/** `name{engine="0"}`: labels sorted, the endpoint among them only where there are several. */
function seriesName(metric: string, labels: JsonObject | undefined, endpoint: string): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => [key, String(value)] as const)
  if (endpoint !== '') pairs.push(['endpoint', endpoint])
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.length === 0 ? metric : `${metric}{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}}`
}

/** Returns the keys that nobody knows. */
export function addServerMetrics(cell: CellBuilder, document: JsonObject): string[] {
  const summary = objectAt(document, 'summary')
  const endpoints = Object.keys(objectAt(summary, 'endpoint_info') ?? {})
  const unknown = Object.keys(document).filter(
    (key) =>
      ![
        'schema_version',
        'aiperf_version',
        'benchmark_id',
        'summary',
        'metrics',
        'metrics_phase',
        'warmup_metrics',
        'input_config',
      ].includes(key),
  )
  for (const [metric, body] of Object.entries(objectAt(document, 'metrics') ?? {})) {
    if (!isObject(body) || !Array.isArray(body['series'])) continue
    const unit = typeof body['unit'] === 'string' && body['unit'] !== '' ? body['unit'] : 'unknown'
    for (const series of body['series'].filter(isObject)) {
      const endpoint = endpoints.length > 1 && typeof series['endpoint_url'] === 'string' ? series['endpoint_url'] : ''
      addSeries(cell, seriesName(metric, objectAt(series, 'labels'), endpoint), objectAt(series, 'stats') ?? series, unit)
    }
  }
  addWindow(cell, summary)
  return unknown
}

function addSeries(cell: CellBuilder, name: string, stats: JsonObject, unit: string): void {
  for (const [word, value] of Object.entries(stats)) {
    if (typeof value !== 'number') continue
    const [of, statistic] = nameAndStatistic(name, word)
    cell.add(`metrics.${name}.${word}`, value, { as: 'other', name: of, statistic, unit: word.endsWith('rate') ? `${unit}/s` : unit })
  }
}

/** Epoch nanoseconds of the profiling phase went through JSON.parse: to 256 ns, which no join of scrapes feels. */
function addWindow(cell: CellBuilder, summary: JsonObject | undefined): void {
  const range = objectAt(summary, 'phase_time_ranges', 'profiling')
  for (const [key, as] of [
    ['start_ns', 'started'],
    ['end_ns', 'ended'],
  ] as const) {
    const value = range?.[key]
    if (typeof value === 'number' && Number.isFinite(value) && value > 0)
      cell.add(`summary.phase_time_ranges.profiling.${key}`, value, { as, instant: epochNanoseconds(String(BigInt(Math.round(value)))) })
  }
}

export function looksLikeServerMetricsCsv(text: string): boolean {
  return /^Endpoint,Type,Metric,Unit,/m.test(text.slice(0, 4096))
}

/** Sections `Endpoint,Type,Metric,Unit,<statistics…>,<labels…>,Description`; labels are the columns that are no statistic. */
export function addServerMetricsCsv(cell: CellBuilder, text: string): void {
  let header: string[] = []
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  const endpoints = new Set(lines.filter((line) => !line.startsWith('Endpoint,')).map((line) => line.split(',', 1)[0]))
  for (const line of lines) {
    const cells = splitCsv(line, ',')
    if (cells[0] === 'Endpoint') {
      header = cells
      continue
    }
    const labels: Record<string, string> = {}
    const stats: Record<string, number> = {}
    for (const [index, column] of header.entries()) {
      const value = cells[index] ?? ''
      if (index < 4 || value === '' || column === 'Description' || column === 'buckets') continue
      if (isStatistic(column)) stats[column] = Number(value)
      else labels[column] = value
    }
    const name = seriesName(cells[2] ?? '', labels, endpoints.size > 1 ? (cells[0] ?? '') : '')
    addSeries(cell, name, stats, cells[3] === '' ? 'unknown' : (cells[3] ?? 'unknown'))
  }
}

const isStatistic = (column: string): boolean =>
  statisticOf(column.replace(/_estimate$/, '')) !== undefined ||
  /^(?:count|sum|total|rate|count_rate|sum_rate|(?:avg|min|max|std)_rate|rate_(?:avg|min|max|std))$/.test(column)
