/** Requests of AIPerf's `profile_export.jsonl`, line by line. */
import { Distribution } from '#model/distribution.ts'
import { KeyOrder } from '#readers/json/key-order.ts'
import { KeyTable } from '#readers/json/key-table.ts'
import { LineCursor, MalformedLine } from '#readers/json/line-cursor.ts'
import { NumberList } from '#readers/json/number-list.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { timeUnit } from './aiperf-tags.ts'
import { nsPer } from './cell-builder.ts'
import { type Epoch, EpochReader, isBefore, nanosecondsBetween } from './epoch.ts'
import { FlightWindow } from './flight-window.ts'
import { MetricShapes } from './metric-shapes.ts'

const topKeys = new KeyTable(['metadata', 'metrics', 'error'])
const metadataKeys = new KeyTable(['request_start_ns', 'request_end_ns', 'benchmark_phase', 'was_cancelled'])
const metricKeys = new KeyTable(['value', 'unit'])

export interface Tag {
  readonly name: string
  readonly unit: string
  /** To nanoseconds for a unit of time, else 1. */
  readonly scale: number
  readonly isTime: boolean
  readonly values: Distribution
}

/** One metric of one line: where its values begin and end among the line's. */
interface Segment {
  tag: Tag
  from: number
  to: number
  isList: boolean
}

/** Values of one line, kept until the line is known to count. */
class LineValues {
  readonly start = new EpochReader()
  readonly end = new EpochReader()
  isProfiling = true
  isCancelled = false
  isFailed = false
  readonly numbers = new NumberList()
  /** The first `count` of them: objects are used again line by line. */
  readonly segments: Segment[] = []
  count = 0

  reset(): void {
    this.start.clear()
    this.end.clear()
    this.isProfiling = true
    this.isCancelled = false
    this.isFailed = false
    this.numbers.length = 0
    this.count = 0
  }

  close(from: number, tag: Tag, isList: boolean): void {
    const segment = this.segments[this.count++]
    const to = this.numbers.length
    if (segment === undefined) {
      this.segments.push({ tag, from, to, isList })
      return
    }
    segment.tag = tag
    segment.from = from
    segment.to = to
    segment.isList = isList
  }
}

export class RequestLines {
  readonly losses = new LossCounter()
  readonly tags = new Map<string, Tag>()
  completed = 0
  failed = 0
  cancelled = 0
  outputTokens = 0
  /** Seconds of both are NaN until a request says. */
  readonly first = new EpochReader()
  readonly last = new EpochReader()
  readonly flight = new FlightWindow()
  /** What `flight` counts from: differences of epoch nanoseconds that a double holds. */
  flightOrigin: Epoch | undefined
  readonly #cursor = new LineCursor()
  readonly #line = new LineValues()
  readonly #topOrder = new KeyOrder(topKeys)
  readonly #metadataOrder = new KeyOrder(metadataKeys)
  readonly #shapes: MetricShapes<Tag> | undefined
  /** Raw bytes of tag and unit to the tag itself: no string is made for a name seen before. */
  readonly #units: string[] = []

  /** `learnsShapes`: false reads every line the long way; the result is the same. */
  constructor(learnsShapes = true) {
    this.#shapes = learnsShapes ? new MetricShapes() : undefined
  }

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
    let place = 0
    do {
      const key = this.#topOrder.read(cursor, place++)
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
    let place = 0
    do {
      const key = this.#metadataOrder.read(cursor, place++)
      if (key === 1) line.start.read(cursor)
      else if (key === 2) line.end.read(cursor)
      else if (key === 3 && cursor.peek() === 34) {
        cursor.skipValue()
        line.isProfiling = cursor.text() === 'profiling'
      } else if (key === 4) line.isCancelled = cursor.boolean()
      else cursor.skipValue()
    } while (cursor.more(125))
  }

  #metrics(): void {
    const cursor = this.#cursor
    if (!cursor.openObject()) return
    let place = 0
    do {
      if (!this.#known(place)) this.#unknown(place)
      place++
    } while (cursor.more(125))
  }

  /** False, and nothing read, where the metric does not stand in the bytes in which it stood at its place of an earlier line. */
  #known(place: number): boolean {
    const cursor = this.#cursor
    cursor.peek()
    const start = cursor.at
    const shape = this.#shapes?.at(place, cursor)
    if (shape === undefined) return false
    const first = this.#line.numbers.length
    const isList = this.#rawValues()
    if (cursor.passes(shape.tail)) {
      this.#line.close(first, shape.of, isList)
      return true
    }
    cursor.at = start
    this.#line.numbers.length = first
    return false
  }

  #unknown(place: number): void {
    const cursor = this.#cursor
    cursor.peek()
    const start = cursor.at
    cursor.key(topKeys)
    const name = cursor.text()
    if (cursor.peek() === 123) this.#metric(name, place, start)
    else cursor.skipValue()
  }

  /** The unit stands behind the value: values are taken raw and scaled once it is known. */
  #metric(name: string, place: number, start: number): void {
    const cursor = this.#cursor
    if (!cursor.openObject()) return
    let unit = ''
    const first = this.#line.numbers.length
    let isList = false
    let values = 0
    let from = 0
    let to = 0
    do {
      const key = cursor.key(metricKeys)
      if (key === 2 && cursor.peek() === 34) {
        cursor.skipValue()
        unit = this.#unit()
      } else if (key === 1) {
        cursor.peek()
        from = cursor.at
        isList = this.#rawValues()
        to = cursor.at
        values++
      } else cursor.skipValue()
    } while (cursor.more(125))
    const tag = this.#tag(name, unit)
    this.#line.close(first, tag, isList)
    if (values === 1) this.#shapes?.learn(place, cursor.bytes, start, from, to, cursor.at, tag)
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
      const time = timeUnit(unit)
      tag = {
        name,
        unit,
        scale: time === undefined ? 1 : nsPer[time],
        isTime: time !== undefined,
        values: new Distribution(undefined, () => this.#cursor.takeCounter()),
      }
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

  #fly({ start, end }: LineValues): void {
    if (Number.isNaN(start.seconds) || Number.isNaN(end.seconds)) return
    this.flightOrigin ??= start.copy()
    this.flight.add(nanosecondsBetween(this.flightOrigin, start), nanosecondsBetween(this.flightOrigin, end))
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
    this.#fly(line)
    const { values } = line.numbers
    for (let index = 0; index < line.count; index++) {
      const { tag, from, to, isList } = line.segments[index] as Segment // below its count
      // Gaps are differences of nanosecond stamps: whatever the unit, they are whole nanoseconds.
      tag.values.addScaled(values, from, to, tag.scale, isList && tag.isTime)
      if (tag.name === 'output_sequence_length' && to > from) this.outputTokens += values[from] as number
    }
    // Without a time nothing is before it.
    if (!isBefore(this.first, line.start) && !Number.isNaN(line.start.seconds)) this.first.set(line.start)
    if (!isBefore(line.end, this.last) && !Number.isNaN(line.end.seconds)) this.last.set(line.end)
  }
}
