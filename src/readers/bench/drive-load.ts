/**
 * `drive_load` JSON lines (`bench-c<NNN>/raw/load.jsonl`): one request a line. facts/bench-results.md section 7.
 * Duration is from the first start to the last end of requests that succeeded; the tool records no gap between tokens.
 * Every other field of a line that never changes is context and carried (trap F22).
 */
import type { ContextField } from '#model/bench-result.ts'
import type { Reader, ReadOptions, Source } from '#model/reader.ts'
import { KeyOrder } from '#readers/json/key-order.ts'
import { KeyTable } from '#readers/json/key-table.ts'
import { LineCursor, MalformedLine } from '#readers/json/line-cursor.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { hasKeys, outlineOf } from '#readers/json/outline.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { contextName } from './context-names.ts'
import { FlightWindow } from './flight-window.ts'
import { anyInstant, epochNanoseconds } from './instants.ts'
import { RequestStatistics } from './request-statistics.ts'

const keys = new KeyTable(['started_at', 'duration_s', 'http_status', 'prompt_tokens', 'completion_tokens', 'error', 'ttft_s'])

const isDigit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57

/** By the digits that a fraction of a second has fewer than nine. */
const powers = Array.from({ length: 10 }, (_, index) => 10 ** index)

/** Context fields of a line; more are not looked at. */
const MOST_FIELDS = 32

class LoadLines {
  readonly losses = new LossCounter()
  readonly statistics = new RequestStatistics()
  readonly #ttft = this.statistics.series('ttft', 'first-event-unknown', 'ttft_s', 's')
  readonly #e2el = this.statistics.series('e2el', 'until-end-stamp', 'duration_s', 's')
  readonly #cursor = new LineCursor()
  readonly #order = new KeyOrder(keys)
  readonly #fields: Field[] = []
  #nextField = 0
  readonly flight = new FlightWindow()
  completed = 0
  failed = 0
  promptTokens = 0
  completionTokens = 0
  firstNs = Number.POSITIVE_INFINITY
  lastNs = Number.NEGATIVE_INFINITY
  /** Whole seconds that the two above are relative to: doubles hold nanoseconds from there. */
  originSeconds: number | undefined
  withoutZone = false

  line(bytes: Buffer, from: number, to: number): void {
    const cursor = this.#cursor
    cursor.start(bytes, from, to)
    try {
      if (cursor.peek() !== -1) this.#request()
    } catch (error) {
      if (!(error instanceof MalformedLine)) throw error
      this.losses.add('malformed-lines', 1, 'lines that are no JSON object')
    }
  }

