/** One element of `data.result` from bytes: `{"metric":{…},"values":[[seconds,"text"],…]}`, without an object per sample. */
import type { SampledSeries } from '#model/series-source.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MINUS = 0x2d
const DOT = 0x2e

/** The bytes are not what the API promises; the caller says so with its own words. */
export class UnexpectedBytes extends Error {}

/** Powers of ten that a double holds exactly. */
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power)

const decoder = new TextDecoder()

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function skipSpace(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at]
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    cursor.at += 1
    byte = bytes[cursor.at]
  }
  return byte ?? -1
}

function expectByte(cursor: Cursor, wanted: number): void {
  if (skipSpace(cursor) !== wanted) throw new UnexpectedBytes(`wanted ${String.fromCharCode(wanted)} at byte ${cursor.at}`)
  cursor.at += 1
}

/** Index after the closing quote of a string that begins at the cursor. */
function stringEnd({ bytes }: Cursor, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1
    else if (bytes[at] === QUOTE) return at + 1
  }
  throw new UnexpectedBytes('a string does not end')
}

/** Moves past any value; its bytes. */
function valueBytes(cursor: Cursor): Uint8Array {
  skipSpace(cursor)
  const from = cursor.at
  let depth = 0
  while (cursor.at < cursor.bytes.length) {
    const byte = cursor.bytes[cursor.at] as number
    if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST)) break
    if (byte === QUOTE) cursor.at = stringEnd(cursor, cursor.at) - 1
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
    cursor.at += 1
  }
  return cursor.bytes.subarray(from, cursor.at)
}

/** Texts of Go's float formatting that Number does not read. */
const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
}

function slowNumber(bytes: Uint8Array, from: number, to: number): number {
  const text = decoder.decode(bytes.subarray(from, to))
  const value = words[text] ?? Number(text)
  if (text.trim() === '' || (Number.isNaN(value) && text !== 'NaN'))
    throw new UnexpectedBytes(`${JSON.stringify(text.slice(0, 40))} is no number`)
  return value
}

/**
 * The decimal number in bytes[from, to). Up to 15 digits are read here: digits and power of ten are then exact doubles and one division
 * rounds once, as the language does (Clinger's fast path). Everything else goes the slow way.
 */
export function decimalNumber(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const isNegative = bytes[at] === MINUS
  if (isNegative) at += 1
  let digits = 0
  let count = 0
  let decimals = -1
  for (; at < to; at += 1) {
    const byte = bytes[at] as number
    if (byte === DOT && decimals < 0) decimals = 0
    else if (byte >= 0x30 && byte <= 0x39) {
      digits = digits * 10 + (byte - 0x30)
      count += 1
      if (decimals >= 0) decimals += 1
    } else return slowNumber(bytes, from, to)
  }
  if (count === 0 || count > 15) return slowNumber(bytes, from, to)
  const value = decimals > 0 ? digits / (TENS[decimals] as number) : digits
  return isNegative ? -value : value
}

/** `[seconds,"text"]` at the cursor; milliseconds and value are left in `out`. */
function readPair(cursor: Cursor, out: Float64Array): void {
  const { bytes } = cursor
  expectByte(cursor, OPEN_LIST)
  skipSpace(cursor)
  const from = cursor.at
  while (cursor.at < bytes.length && bytes[cursor.at] !== COMMA) cursor.at += 1
  // Seconds with three decimals at most: a double of them is nearest to a whole millisecond.
  out[0] = Math.round(decimalNumber(bytes, from, cursor.at) * 1000)
  expectByte(cursor, COMMA)
  if (skipSpace(cursor) !== QUOTE) throw new UnexpectedBytes('a sample value is no string')
  const begin = cursor.at + 1
  cursor.at = begin
  while (cursor.at < bytes.length && bytes[cursor.at] !== QUOTE) cursor.at += 1
  out[1] = decimalNumber(bytes, begin, cursor.at)
  cursor.at += 1
  expectByte(cursor, CLOSE_LIST)
}

interface Columns {
  readonly timesMs: Float64Array
  readonly values: Float64Array
}

function grown(array: Float64Array): Float64Array {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}

/** Pairs of `[[t,"v"],…]`, those with fromMs < t <= toMs. */
function readPairs(cursor: Cursor, fromMs: number, toMs: number): Columns {
  expectByte(cursor, OPEN_LIST)
  // A pair has about 24 bytes.
  let timesMs: Float64Array = new Float64Array(Math.ceil((cursor.bytes.length - cursor.at) / 22) + 16)
  let values: Float64Array = new Float64Array(timesMs.length)
  const pair = new Float64Array(2)
  let length = 0
  if (skipSpace(cursor) === CLOSE_LIST) {
    cursor.at += 1
    return { timesMs: new Float64Array(0), values: new Float64Array(0) }
  }
  for (;;) {
    readPair(cursor, pair)
    const time = pair[0] as number
    if (time > fromMs && time <= toMs) {
      if (length === timesMs.length) {
        timesMs = grown(timesMs)
        values = grown(values)
      }
      timesMs[length] = time
      values[length] = pair[1] as number
      length += 1
    }
    const next = skipSpace(cursor)
    cursor.at += 1
    if (next === CLOSE_LIST) return { timesMs: timesMs.slice(0, length), values: values.slice(0, length) }
    if (next !== COMMA) throw new UnexpectedBytes('samples are not a list')
  }
}

function labelsOf(bytes: Uint8Array): Record<string, string> {
  const value: unknown = JSON.parse(decoder.decode(bytes))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnexpectedBytes('labels are no object')
  // Without a prototype: a label may be called __proto__.
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new UnexpectedBytes(`label ${name} is no string`)
    labels[name] = text
  }
  return labels
}

/** A whole label set, as /api/v1/series lists them. */
export function readLabels(bytes: Uint8Array): Record<string, string> {
  return labelsOf(bytes)
}

export interface ReadSeries extends SampledSeries {
  /** It holds native histograms, which are no numbers. */
  readonly hasHistograms: boolean
}

/** Throws `UnexpectedBytes` (or a SyntaxError of JSON). Keys may come in any order. */
export function readSeries(bytes: Uint8Array, fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY): ReadSeries {
  const cursor: Cursor = { bytes, at: 0 }
  let labels: Record<string, string> | undefined
  let columns: Columns = { timesMs: new Float64Array(0), values: new Float64Array(0) }
  let hasHistograms = false
  expectByte(cursor, OPEN_OBJECT)
  for (;;) {
    if (skipSpace(cursor) !== QUOTE) throw new UnexpectedBytes('a series has no key where one belongs')
    const end = stringEnd(cursor, cursor.at)
    const key = decoder.decode(bytes.subarray(cursor.at + 1, end - 1))
    cursor.at = end
    expectByte(cursor, COLON)
    if (key === 'metric') labels = labelsOf(valueBytes(cursor))
    else if (key === 'values') columns = readPairs(cursor, fromMs, toMs)
    else if (key === 'value') {
      const pair = new Float64Array(2)
      readPair(cursor, pair)
      columns = { timesMs: pair.slice(0, 1), values: pair.slice(1) }
    } else {
      hasHistograms ||= key === 'histograms' || key === 'histogram'
      valueBytes(cursor)
    }
    const next = skipSpace(cursor)
    cursor.at += 1
    if (next === CLOSE_OBJECT) break
    if (next !== COMMA) throw new UnexpectedBytes('a series is not an object')
  }
  if (labels === undefined) throw new UnexpectedBytes('a series has no labels')
  return { labels, ...columns, hasHistograms }
}
