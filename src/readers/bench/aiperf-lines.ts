/**
 * AIPerf's `profile_export.jsonl`: one request a line. Epoch nanoseconds stay decimal text (trap F14: a double rounds them to 256 ns);
 * warm-up and cancelled requests are left out and counted; failed ones are counted. Read byte by byte, in bounded memory.
 */
import type { Loss } from '#model/capture.ts'
import { APPROXIMATE_RATIO, Distribution } from '#model/distribution.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { KeyTable, LineCursor, MalformedLine, NumberList } from '#readers/json/line-cursor.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { tagMeaning, timeUnit } from './aiperf-tags.ts'
import { CellBuilder, nsPer } from './cell-builder.ts'
import { FlightWindow } from './flight-window.ts'
import { epochNanoseconds } from './instants.ts'

const topKeys = new KeyTable(['metadata', 'metrics', 'error'])
const metadataKeys = new KeyTable(['request_start_ns', 'request_end_ns', 'benchmark_phase', 'was_cancelled'])
const metricKeys = new KeyTable(['value', 'unit'])

interface Tag {
  readonly name: string
  readonly unit: string
  readonly values: Distribution
}

/** One metric of one line: where its values begin and end among the line's. */
interface Segment {
  tag: Tag
  from: number
  to: number
  scale: number
  isRounded: boolean
}

/** Values of one line, kept until the line is known to count. */
class LineValues {
  startNs = ''
  endNs = ''
  isProfiling = true
  isCancelled = false
  isFailed = false
  readonly numbers = new NumberList()
  readonly segments: Segment[] = []

  reset(): void {
    this.startNs = ''
    this.endNs = ''
    this.isProfiling = true
    this.isCancelled = false
    this.isFailed = false
    this.numbers.length = 0
    this.segments.length = 0
  }

  /** Gaps are differences of nanosecond stamps: whatever the unit, they are whole nanoseconds. */
  close(from: number, tag: Tag, isList: boolean): void {
    const time = timeUnit(tag.unit)
    const scale = time === undefined ? 1 : nsPer[time]
    this.segments.push({ tag, from, to: this.numbers.length, scale, isRounded: isList && time !== undefined })
  }
}

class RequestLines {
  readonly losses = new LossCounter()
  readonly tags = new Map<string, Tag>()
  completed = 0
  failed = 0
  cancelled = 0
  outputTokens = 0
  firstNs = ''
  lastNs = ''
  readonly flight = new FlightWindow()
  /** What `flight` counts from: differences of epoch nanoseconds that a double holds. */
  flightOriginNs: bigint | undefined
  readonly #cursor = new LineCursor()
  readonly #line = new LineValues()
  /** Raw bytes of tag and unit to the tag itself: no string is made for a name seen before. */
  readonly #units: string[] = []

  line(bytes: Buffer, from: number, to: number): void {
    const cursor = this.#cursor
    cursor.start(bytes, from, to)
    this.#line.reset()
    try {
      if (cursor.peek() === -1) return
      this.#request()
    } catch (error) {
      if (!(error instanceof MalformedLine)) throw error
      this.losses.add('malformed-lines', 1, 'lines that are no JSON object')
      return
    }
    this.#commit()
  }

  #request(): void {
    const cursor = this.#cursor
    if (!cursor.openObject()) return
    do {
      const key = cursor.key(topKeys)
      if (key === 1 && cursor.peek() === 123) this.#metadata()
      else if (key === 2 && cursor.peek() === 123) this.#metrics()
      else if (key === 3) {
        this.#line.isFailed = !cursor.isNull()
        cursor.skipValue()
      } else cursor.skipValue()
    } while (cursor.more(125))
  }

  #metadata(): void {
    const cursor = this.#cursor
    const line = this.#line
    if (!cursor.openObject()) return
    do {
      const key = cursor.key(metadataKeys)
      if (key === 1) line.startNs = this.#epoch()
      else if (key === 2) line.endNs = this.#epoch()
      else if (key === 3 && cursor.peek() === 34) {
        cursor.skipValue()
        line.isProfiling = cursor.text() === 'profiling'
      } else if (key === 4) line.isCancelled = cursor.boolean()
      else cursor.skipValue()
    } while (cursor.more(125))
  }

  /** A decimal integer as text; '' for anything else. */
  #epoch(): string {
    const cursor = this.#cursor
    cursor.peek()
    cursor.skipValue()
    const text = cursor.to - cursor.from <= 20 ? cursor.text() : ''
    return /^\d{1,19}$/.test(text) ? text : ''
  }

  #metrics(): void {
    const cursor = this.#cursor
    if (!cursor.openObject()) return
    do {
      cursor.key(topKeys)
      const name = cursor.text()
      if (cursor.peek() === 123) this.#metric(name)
      else cursor.skipValue()
    } while (cursor.more(125))
  }

  /** The unit stands behind the value: values are taken raw and scaled once it is known. */
  #metric(name: string): void {
    const cursor = this.#cursor
    if (!cursor.openObject()) return
    let unit = ''
    const first = this.#line.numbers.length
    let isList = false
    do {
      const key = cursor.key(metricKeys)
      if (key === 2 && cursor.peek() === 34) {
        cursor.skipValue()
        unit = this.#unit()
      } else if (key === 1) isList = this.#rawValues()
      else cursor.skipValue()
    } while (cursor.more(125))
    this.#line.close(first, this.#tag(name, unit), isList)
  }

  #unit(): string {
    const text = this.#cursor.text()
    const known = this.#units.indexOf(text)
    if (known >= 0) return this.#units[known] as string
    if (this.#units.length < 64) this.#units.push(text)
    return text
  }

  #tag(name: string, unit: string): Tag {
    const known = this.tags.get(name)
    if (known !== undefined && known.unit === unit) return known
    const key = known === undefined ? name : `${name} (${unit})`
    let tag = this.tags.get(key)
    if (tag === undefined) {
      tag = { name, unit, values: new Distribution() }
      this.tags.set(key, tag)
    }
    return tag
  }

  /** True for a list. */
  #rawValues(): boolean {
    const cursor = this.#cursor
    const { numbers } = this.#line
    if (cursor.peek() === 91) {
      cursor.at++
      cursor.roughList(numbers)
      return true
    }
    const value = cursor.number()
    if (!Number.isNaN(value)) numbers.add(value)
    return false
  }

  #fly(startNs: string, endNs: string): void {
    if (startNs === '' || endNs === '') return
    const start = BigInt(startNs)
    this.flightOriginNs ??= start
    this.flight.add(Number(start - this.flightOriginNs), Number(BigInt(endNs) - this.flightOriginNs))
  }

  #commit(): void {
    const line = this.#line
    if (!line.isProfiling) {
      this.losses.add('requests-of-other-phases', 1, 'requests of other phases than profiling (warm-up): not measured')
      return
    }
    if (line.isCancelled) {
      this.cancelled++
      return
    }
    if (line.isFailed) {
      this.failed++
      return
    }
    this.completed++
    this.#fly(line.startNs, line.endNs)
    const { values } = line.numbers
    for (const { tag, from, to, scale, isRounded } of line.segments) {
      const distribution = tag.values
      for (let index = from; index < to; index++) {
        const value = (values[index] as number) * scale
        distribution.add(isRounded ? Math.round(value) : value)
      }
      if (tag.name === 'output_sequence_length' && to > from) this.outputTokens += values[from] as number
    }
    if (line.startNs !== '' && (this.firstNs === '' || isBefore(line.startNs, this.firstNs))) this.firstNs = line.startNs
    if (line.endNs !== '' && (this.lastNs === '' || isBefore(this.lastNs, line.endNs))) this.lastNs = line.endNs
  }
}

