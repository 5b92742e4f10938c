/** From one Markdown table to its readings: which value, of which point, means what. */
import type { Meaning } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import type { MarkdownTable } from './markdown-table.ts'
import { type Label, labelMeaning, labelsIn, PLAIN_THROUGHPUT, type ReportTool, splitLabel } from './report-label.ts'
import { statisticOf } from './statistics.ts'

export interface Reading {
  readonly concurrency: number
  /** Which row of equal concurrency, from 0; trials have their own number. */
  readonly repeat: number
  readonly trial: number | undefined
  /** Texts of the row's other columns: configuration, arm, dataset. */
  readonly context: readonly (readonly [name: string, value: string])[]
  readonly key: string
  readonly value: number
  readonly meaning: Meaning
  readonly isPlainThroughput: boolean
}

export interface TableReadings {
  readonly readings: readonly Reading[]
  readonly unknown: readonly string[]
}

const CONCURRENCY_LABEL =
  /^(?:(?:max(?:imum)?|request|client)[ _])?(?:concurrency|conc|concurrent (?:requests|users)|users|streams|c)(?:[ _]level)?$/i
const TRIAL_LABEL = /^(?:trial|run|repeat|rep|iteration)(?: #| no\.?| id)?$/i

/** `16`, `c16`, `c=16`, `concurrency 16`, `16 users`. */
function concurrencyOf(text: string): number | undefined {
  const match = /^(?:c|conc(?:urrency)?\.?)?\s*[=:]?\s*(\d{1,6})(?:\s*(?:users|streams|concurrent(?: requests)?))?$/i.exec(text.trim())
  const value = Number(match?.[1])
  return value > 0 ? value : undefined
}

/** The same with a word before the number: a bare number in a heading or a header is anything. */
function namedConcurrency(text: string): number | undefined {
  const match = /\b(?:c|conc(?:urrency)?|concurrent requests|users)\s*(?:[=:]|of|level)?\s*(\d{1,6})\b(?![.,]\d)/i.exec(text)
  const value = Number(match?.[1])
  return value > 0 ? value : undefined
}

const NUMBER =
  /^([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?)\s*(ms|µs|us|s|sec|seconds|tok(?:en)?s?\/s(?:ec)?|req\/s(?:ec)?)?$/i

interface Measured {
  readonly value: number
  readonly unit: string | undefined
}

/** `1,234.5`, `180 ms`; undefined for what is absent, rounded by hand (`~180`) or a spread (`180 ± 5`). */
function measured(cell: string): Measured | undefined {
  const match = NUMBER.exec(cell.trim())
  return match === null ? undefined : { value: Number((match[1] ?? '').replaceAll(',', '')), unit: match[2]?.toLowerCase() }
}

/** Texts that tell rows apart; `+3.2 %` and `OOM` under a metric do not. */
const isWords = (cell: string): boolean =>
  /[A-Za-z]{2}/.test(cell) && !cell.includes('%') && !isAbsent(cell) && measured(cell) === undefined
const METRIC_WORD = /ttft|itl|tpot|latency|throughput|tps|tok|req|error|fail|p\d\d|Δ|delta|change|diff/i

const isAbsent = (cell: string): boolean => /^(?:|-+|–|—|n\/?a|none|null|nan)$/i.test(cell.trim())

interface Place {
  readonly concurrency: number
  readonly repeat: number
  readonly trial: number | undefined
  readonly context: readonly (readonly [string, string])[]
}

class Collector {
  readonly readings: Reading[] = []
  readonly unknown = new Set<string>()
  readonly #tool: ReportTool
  readonly #unit: string | undefined

  constructor(tool: ReportTool, unit: string | undefined) {
    this.#tool = tool
    this.#unit = unit
  }

  /** One cell under one label; `statistic` where a column beside it says which. */
  add(place: Place, label: string, cell: string, column = ''): void {
    if (isAbsent(cell)) return
    const labels = labelsIn(label)
    const parts = labels.length > 1 ? cell.split('/') : [cell]
    for (const [index, each] of labels.entries()) {
      const figure = measured(parts[index] ?? '')
      const split = this.#complete(splitLabel(each), column, figure?.unit)
      const meaning = figure === undefined || parts.length !== labels.length ? undefined : labelMeaning(split, this.#tool)
      if (figure === undefined || meaning === undefined) {
        this.unknown.add(label)
        continue
      }
      const key = column === '' ? each : `${each}.${column}`
      this.readings.push({ ...place, key, value: figure.value, meaning, isPlainThroughput: PLAIN_THROUGHPUT.test(split.text) })
    }
  }

  #complete(label: Label, column: string, unit: string | undefined): Label {
    return {
      text: label.text,
      statistic: label.statistic ?? statisticOf(column),
      unit: label.unit ?? unit ?? (/throughput|tps|tok|req|error|fail|success|complet/.test(label.text) ? undefined : this.#unit),
    }
  }
}

/** A unit said once for all latencies: `all latencies in ms`. */
function unitAround({ headings, caption, header }: MarkdownTable): string | undefined {
  const said = /\b(?:latenc(?:y|ies)|times?|ttft|values?)\b[^.|]{0,30}?\bin (ms|milliseconds|s|seconds)\b/i.exec(
    [...headings, caption, header[0] ?? ''].join('. '),
  )?.[1]
  return said === undefined ? undefined : /^m/i.test(said) ? 'ms' : 's'
}

function byRow(table: MarkdownTable, at: number, collect: Collector): void {
  const seen = new Map<string, number>()
  const trialAt = table.header.findIndex((label) => TRIAL_LABEL.test(label))
  for (const row of table.rows) {
    const concurrency = concurrencyOf(row[at] ?? '')
    if (concurrency === undefined) continue
    const context = table.header.flatMap((label, index): (readonly [string, string])[] => {
      const cell = row[index] ?? ''
      const isText = index !== at && index !== trialAt && isWords(cell) && !METRIC_WORD.test(label)
      return isText && /^[A-Za-z][\w .-]*$/.test(label) ? [[contextName(label.replaceAll(' ', '_')) ?? label.toLowerCase(), cell]] : []
    })
    const name = JSON.stringify([concurrency, context])
    const repeat = seen.get(name) ?? 0
    seen.set(name, repeat + 1)
    const trial = measured(row[trialAt] ?? '')?.value
    const texts = new Set(context.map(([, value]) => value))
    for (const [index, label] of table.header.entries())
      if (index !== at && index !== trialAt && !texts.has(row[index] ?? ''))
        collect.add({ concurrency, repeat, trial, context }, label, row[index] ?? '')
  }
}

function byColumn(table: MarkdownTable, concurrencies: readonly (number | undefined)[], collect: Collector): void {
  for (const [label = '', ...cells] of table.rows)
    for (const [index, concurrency] of concurrencies.entries())
      if (concurrency !== undefined) collect.add({ concurrency, repeat: 0, trial: undefined, context: [] }, label, cells[index] ?? '')
}

function bySection(table: MarkdownTable, concurrency: number, collect: Collector): void {
  const place = { concurrency, repeat: 0, trial: undefined, context: [] }
  const columns = table.header.slice(1).map((word) => (statisticOf(word) === undefined ? '' : word))
  for (const [label = '', ...cells] of table.rows)
    for (const [index, cell] of cells.entries()) collect.add(place, label, cell, columns[index])
}

/** Readings of a table, and the labels with a number that were not understood. */
export function readingsOf(table: MarkdownTable, tool: ReportTool): TableReadings {
  const collect = new Collector(tool, unitAround(table))
  const rest = table.header.slice(1)
  const at = table.header.findIndex((label) => CONCURRENCY_LABEL.test(label.replace(/[()]/g, '')))
  const around = [table.caption, ...[...table.headings].reverse()]
  const named = rest.map((label) => namedConcurrency(label))
  const isOfColumns = rest.length > 0 && named.every((value) => value !== undefined)
  const isNumbered =
    rest.length > 1 && rest.every((label) => /^\d+$/.test(label)) && /\bconc|\\/i.test([table.header[0], ...around].join(' '))
  const section = around.map(namedConcurrency).find((value) => value !== undefined)
  const isMetricTable = /^(?:metric|statistic|measure|name)?$/i.test(table.header[0] ?? '')
  if (isOfColumns) byColumn(table, named, collect)
  else if (isNumbered) byColumn(table, rest.map(concurrencyOf), collect)
  else if (at >= 0) byRow(table, at, collect)
  else if (section !== undefined && isMetricTable && isSectionTable(rest)) bySection(table, section, collect)
  return { readings: collect.readings, unknown: [...collect.unknown].sort() }
}

/** `Metric | Value` or `Metric | p50 | p99`: with `Baseline | Current` it would be two arms under one label. */
function isSectionTable(rest: readonly string[]): boolean {
  const isValue = rest.length === 1 && /^(?:value|result|measured)$/i.test(rest[0] ?? '')
  return isValue || (rest.length > 0 && rest.every((label) => statisticOf(label) !== undefined))
}
