/** Requests of `drive_load`, line by line. */
import { powersOfTen } from '#base/powers-of-ten.ts'
import type { ContextField } from '#model/bench-result.ts'
import { KeyOrder } from '#readers/json/key-order.ts'
import { KeyTable } from '#readers/json/key-table.ts'
import { LineCursor, MalformedLine } from '#readers/json/line-cursor.ts'
import { LineShape } from '#readers/json/line-shape.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { contextName } from './context-names.ts'
import { FlightWindow } from './flight-window.ts'
import { anyInstant } from './instants.ts'
import { RequestStatistics } from './request-statistics.ts'

const keys = new KeyTable(['started_at', 'duration_s', 'http_status', 'prompt_tokens', 'completion_tokens', 'error', 'ttft_s'])

const isDigit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57

/** Numbers of the keys above; 0 is any other. */
const OTHER = 0
const START = 1
const DURATION = 2
const STATUS = 3
const PROMPT = 4
const COMPLETION = 5
const ERROR = 6
const TTFT = 7

/** Context fields of a line; more are not looked at. */
const MOST_FIELDS = 32

export class LoadLines {
  readonly losses = new LossCounter()
  readonly statistics = new RequestStatistics()
  readonly #ttft = this.statistics.series('ttft', 'first-event-unknown', 'ttft_s', 's')
  readonly #e2el = this.statistics.series('e2el', 'until-end-stamp', 'duration_s', 's')
  readonly #cursor = new LineCursor()
  readonly #order = new KeyOrder(keys)
  readonly #shape: LineShape | undefined
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

  /** `learnsShapes`: false reads every line the long way; the result is the same. */
  constructor(learnsShapes = true) {
    this.#shape = learnsShapes ? new LineShape() : undefined
  }

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
    const { at } = this.#cursor
    if (!this.#known()) {
      this.#cursor.at = at
      this.#unknown(at)
    }
  }

  /** False where the line is not the last one that was read the long way, but for its numbers. */
  #known(): boolean {
    const cursor = this.#cursor
    const shape = this.#shape
    if (shape === undefined) return false
    const { kinds } = shape
    let startNs = Number.NaN
    let seconds = Number.NaN
    let prompt = 0
    let completion = Number.NaN
    let ttft = Number.NaN
    for (let index = 0; index < kinds.length; index++) {
      if (!shape.leadsTo(index, cursor)) return false
      const key = kinds[index]
      if (key === START) startNs = this.#start()
      else if (key === DURATION) seconds = cursor.number()
      else if (key === PROMPT) prompt = cursor.number()
      else if (key === COMPLETION) completion = cursor.number()
      else if (key === TTFT) ttft = cursor.number()
      else cursor.skipValue()
    }
    if (!shape.leadsTo(kinds.length, cursor) || Number.isNaN(seconds)) return false
    this.#complete(startNs, seconds, prompt, completion, ttft)
    return true
  }

  #unknown(lineAt: number): void {
    const cursor = this.#cursor
    let startNs = Number.NaN
    let seconds = Number.NaN
    let status = Number.NaN
    let prompt = 0
    let completion = Number.NaN
    let ttft = Number.NaN
    let hasError = false
    this.#nextField = 0
    this.#shape?.forget()
    let place = 0
    if (cursor.openObject()) {
      do {
        const key = this.#order.read(cursor, place++)
        const { at } = cursor
        if (key === START) startNs = this.#start()
        else if (key === DURATION) seconds = cursor.number()
        else if (key === STATUS) status = cursor.number()
        else if (key === PROMPT) prompt = cursor.number()
        else if (key === COMPLETION) completion = cursor.number()
        else if (key === ERROR) hasError = this.#error()
        else if (key === TTFT) ttft = cursor.number()
        // A field that is known to change needs no look; one that is not yet must be looked at, so that its bytes belong to the shape.
        const isChanging = key === OTHER ? this.#field() : key !== STATUS && key !== ERROR
        if (isChanging) this.#shape?.note(key, at, cursor.at)
      } while (cursor.more(125))
    }
    if (hasError || (!Number.isNaN(status) && (status < 200 || status >= 300)) || Number.isNaN(seconds)) {
      this.failed++
      return
    }
    this.#complete(startNs, seconds, prompt, completion, ttft)
    this.#shape?.learn(cursor.bytes, lineAt, cursor.at)
  }

  #complete(startNs: number, seconds: number, prompt: number, completion: number, ttft: number): void {
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
      nanoseconds *= powersOfTen[Math.max(0, point + 10 - at)] as number
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

  /**
   * Fields come in the same order line by line: the one after the last is looked at first, and no text is made of what is known.
   * True for one that is known to change.
   */
  #field(): boolean {
    const cursor = this.#cursor
    const { bytes, from, to } = cursor
    const first = cursor.peek()
    const valueAt = cursor.at
    cursor.skipValue()
    if (first === 123 || first === 91 || first === 110) return false
    let index = this.#nextField
    if (!isSame(this.#fields[index]?.name, bytes, from, to)) index = this.#fields.findIndex(({ name }) => isSame(name, bytes, from, to))
    const field = this.#fields[index]
    if (field !== undefined) {
      this.#nextField = index + 1
      if (!field.varies && !isSame(field.value, bytes, valueAt, cursor.at)) field.varies = true
      return field.varies
    }
    if (this.#fields.length < MOST_FIELDS) {
      const varies = this.completed + this.failed > 0
      this.#fields.push({ name: Buffer.from(bytes.subarray(from, to)), value: Buffer.from(bytes.subarray(valueAt, cursor.at)), varies })
    }
    return false
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