/** Decimal integers without leading zeros. */
function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length
}

export interface AiperfLines {
  readonly cell: CellBuilder
  readonly losses: readonly Loss[]
}

export function readAiperfLines(source: Source, options: ReadOptions): AiperfLines {
  const lines = new RequestLines()
  eachLine(source, options, (bytes, from, to) => lines.line(bytes, from, to))
  const cell = new CellBuilder()
  cell.count('completed', lines.completed, 'lines', 'recomputed')
  cell.count('failed', lines.failed, 'error', 'recomputed')
  cell.count('cancelled', lines.cancelled, 'metadata.was_cancelled', 'recomputed')
  if (lines.cancelled > 0)
    cell.finding({
      code: 'cancelled-requests-excluded',
      severity: 'info',
      text: `${lines.cancelled} cancelled requests are in no statistic`,
    })
  if (lines.firstNs !== '')
    cell.add('metadata.request_start_ns', lines.firstNs, { as: 'started', instant: epochNanoseconds(lines.firstNs) })
  if (lines.lastNs !== '') cell.add('metadata.request_end_ns', lines.lastNs, { as: 'ended', instant: epochNanoseconds(lines.lastNs) })
  for (const tag of lines.tags.values()) addTag(cell, tag)
  addWindow(cell, lines)
  const steady = lines.flight.steady()
  const originNs = lines.flightOriginNs
  if (steady !== undefined && originNs !== undefined) {
    const instant = (ns: number) => epochNanoseconds(String(originNs + BigInt(Math.round(ns))))
    cell.steady = { startedAt: instant(steady.start), endedAt: instant(steady.end) }
  }
  return { cell, losses: lines.losses.list() }
}

function addTag(cell: CellBuilder, { name, unit, values }: Tag): void {
  for (const [statistic, value] of values.statistics()) {
    const meaning = tagMeaning(name, statistic, unit)
    const key = `metrics.${name}`
    if (meaning.as === 'latency') {
      const { quantity, definition } = meaning
      cell.recomputed({ quantity, definition, statistic, valueNs: value, n: values.count, key, unit })
    } else cell.add(key, value, meaning)
  }
  if (values.isApproximate) {
    cell.finding({
      code: 'approximate-percentiles',
      severity: 'info',
      text: `percentiles of ${name} over ${values.count} values are exact to ${(APPROXIMATE_RATIO * 100).toFixed(3)} %`,
    })
  }
}

/** AIPerf's own window: first request to last response. */
function addWindow(cell: CellBuilder, lines: RequestLines): void {
  if (lines.firstNs === '' || lines.lastNs === '' || lines.completed === 0) return
  const windowNs = Number(BigInt(lines.lastNs) - BigInt(lines.firstNs))
  if (windowNs <= 0) return
  cell.durationNs = windowNs
  const key = 'metadata.request_start_ns'
  const window = 'first-request-to-last-response' as const
  cell.rate({ quantity: 'requests', statistic: 'mean', perSecond: (lines.completed / windowNs) * 1e9, window, key })
  if (lines.outputTokens === 0) return
  cell.count('output-tokens', lines.outputTokens, 'metrics.output_sequence_length', 'recomputed')
  cell.rate({ quantity: 'output-tokens', statistic: 'mean', perSecond: (lines.outputTokens / windowNs) * 1e9, window, key })
}
