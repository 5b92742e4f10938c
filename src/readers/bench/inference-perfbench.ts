/**
 * `inference_perfbench_v1`: one object with metrics per concurrency. facts/baselines.md section 1. Null and absent are missing.
 * Another `schema` is another format: it is not read by likeness.
 */
import type { Reader } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import { outlineOf } from '#readers/json/outline.ts'
import { addDocument, assembleResult, finishCells, type Interpret } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder, type Meaning } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import { isoInstant } from './instants.ts'
import { statisticOf } from './statistics.ts'

const SCHEMA = /"schema"\s*:\s*"inference_perfbench_v1"/
/** The figures come from AIPerf: its definitions hold (facts/bench-results.md section 8). */
const LATENCY = /^(ttft|itl|tpot|request_latency)_(p[\d.]+|mean|median)_ms$/

const definitions = {
  ttft: ['ttft', 'first-content'],
  itl: ['itl', 'request-mean-without-first'],
  tpot: ['tpot', 'request-mean-without-first'],
  request_latency: ['e2el', 'until-last-content'],
} as const

function cellMeaning(key: string): Meaning | undefined {
  const match = LATENCY.exec(key)
  const statistic = statisticOf(match?.[2] ?? '')
  if (match !== null && statistic !== undefined) {
    const [quantity, definition] = definitions[match[1] as keyof typeof definitions] // the pattern's own words
    return { as: 'latency', quantity, definition, statistic, unit: 'ms' }
  }
  if (key === 'throughput_toks_per_s')
    return { as: 'rate', quantity: 'output-tokens', statistic: 'mean', window: 'first-request-to-last-response' }
  if (key === 'tps_per_user') return { as: 'rate', quantity: 'output-tokens', per: 'user', statistic: 'mean', window: 'decode-only' }
  if (key === 'errors') return { as: 'count', name: 'failed' }
  return undefined
}

/** What stands beside the cells belongs to the whole file, and so to each of them. */
const sharedMeaning: Interpret = (path, value) => {
  const [top = ''] = path
  if (top === 'metrics' || top === 'schema') return { as: 'ignored' }
  if (top === 'bench' && path[1] === 'captured_at' && typeof value === 'string') {
    const instant = isoInstant(value)
    return instant === undefined ? undefined : { as: 'started', instant }
  }
  const name = contextName(path.at(-1) ?? '')
  if (name !== undefined) return { as: 'context', name }
  if (typeof value === 'number') return { as: 'other', name: path.join('.'), statistic: 'single', unit: unitOf(path.join('.')) }
  return undefined
}

function unitOf(key: string): string {
  if (/_pct\b|_pct\.|perc/.test(key)) return '% or ratio, not said'
  if (/toks_per_s/.test(key)) return 'tokens/s'
  if (/_s$/.test(key)) return 's'
  return 'unknown'
}

function cellsOf(document: JsonObject, unknownKeys: string[]): CellBuilder[] {
  const points = Object.entries(objectAt(document, 'metrics') ?? {})
  return points.flatMap(([point, metrics]) => {
    if (!isObject(metrics)) return []
    const cell = new CellBuilder()
    if (/^\d+$/.test(point)) cell.add(`metrics.${point}`, Number(point), { as: 'concurrency' })
    unknownKeys.push(...addDocument(cell, metrics, (path) => cellMeaning(path.join('.')), `metrics.${point}.`))
    unknownKeys.push(...addDocument(cell, document, sharedMeaning))
    return [cell]
  })
}

export const inferencePerfbenchReader: Reader = {
  kind: 'inference-perfbench',
  title: 'inference_perfbench_v1 (JSON)',
  spec: 'facts/baselines.md section 1',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    return outline.kind === 'object' && outline.keys.has('schema') && SCHEMA.test(outline.text)
      ? { title: 'inference_perfbench_v1' }
      : undefined
  },
  async read(source, options) {
    const { documents, losses } = readJsonDocuments(source, options)
    const unknownKeys: string[] = []
    const builders = documents.filter(isObject).flatMap((document) => cellsOf(document, unknownKeys))
    const cells = finishCells(builders)
    const result = assembleResult({ tool: 'inference-perfbench', form: 'json', cells, unknownKeys })
    return benchCapture('inference-perfbench', 'inference_perfbench_v1', result, losses)
  },
}
