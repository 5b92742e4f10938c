/**
 * What `sextant drive` writes: `drive-result/1` (formats/drive-result.ts) and its requests, `drive-request/1`, one a line
 * (pipeline/drive/request-lines.ts). Every definition stands in the result; the lines hold the stamps from which all follow.
 */
import { SextantError } from '#base/errors.ts'
import { type DriveCell, type DriveResult, driveResultSchema } from '#formats/drive-result.ts'
import type { LatencyDefinition, LatencyQuantity, RateQuantity, RateWindow } from '#model/bench-result.ts'
import type { Reader } from '#model/reader.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { isObject } from '#readers/json/leaves.ts'
import { outlineOf } from '#readers/json/outline.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { epochNanoseconds } from './instants.ts'

const SCHEMA = /"schema"\s*:\s*"drive-result\/(\d+)"/

const statistics = [
  ['meanNs', 'mean'],
  ['stdNs', 'std'],
  ['minNs', 'min'],
  ['p50Ns', 'p50'],
  ['p90Ns', 'p90'],
  ['p95Ns', 'p95'],
  ['p99Ns', 'p99'],
  ['maxNs', 'max'],
] as const

function addLatencies(builder: CellBuilder, cell: DriveCell, path: string): void {
  cell.latencies.forEach((latency, index) => {
    for (const [key, statistic] of statistics) {
      const value = latency[key]
      if (value === undefined) continue
      // The format holds the driver's words, which are the model's; a word of a later driver is only shown.
      const quantity = latency.quantity as LatencyQuantity
      const definition = latency.definition as LatencyDefinition
      builder.add(`${path}.latencies.${index}.${key}`, value, { as: 'latency', quantity, statistic, unit: 'ns', definition })
    }
  })
}

function addRates(builder: CellBuilder, cell: DriveCell, path: string): void {
  cell.rates.forEach(({ quantity, per, perSecond, window }, index) => {
    const key = `${path}.rates.${index}.perSecond`
    builder.add(key, perSecond, { as: 'rate', quantity: quantity as RateQuantity, statistic: 'mean', window: window as RateWindow, per })
  })
}

function addCounts(builder: CellBuilder, cell: DriveCell, path: string): void {
  builder.count('requested', cell.attempts, `${path}.attempts`)
  builder.count('completed', cell.completed, `${path}.completed`)
  builder.count('failed', cell.failed, `${path}.failed`)
  if (cell.tokens.input !== undefined) builder.count('input-tokens', cell.tokens.input, `${path}.tokens.input`)
  if (cell.tokens.output !== undefined) builder.count('output-tokens', cell.tokens.output, `${path}.tokens.output`)
  if (cell.good !== undefined) builder.count('good', cell.good.requests, `${path}.good.requests`)
}

function addFindings(builder: CellBuilder, { validity, marks }: DriveCell): void {
  for (const { text } of validity.reasons) {
    const isInvalid = validity.state === 'invalid'
    builder.finding({
      code: isInvalid ? 'run-invalid' : 'run-not-judged',
      severity: isInvalid ? 'error' : 'warning',
      text: `${isInvalid ? 'INVALID: ' : ''}${text}`,
    })
  }
  for (const { code, text } of marks)
    builder.finding({ code: code === 'gated-open-loop' ? 'gated-open-loop' : 'run-marked', severity: 'warning', text })
}

function addClient(builder: CellBuilder, { client }: DriveCell, path: string): void {
  for (const instrument of ['probe', 'loopWait'] as const) {
    const delays = client[instrument]
    if (delays === undefined) continue
    for (const [key, statistic] of [
      ['p50Ns', 'p50'],
      ['p99Ns', 'p99'],
    ] as const)
      builder.add(`${path}.client.${instrument}.${key}`, delays[key], { as: 'other', name: `client-${instrument}`, statistic, unit: 'ns' })
  }
}

function cellOf(cell: DriveCell, index: number, context: DriveResult['context']): CellBuilder {
  const builder = new CellBuilder()
  const path = `cells.${index}`
  const { arrivals } = cell
  if (arrivals.concurrency !== undefined) builder.concurrency = arrivals.concurrency
  if (arrivals.ratePerS !== undefined) builder.requestRate = arrivals.ratePerS
  builder.add(`${path}.startEpochNs`, '', { as: 'started', instant: epochNanoseconds(cell.startEpochNs) })
  if (cell.duration_effective_s !== undefined)
    builder.add(`${path}.duration_effective_s`, cell.duration_effective_s, { as: 'duration', unit: 's' })
  addLatencies(builder, cell, path)
  addRates(builder, cell, path)
  addCounts(builder, cell, path)
  addFindings(builder, cell)
  addClient(builder, cell, path)
  context.forEach(({ name, value }, place) => {
    builder.add(`context.${place}`, value, { as: 'context', name })
  })
  return builder
}

function parsed(document: unknown, name: string): DriveResult {
  const result = driveResultSchema.safeParse(document)
  if (result.success) return result.data
  const said = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new SextantError(
    'corrupt_file',
    `${name} is no whole drive-result/1: ${said.join('; ')}`,
    'Run `sextant drive` again, or copy the file again.',
    {
      issues: said,
    },
  )
}

export const driveResultReader: Reader = {
  kind: 'drive-result',
  title: 'sextant drive result (JSON)',
  spec: 'docs/formats/drive-request-1.md and docs/schemas/drive-result-1.json',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    return outline.kind === 'object' && outline.keys.has('schema') && SCHEMA.test(outline.text.slice(0, 4096))
      ? { title: 'sextant drive result' }
      : undefined
  },
  async read(source, options) {
    const { documents, losses } = readJsonDocuments(source, options)
    const [document] = documents
    const version = isObject(document) ? /^drive-result\/(\d+)$/.exec(String(document['schema']))?.[1] : undefined
    if (version !== undefined && version !== '1')
      throw new SextantError('newer_format', `${source.name} is drive-result/${version}; 1 is known`, 'Update Sextant.')
    const result = parsed(document, source.name)
    const builders = result.cells.map((cell, index) => cellOf(cell, index, result.context))
    const cells = finishCells(
      builders,
      result.cells.map(({ id }) => id),
    )
    const { tool } = result
    return benchCapture(
      'drive-result',
      tool.name,
      assembleResult({ tool: 'sextant-drive', form: 'json', toolVersion: tool.version, cells }),
      losses,
    )
  },
}
