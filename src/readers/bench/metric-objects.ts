/** Documents made of metric objects `{unit, avg, p50, …}`: AIPerf's and genai-perf's JSON, at any depth. */
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import { splitCsv } from '#readers/nsys/stats/cells.ts'
import { addConfig, configLists } from './aiperf-config.ts'
import { tagMeaning } from './aiperf-tags.ts'
import type { CellBuilder } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import { isoInstant, localDate } from './instants.ts'
import { statisticOf } from './statistics.ts'

/** Adds every metric object and the context around them; returns the keys that nobody knows. Nulls are no values (older files write them). */
export function addMetricObjects(cell: CellBuilder, document: JsonObject): string[] {
  const unknown: string[] = []
  addConfig(cell, document)
  // A stack, not recursion: the scanner bounds the depth, this does not rely on it.
  const waiting: { readonly value: JsonObject; readonly path: readonly string[] }[] = [{ value: document, path: [] }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next
    if (typeof value['unit'] === 'string') addMetric(cell, value, path, value['unit'])
    else for (const [key, inner] of Object.entries(value)) addField(cell, [...path, key], inner, waiting, unknown)
  }
  return unknown
}

function addMetric(cell: CellBuilder, metric: JsonObject, path: readonly string[], unit: string): void {
  const tag = path.at(-1) ?? ''
  // Telemetry and server metrics share names with nothing that the client measured.
  const isClient = path.length === 1 || path[0] === 'metrics'
  for (const [word, value] of Object.entries(metric)) {
    const statistic = statisticOf(word)
    if (statistic === undefined || typeof value !== 'number') continue
    const key = [...path, word].join('.')
    cell.add(key, value, isClient ? tagMeaning(tag, statistic, unit) : { as: 'other', name: tag, statistic, unit })
  }
}

function addField(
  cell: CellBuilder,
  path: readonly string[],
  value: unknown,
  waiting: { readonly value: JsonObject; readonly path: readonly string[] }[],
  unknown: string[],
): void {
  const key = path.join('.')
  const name = path.at(-1) ?? ''
  if (isObject(value)) waiting.push({ value, path })
  else if (name === 'concurrency' && typeof value === 'number') cell.add(key, value, { as: 'concurrency' })
  else if (name === 'request_rate' && typeof value === 'number') cell.add(key, value, { as: 'request-rate' })
  else if ((name === 'start_time' || name === 'end_time') && typeof value === 'string')
    cell.add(key, value, { as: name === 'start_time' ? 'started' : 'ended', instant: isoInstant(value) ?? localDate(value) })
  else if (name === 'was_cancelled') {
    if (value === true)
      cell.finding({ code: 'cancelled-requests-excluded', severity: 'warning', text: 'the run was cancelled before its end' })
  } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    const known = contextName(name)
    if (value === '') return
    if (known === undefined) unknown.push(key)
    else cell.add(key, value, { as: 'context', name: known })
  } else if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') {
    // `model: ["one"]`: a list of several says nothing of one point.
    const known = contextName(name === 'model_names' ? 'model' : name)
    if (known === undefined) unknown.push(key)
    else cell.add(key, value[0], { as: 'context', name: known })
  } else if (Array.isArray(value) && value.length > 0 && !configLists.includes(key)) unknown.push(key)
}

/** AIPerf's aggregate over runs: `metrics.<tag>_<stat>` with mean, std, interval. The tag's own statistic is in its name. */
export function addAggregate(cell: CellBuilder, document: JsonObject): string[] {
  const unknown: string[] = []
  const metrics = document['metrics']
  for (const [name, metric] of Object.entries(isObject(metrics) ? metrics : {})) {
    if (!isObject(metric)) continue
    const unit = typeof metric['unit'] === 'string' ? metric['unit'] : 'unknown'
    for (const [word, value] of Object.entries(metric)) {
      // Statistics over runs of a statistic over requests: kept under the aggregate's own name, never as one run's figure.
      if (typeof value === 'number')
        cell.add(`metrics.${name}.${word}`, value, { as: 'other', name: `${name}.${word}`, statistic: 'single', unit })
    }
  }
  const metadata = document['metadata']
  for (const [key, value] of Object.entries(isObject(metadata) ? metadata : {})) {
    if (typeof value === 'number' || typeof value === 'string')
      cell.add(`metadata.${key}`, value, { as: 'context', name: contextName(key) ?? key })
    else if (!Array.isArray(value) || value.length > 0) unknown.push(`metadata.${key}`)
  }
  return unknown
}

/** The same as CSV: `metric,mean,std,…,unit`. */
export function addAggregateCsv(cell: CellBuilder, text: string): void {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const header = splitCsv(head, ',')
  for (const line of lines.filter((each) => each !== '')) {
    const cells = splitCsv(line, ',')
    const name = cells[0] ?? ''
    const unit = cells[header.indexOf('unit')] ?? 'unknown'
    for (const [index, word] of header.entries())
      if (index > 0 && word !== 'unit')
        cell.add(`metrics.${name}.${word}`, cells[index] ?? '', { as: 'other', name: `${name}.${word}`, statistic: 'single', unit })
  }
}

export function looksLikeAggregateCsv(text: string): boolean {
  return /^\uFEFF?metric,mean,std,min,max,cv,se,ci_low,ci_high,/.test(text)
}
