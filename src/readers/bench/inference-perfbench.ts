/**
 * `inference_perfbench_v1`: one object with metrics per concurrency. facts/baselines.md section 1; shape: formats/inference-perfbench.ts.
 * Null and absent are missing. Another `schema` is another format: it is not read by likeness. Where a cell keeps its runs, these are the
 * cells read, as trials of one point: the figures beside them are their medians.
 */
import type { LatencyDefinition } from '#model/bench-result.ts'
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
/** The figures come from AIPerf: its definitions hold (facts/bench-results.md section 8) unless the cell's `definitions` say otherwise. */
const LATENCY = /^(ttft|itl|tpot|request_latency)_(p[\d.]+|mean|median)_ms$/

const definitions = {
  ttft: ['ttft', 'first-content'],
  itl: ['itl', 'request-mean-without-first'],
  tpot: ['tpot', 'request-mean-without-first'],
  request_latency: ['e2el', 'until-last-content'],
} as const

/** Words of `definitions` that are understood; any other makes the figure's definition unknown, and then nothing is compared with it. */
const spoken: ReadonlySet<string> = new Set([
  'first-chunk',
  'first-content',
  'first-output-content',
  'first-token-iteration',
  'first-chunk-with-tokens',
  'chunk-gap',
  'chunk-gap-or-per-accepted-token',
  'token-gap',
  'request-mean-without-first',
  'request-mean-without-first-token-weighted',
  'request-mean-with-first-token-weighted',
  'latency-over-tokens',
  'server-histogram',
  'until-last-token-chunk',
  'until-last-content',
  'until-stream-close',
  'until-end-stamp',
] satisfies LatencyDefinition[])

function definitionOf(key: string, usual: LatencyDefinition, said: JsonObject | undefined): LatencyDefinition {
  const word = said?.[key]
  if (word === undefined) return usual
  return typeof word === 'string' && spoken.has(word) ? (word as LatencyDefinition) : 'unknown' // the set holds nothing else
}

function cellMeaning(key: string, said: JsonObject | undefined): Meaning | undefined {
  const match = LATENCY.exec(key)
  const statistic = statisticOf(match?.[2] ?? '')
  if (match !== null && statistic !== undefined) {
    const [quantity, usual] = definitions[match[1] as keyof typeof definitions] // the pattern's own words
    return { as: 'latency', quantity, definition: definitionOf(key, usual, said), statistic, unit: 'ms' }
  }
  if (key === 'throughput_toks_per_s')
    return { as: 'rate', quantity: 'output-tokens', statistic: 'mean', window: 'first-request-to-last-response' }
  if (key === 'tps_per_user') return { as: 'rate', quantity: 'output-tokens', per: 'user', statistic: 'mean', window: 'decode-only' }
  if (key === 'errors') return { as: 'count', name: 'failed' }
  if (key === 'requests') return { as: 'count', name: 'completed' }
  if (key === 'duration_effective_s') return { as: 'duration', unit: 's' }
  if (key === 'run' || key.startsWith('definitions.')) return { as: 'ignored' }
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
  if (top === 'bench' && path[1] === 'duration_effective_s') return { as: 'duration', unit: 's' }
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

/** The runs of a point, or the point itself; each with the key that leads to it. */
function runsOf(metrics: JsonObject, key: string): [string, JsonObject][] {
  const runs = Array.isArray(metrics['runs']) ? metrics['runs'].filter(isObject) : []
  return runs.length === 0 ? [[key, metrics]] : runs.map((run, index) => [`${key}.runs.${index}`, run])
}

function cellsOf(document: JsonObject, unknownKeys: string[]): CellBuilder[] {
  const points = Object.entries(objectAt(document, 'metrics') ?? {})
  return points.flatMap(([point, metrics]) => {
    if (!isObject(metrics)) return []
    const said = objectAt(metrics, 'definitions')
    return runsOf(metrics, `metrics.${point}`).map(([key, run]) => {
      const cell = new CellBuilder()
      if (/^\d+$/.test(point)) cell.add(`metrics.${point}`, Number(point), { as: 'concurrency' })
      // What stands beside the cells comes first: a run's own window replaces the whole file's.
      unknownKeys.push(...addDocument(cell, document, sharedMeaning))
      const interpret: Interpret = (path, value) => {
        const instant = path[0] === 'captured_at' && typeof value === 'string' ? isoInstant(value) : undefined
        return instant === undefined ? cellMeaning(path.join('.'), said) : { as: 'started', instant }
      }
      unknownKeys.push(...addDocument(cell, run, interpret, `${key}.`))
      return cell
    })
  })
}

export const inferencePerfbenchReader: Reader = {
  kind: 'inference-perfbench',
  title: 'inference_perfbench_v1 (JSON)',
  spec: 'facts/baselines.md section 1',
  version: 2,
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
