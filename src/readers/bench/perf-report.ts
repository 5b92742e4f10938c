/**
 * Written benchmark reports: `perf-bench-report-*.md` with a table per concurrency (facts/bench-results.md section 7). No layout is
 * promised, so any of three is read: a row per concurrency, a column per concurrency, a section per concurrency. Labels that are not
 * understood word for word are listed, never guessed. Not read: figures in prose, HTML tables.
 */
import type { Reader } from '#model/reader.ts'
import { outlineOf } from '#readers/json/outline.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import type { CellBuilder } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import { isoInstant } from './instants.ts'
import { type MarkdownDocument, parseMarkdown } from './markdown-table.ts'
import { addReading, ReportPoints } from './report-points.ts'
import { readingsOf } from './report-tables.ts'
import { corruptText, readText } from './text-source.ts'

/** Cheap enough for every text that is probed: a delimiter row, and a metric's name. */
const HINT = /^[ \t|]*:?-{2,}:?[ \t]*\|/m
const METRIC = /ttft|time to first token|\bitl\b|inter[- ]?token|\btpot\b|throughput|tok(?:en)?s?\/s/i

export function looksLikePerfReport(text: string): boolean {
  if (!HINT.test(text) || !METRIC.test(text)) return false
  const document = parseMarkdown(text)
  return document.tables.some((table) => readingsOf(table, toolOf(text)).readings.length > 0)
}

/** Whose definitions hold: the one load generator that the report names. Naming both says nothing. */
function toolOf(text: string): 'aiperf' | 'vllm' | 'unknown' {
  const isAiperf = /\b(?:aiperf|genai-?perf)\b/i.test(text)
  const isVllm = /\b(?:vllm[ -]bench|benchmark_serving)\b/i.test(text)
  return isAiperf === isVllm ? 'unknown' : isAiperf ? 'aiperf' : 'vllm'
}

function addFields(cell: CellBuilder, document: MarkdownDocument): void {
  const pairs = document.tables
    .filter(({ header, rows }) => header.length === 2 && rows.every((row) => row.length === 2))
    .flatMap(({ header, rows }) => [header, ...rows])
    .map(([name = '', value = ''] = []) => [name, value] as const)
  for (const [name, value] of [...document.fields, ...pairs]) {
    const known = contextName(name.trim().replaceAll(' ', '_'))
    if (known !== undefined) cell.add(name, value, { as: 'context', name: known })
    else if (/^(?:date|captured at|started(?: at)?|run at|timestamp)$/i.test(name)) {
      const instant = isoInstant(value)
      if (instant !== undefined) cell.add(name, value, { as: 'started', instant })
    }
  }
}

export const perfReportReader: Reader = {
  kind: 'perf-bench-report',
  title: 'Benchmark report in Markdown (a table per concurrency)',
  spec: 'facts/bench-results.md section 7',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    return outline.kind === 'none' && looksLikePerfReport(outline.text) ? { title: 'benchmark report in Markdown' } : undefined
  },
  async read(source, options) {
    const text = readText(source, options)
    const document = parseMarkdown(text)
    const tool = toolOf(text)
    const points = new ReportPoints()
    const unknownKeys = new Set<string>()
    for (const table of document.tables) {
      const { readings, unknown } = readingsOf(table, tool)
      for (const label of unknown) unknownKeys.add(label)
      addReading(points, table, readings)
    }
    const { cells, names } = points.finish()
    if (cells.length === 0) throw corruptText(source, 'holds no table of results per concurrency')
    for (const cell of cells) addFields(cell, document)
    options.onProgress?.(source.size, source.size)
    const result = assembleResult({ tool: 'perf-bench-report', form: 'markdown', cells: finishCells(cells, names), unknownKeys })
    return benchCapture('perf-bench-report', 'benchmark report', result, [])
  },
}