  #request(): void {
    const cursor = this.#cursor
    let startNs = Number.NaN
    let seconds = Number.NaN
    let status = Number.NaN
    let prompt = 0
    let completion = Number.NaN
    let ttft = Number.NaN
    let hasError = false
    this.#nextField = 0
    let place = 0
    if (cursor.openObject()) {
      do {
        const key = this.#order.read(cursor, place++)
        if (key === 1) startNs = this.#start()
        else if (key === 2) seconds = cursor.number()
        else if (key === 3) status = cursor.number()
        else if (key === 4) prompt = cursor.number()
        else if (key === 5) completion = cursor.number()
        else if (key === 6) hasError = this.#error()
        else if (key === 7) ttft = cursor.number()
        else this.#field()
      } while (cursor.more(125))
    }
    if (hasError || (!Number.isNaN(status) && (status < 200 || status >= 300)) || Number.isNaN(seconds)) {
      this.failed++
      return
    }
    this.completed++
    this.#e2el.add(seconds * 1e9)
    if (ttft > 0) this.#ttft.add(ttft * 1e9)
    if (!Number.isNaN(prompt)) this.promptTokens += prompt
    if (!Number.isNaN(completion)) this.completionTokens += completion
    if (Number.isNaN(startNs)) return
    if (startNs < this.firstNs) this.firstNs = startNs
    const endNs = startNs + seconds * 1e9
    if (endNs > this.lastNs) this.lastNs = endNs
    this.flight.add(startNs, endNs)
  }

  /** Nanoseconds after the origin. */
  #start(): number {
    const cursor = this.#cursor
    if (cursor.peek() === 34) {
      cursor.skipValue()
      return this.#textStart(cursor.text())
    }
    const exact = this.#secondsInPlace()
    if (exact !== undefined) return exact
    const value = cursor.number()
    if (!Number.isFinite(value)) return Number.NaN
    this.originSeconds ??= Math.floor(value)
    return (value - this.originSeconds) * 1e9
  }

  /** `1771063000.012500`: seconds and nanoseconds apart, exact where a double of the whole is not. Undefined, and nothing read, for any other shape. */
  #secondsInPlace(): number | undefined {
    const cursor = this.#cursor
    const { bytes, end } = cursor
    let at = cursor.at
    let seconds = 0
    for (; at < end && isDigit(bytes[at]); at++) seconds = seconds * 10 + ((bytes[at] as number) - 48)
    if (at === cursor.at || at - cursor.at > 11) return undefined
    let nanoseconds = 0
    if (at < end && bytes[at] === 46) {
      const point = at
      // Beyond the ninth digit nothing counts.
      for (at++; at < end && isDigit(bytes[at]); at++)
        if (at <= point + 9) nanoseconds = (Math.imul(nanoseconds, 10) + (bytes[at] as number) - 48) | 0
      nanoseconds *= powers[Math.max(0, point + 10 - at)] as number
    }
    const next = at < end ? bytes[at] : 44
    if (next !== 44 && next !== 125 && next !== 32 && next !== 13) return undefined
    cursor.at = at
    this.originSeconds ??= seconds
    return (seconds - this.originSeconds) * 1e9 + nanoseconds
  }

  #textStart(text: string): number {
    const instant = anyInstant(text)
    if (instant === undefined) return Number.NaN
    if (instant.epochNs === undefined) this.withoutZone = true
    // Without a zone differences still hold: read as if it were UTC, and never joined.
    const epochNs = instant.epochNs ?? anyInstant(`${text}Z`)?.epochNs
    if (epochNs === undefined) return Number.NaN
    const nanoseconds = BigInt(epochNs)
    this.originSeconds ??= Number(nanoseconds / 1_000_000_000n)
    return Number(nanoseconds - BigInt(this.originSeconds) * 1_000_000_000n)
  }

  /** `null`, `""` and `false` are no error. */
  #error(): boolean {
    const cursor = this.#cursor
    const first = cursor.peek()
    cursor.skipValue()
    if (first === 110 || first === 102) return false
    return first !== 34 || cursor.to > cursor.from
  }

  /** Fields come in the same order line by line: the one after the last is looked at first, and no text is made of what is known. */
  #field(): void {
    const cursor = this.#cursor
    const { bytes, from, to } = cursor
    const first = cursor.peek()
    const valueAt = cursor.at
    cursor.skipValue()
    if (first === 123 || first === 91 || first === 110) return
    let index = this.#nextField
    if (!isSame(this.#fields[index]?.name, bytes, from, to)) index = this.#fields.findIndex(({ name }) => isSame(name, bytes, from, to))
    const field = this.#fields[index]
    if (field !== undefined) {
      this.#nextField = index + 1
      if (!field.varies && !isSame(field.value, bytes, valueAt, cursor.at)) field.varies = true
    } else if (this.#fields.length < MOST_FIELDS) {
      const varies = this.completed + this.failed > 0
      this.#fields.push({ name: Buffer.from(bytes.subarray(from, to)), value: Buffer.from(bytes.subarray(valueAt, cursor.at)), varies })
    }
  }

  context(): ContextField[] {
    return this.#fields.flatMap(({ name, value: text, varies }) => {
      if (varies) return []
      const key = name.toString('utf8')
      const value = scalarOf(text.toString('utf8'))
      return value === undefined || value === '' ? [] : [{ name: contextName(key) ?? key, value, key }]
    })
  }
}

