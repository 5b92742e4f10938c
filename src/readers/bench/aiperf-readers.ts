/**
 * NVIDIA AIPerf (JSON, CSV, JSON lines per request, aggregate of runs, printed tables) and its predecessor genai-perf (JSON, CSV).
 * https://github.com/ai-dynamo/aiperf, https://github.com/triton-inference-server/perf_analyzer. Facts: bench-results.md sections 2 and 5.
 * and its server-metrics export. Not read: perf_analyzer's raw experiments, the Parquet forms, phase manifests.
 */
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject } from '#readers/json/leaves.ts'
import { hasInner, hasKeys, type Outline, outlineOf, outlineOfSource } from '#readers/json/outline.ts'
import { looksLikeConsole, readConsole } from './aiperf-console.ts'
import { readAiperfLines } from './aiperf-lines.ts'
import { addServerMetrics, addServerMetricsCsv, looksLikeServerMetricsCsv } from './aiperf-server-metrics.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { addMetricCsv, looksLikeMetricCsv } from './metric-csv.ts'
import { addAggregate, addAggregateCsv, addMetricObjects, looksLikeAggregateCsv } from './metric-objects.ts'
import { looksLikePerfReport } from './perf-report.ts'
import { readText } from './text-source.ts'

type Tool = 'aiperf' | 'genai-perf'
type Form = 'json' | 'csv' | 'jsonl' | 'aggregate' | 'aggregate-csv' | 'server-metrics' | 'server-metrics-csv' | 'log'

const AIPERF_KEYS = [
  'schema_version',
  'aiperf_version',
  'benchmark_id',
  'was_cancelled',
  'error_summary',
  'telemetry_data',
  'request_count',
]

/** Which tool wrote it, and in which form. */
export function metricObjectsTool(outline: Outline): { readonly tool: Tool; readonly form: Form } | undefined {
  if (outline.kind === 'none') {
    const tool = looksLikeMetricCsv(outline.text)
    if (tool !== undefined) return { tool, form: 'csv' }
    if (looksLikeAggregateCsv(outline.text)) return { tool: 'aiperf', form: 'aggregate-csv' }
    if (looksLikeServerMetricsCsv(outline.text)) return { tool: 'aiperf', form: 'server-metrics-csv' }
    const printed = looksLikePerfReport(outline.text) ? undefined : looksLikeConsole(`${outline.text}\n${outline.end}`)
    return printed === undefined ? undefined : { tool: printed, form: 'log' }
  }
  if (outline.kind !== 'object') return undefined
  if (hasInner(outline, 'metadata', 'request_start_ns') || hasInner(outline, 'metadata', 'x_request_id'))
    return { tool: 'aiperf', form: 'jsonl' }
  if (hasInner(outline, 'metadata', 'aggregation_type') && hasKeys(outline, 'metrics')) return { tool: 'aiperf', form: 'aggregate' }
  if (hasKeys(outline, 'summary', 'metrics') && hasInner(outline, 'summary', 'endpoints_configured'))
    return { tool: 'aiperf', form: 'server-metrics' }
  const [latency] = ['request_latency', 'time_to_first_token', 'request_throughput'].filter((key) => hasInner(outline, key, 'unit'))
  if (latency === undefined) return undefined
  const isAiperf = AIPERF_KEYS.some((key) => hasKeys(outline, key)) || hasInner(outline, latency, 'p1')
  return { tool: isAiperf ? 'aiperf' : 'genai-perf', form: 'json' }
}

function readJson(tool: Tool, form: Form, kind: string, source: Source, options: ReadOptions): ReadResult {
  const { documents, losses } = readJsonDocuments(source, options, ['sessions', 'error_details'])
  const unknownKeys: string[] = []
  let toolVersion: string | undefined
  const builders = documents.filter(isObject).map((document) => {
    const cell = new CellBuilder()
    if (typeof document['aiperf_version'] === 'string') toolVersion = document['aiperf_version']
    const add = form === 'aggregate' ? addAggregate : form === 'server-metrics' ? addServerMetrics : addMetricObjects
    unknownKeys.push(...add(cell, document))
    return cell
  })
  const cells = finishCells(builders)
  const result = assembleResult({ tool, form, cells, unknownKeys, ...(toolVersion === undefined ? {} : { toolVersion }) })
  return benchCapture(kind, tool === 'aiperf' ? 'AIPerf' : 'genai-perf', result, losses)
}

async function read(tool: Tool, kind: string, source: Source, options: ReadOptions): Promise<ReadResult> {
  const form = metricObjectsTool(outlineOfSource(source))?.form ?? 'json'
  const name = tool === 'aiperf' ? 'AIPerf' : 'genai-perf'
  if (form === 'jsonl') {
    const { cell, losses } = readAiperfLines(source, options)
    return benchCapture(kind, name, assembleResult({ tool, form, cells: finishCells([cell]) }), losses)
  }
  if (form === 'log') return readConsole(tool, kind, source, options)
  if (form === 'csv' || form === 'aggregate-csv' || form === 'server-metrics-csv') {
    const cell = new CellBuilder()
    const text = readText(source, options)
    const unknownKeys = form === 'csv' ? addMetricCsv(cell, text) : []
    if (form === 'aggregate-csv') addAggregateCsv(cell, text)
    else if (form === 'server-metrics-csv') addServerMetricsCsv(cell, text)
    return benchCapture(kind, name, assembleResult({ tool, form, cells: finishCells([cell]), unknownKeys }), [])
  }
  return readJson(tool, form, kind, source, options)
}

function reader(tool: Tool, kind: string, title: string, spec: string): Reader {
  const detect = (probe: Probe): Detection | undefined => {
    if (probe.isDirectory) return undefined
    const found = metricObjectsTool(outlineOf(probe))
    return found?.tool === tool ? { title: `${title.split(' result')[0]} result, ${found.form}` } : undefined
  }
  return { kind, title, spec, version: 3, detect, read: (source, options) => read(tool, kind, source, options) }
}

export const aiperfReader = reader(
  'aiperf',
  'aiperf',
  'AIPerf result (JSON, CSV, JSON lines, console log)',
  'https://github.com/ai-dynamo/aiperf',
)
export const genaiPerfReader = reader(
  'genai-perf',
  'genai-perf',
  'genai-perf result (JSON, CSV, console log)',
  'https://github.com/triton-inference-server/perf_analyzer/tree/main/genai-perf',
)
