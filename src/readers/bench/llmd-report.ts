/**
 * llm-d benchmark report, v0.1 to v0.2.1, YAML or JSON: one schema over several load generators.
 * https://github.com/llm-d/llm-d-benchmark, facts/bench-results.md section 7. What a latency means is its generator's to say, so its
 * definition comes from `load.…tool`; where that is not known the definition is unknown. Not read: time series, component health,
 * distributions of rates (their mean is the rate).
 */
import { parse } from 'yaml'
import { SextantError } from '#base/errors.ts'
import type { Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject, type JsonObject, objectAt } from '#readers/json/leaves.ts'
import { hasKeys, outlineOf, outlineOfSource } from '#readers/json/outline.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { addLoad, addResults, addRun, addStack, stageOf, toolOf } from './llmd-sections.ts'
import { readText } from './text-source.ts'

const RESULTS = /^(?:results|metrics):/m

function isYamlReport(text: string): boolean {
  if (!/^version:\s*['"]?0\.\d/m.test(text) || !/^scenario:/m.test(text) || !RESULTS.test(text)) return false
  return /^\s+(?:request_performance|time_to_first_token|latency):/m.test(text)
}

/** Aliases that would expand without end are refused by the parser's own limit. */
function yamlDocument(source: Source, options: ReadOptions): unknown {
  const text = readText(source, options)
  try {
    return parse(text, { maxAliasCount: 100, logLevel: 'error' })
  } catch (error) {
    throw new SextantError('corrupt_file', `${source.name} is not YAML.`, 'Copy it again.', { problem: String(error) }, error)
  }
}

function cellOf(document: JsonObject, unknown: Set<string>): CellBuilder {
  const cell = new CellBuilder()
  const tool = toolOf(document)
  addRun(cell, document)
  addLoad(cell, document)
  addStack(cell, document)
  addResults(cell, document, tool, unknown)
  return cell
}

function read(source: Source, options: ReadOptions): ReadResult {
  const isJson = outlineOfSource(source).kind !== 'none'
  const { documents, losses } = isJson ? readJsonDocuments(source, options) : { documents: [yamlDocument(source, options)], losses: [] }
  const reports = documents.filter(isObject)
  if (!reports.some((report) => objectAt(report, 'results') !== undefined || objectAt(report, 'metrics') !== undefined))
    throw new SextantError(
      'missing_data',
      `${source.name} holds no results.`,
      'Compose the report again from its parts: results are one of them.',
    )
  const unknownKeys = new Set<string>()
  const builders = reports.map((report) => cellOf(report, unknownKeys))
  const stages = reports.map((report) => stageOf(report))
  const points = stages.every((stage) => stage !== undefined) ? stages.map((stage) => `stage-${stage}`) : undefined
  const version = reports[0]?.['version']
  options.onProgress?.(source.size, source.size)
  const result = assembleResult({
    tool: 'llm-d',
    form: isJson ? 'json' : 'yaml',
    cells: finishCells(builders, points),
    unknownKeys,
    ...(version === undefined ? {} : { toolVersion: String(version) }),
  })
  return benchCapture('llm-d-report', 'llm-d benchmark report', result, losses)
}

export const llmdReportReader: Reader = {
  kind: 'llm-d-report',
  title: 'llm-d benchmark report v0.1, v0.2 (YAML, JSON)',
  spec: 'https://github.com/llm-d/llm-d-benchmark',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    const title = 'llm-d benchmark report'
    if (outline.kind === 'none') return isYamlReport(`${outline.text}\n${outline.end}`) ? { title } : undefined
    if (outline.kind !== 'object' || !hasKeys(outline, 'version') || !hasKeys(outline, 'scenario')) return undefined
    const results = outline.keys.get('results') ?? outline.keys.get('metrics') ?? []
    return results.some((key) => /^(?:request_performance|latency)$/.test(key)) ? { title } : undefined
  },
  async read(source, options) {
    return read(source, options)
  },
}