/** Undefined where it is none, or no JSON: lines are walked, and only what is used is read as a value. */
function scalarOf(text: string): string | number | boolean | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

interface Field {
  readonly name: Buffer
  readonly value: Buffer
  varies: boolean
}

function isSame(known: Buffer | undefined, bytes: Buffer, from: number, to: number): boolean {
  if (known === undefined || known.length !== to - from) return false
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false
  return true
}

function addTimes(cell: CellBuilder, lines: LoadLines): void {
  const { originSeconds, firstNs, lastNs } = lines
  const windowNs = lastNs - firstNs
  if (originSeconds === undefined || !(windowNs > 0)) return
  cell.durationNs = Math.round(windowNs)
  const isEpoch = originSeconds > 1e8 && !lines.withoutZone
  if (isEpoch) {
    const epoch = (ns: number) => epochNanoseconds(String(BigInt(originSeconds) * 1_000_000_000n + BigInt(Math.round(ns))))
    cell.add('started_at', '', { as: 'started', instant: epoch(firstNs) })
    cell.add('started_at + duration_s', '', { as: 'ended', instant: epoch(lastNs) })
    const steady = lines.flight.steady()
    if (steady !== undefined) cell.steady = { startedAt: epoch(steady.start), endedAt: epoch(steady.end) }
  } else if (lines.withoutZone)
    cell.finding({ code: 'time-without-zone', severity: 'info', text: 'started_at names no zone: this result is not joined by time' })
  const perSecond = (count: number) => (count / windowNs) * 1e9
  const window = 'first-request-to-last-response' as const
  cell.rate({ quantity: 'requests', statistic: 'mean', perSecond: perSecond(lines.completed), window, key: 'started_at' })
  cell.rate({
    quantity: 'output-tokens',
    statistic: 'mean',
    perSecond: perSecond(lines.completionTokens),
    window,
    key: 'completion_tokens',
  })
  const total = lines.completionTokens + lines.promptTokens
  cell.rate({ quantity: 'total-tokens', statistic: 'mean', perSecond: perSecond(total), window, key: 'completion_tokens' })
}

function readLines(source: Source, options: ReadOptions) {
  const lines = new LoadLines()
  eachLine(source, options, (bytes, from, to) => lines.line(bytes, from, to))
  const cell = new CellBuilder()
  cell.count('completed', lines.completed, 'lines', 'recomputed')
  cell.count('failed', lines.failed, 'http_status', 'recomputed')
  cell.count('input-tokens', lines.promptTokens, 'prompt_tokens', 'recomputed')
  cell.count('output-tokens', lines.completionTokens, 'completion_tokens', 'recomputed')
  lines.statistics.addTo(cell)
  addTimes(cell, lines)
  for (const { name, value, key } of lines.context()) {
    if (name === 'concurrency') cell.add(key, value, { as: 'concurrency' })
    else cell.add(key, value, { as: 'context', name })
  }
  // The bundle's folder carries the concurrency: bench-c016/raw/load.jsonl.
  const folder = /bench-c(\d+)[\\/]/.exec(source.path)?.[1]
  if (cell.concurrency === undefined && folder !== undefined) cell.add('folder name', Number(folder), { as: 'concurrency' })
  const result = assembleResult({ tool: 'drive-load', form: 'jsonl', cells: finishCells([cell]) })
  return benchCapture('drive-load', 'drive_load', result, lines.losses.list())
}

export const driveLoadReader: Reader = {
  kind: 'drive-load',
  title: 'drive_load requests (JSON lines)',
  spec: 'facts/bench-results.md section 7',
  version: 2,
  detect(probe) {
    const outline = outlineOf(probe)
    const isLoad = outline.kind === 'object' && hasKeys(outline, 'started_at', 'duration_s', 'http_status')
    return isLoad ? { title: 'drive_load requests' } : undefined
  },
  read: async (source, options) => readLines(source, options),
}
