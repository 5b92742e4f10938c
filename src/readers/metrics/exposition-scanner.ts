/**
 * Prometheus text exposition 0.0.4 / 1.0 and OpenMetrics 1.0, line by line from bytes.
 * https://prometheus.io/docs/instrumenting/exposition_formats/, https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 * Kept: names, labels as written, values, timestamps, TYPE, HELP, UNIT. Exemplars are counted. Native histograms (protobuf) are another format.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import { powersOfTen } from '#base/powers-of-ten.ts'
import type { MetricFamily, MetricSamples } from '#model/metric-samples.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { ByteTexts, FNV_PRIME, FNV_START, hashOf } from './byte-texts.ts'
import { LabelScanner } from './label-scanner.ts'

const SPACE = 32
const TAB = 9
const OPEN = 123
const HASH = 35

interface MutableFamily {
  name: string
  type?: string
  help?: string
  unit?: string
}

export class ExpositionScanner {
  readonly losses = new LossCounter()
  readonly #names = new ByteTexts()
  readonly #labels = new LabelScanner()
  /** By name: the one that came behind it. */
  readonly #following: number[] = []
  #last = 0
  #likely = -1
  #hash = 0
  readonly #families = new Map<string, MutableFamily>()
  #name = new Uint32Array(1024)
  #label = new Uint32Array(1024)
  #value = new Float64Array(1024)
  #time: Float64Array | undefined
  #originMs: number | undefined
  #length = 0
  #exemplars = 0
  #isOpenMetrics = false
  #at = 0

  line(bytes: Buffer, from: number, to: number): void {
    let end = to
    if (end > from && bytes[end - 1] === 13) end--
    let at = from
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    if (at === end) return
    if (bytes[at] === HASH) this.#comment(bytes.toString('utf8', at, Math.min(end, at + 4096)))
    else if (!this.#sample(bytes, at, end)) this.losses.add('unparsed-lines', 1, 'lines that are neither samples nor comments')
  }

  finish(): MetricSamples {
    // `# EOF` ends OpenMetrics; `# UNIT` exists only there.
    return {
      dialect: this.#isOpenMetrics ? 'openmetrics' : 'prometheus',
      families: [...this.#families.values()] as MetricFamily[],
      names: this.#names.all(),
      labelTexts: this.#labels.texts,
      labelPairs: this.#labels.pairs(),
      length: this.#length,
      name: this.#name.slice(0, this.#length),
      labels: this.#label.slice(0, this.#length),
      value: this.#value.slice(0, this.#length),
      ...this.#times(),
      exemplars: this.#exemplars,
    }
  }

  /** OpenMetrics writes seconds, the older format milliseconds. */
  #times(): { readonly timeNs?: Float64Array; readonly originNs?: string } {
    const time = this.#time
    if (time === undefined || this.#originMs === undefined) return {}
    const originMs = this.#isOpenMetrics ? this.#originMs * 1000 : this.#originMs
    const scale = this.#isOpenMetrics ? 1e9 : 1e6
    const timeNs = time.slice(0, this.#length)
    for (let row = 0; row < timeNs.length; row++) timeNs[row] = Math.round((timeNs[row] as number) * scale)
    return { timeNs, originNs: String(BigInt(Math.round(originMs)) * 1_000_000n) }
  }

  #family(name: string): MutableFamily {
    let family = this.#families.get(name)
    if (family === undefined) {
      family = { name }
      this.#families.set(name, family)
    }
    return family
  }

  #comment(text: string): void {
    const match = /^#\s*(HELP|TYPE|UNIT|EOF)\b[ \t]*(?:"((?:[^"\\]|\\.)*)"|(\S+))?[ \t]*(.*)$/.exec(text)
    if (match === null) return
    const [, kind, quoted, plain, rest = ''] = match
    if (kind === 'EOF' || kind === 'UNIT') this.#isOpenMetrics = true
    const name = quoted ?? plain
    if (name === undefined || kind === 'EOF') return
    if (kind === 'TYPE') this.#family(name).type = rest.trim().toLowerCase()
    else if (kind === 'HELP') this.#family(name).help = rest.replace(/\\(n|\\)/g, (_, char: string) => (char === 'n' ? '\n' : '\\'))
    else this.#family(name).unit = rest.trim()
  }

  #sample(bytes: Buffer, from: number, end: number): boolean {
    const nameEnd = this.#nameEnd(bytes, from, end)
    let at = nameEnd
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    const labels = this.#labels
    if (at < end && bytes[at] === OPEN) {
      if (!labels.scan(bytes, at + 1, end)) return false
      at = labels.at
    } else labels.none()
    if (nameEnd === from && labels.from === labels.to) return false
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    const value = this.#number(bytes, at, end)
    if (value === undefined) return false
    at = this.#at
    let time = Number.NaN
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    if (at < end && bytes[at] !== HASH) {
      const given = this.#number(bytes, at, end)
      if (given === undefined) return false
      time = given
      at = this.#at
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    }
    if (at < end) {
      if (bytes[at] !== HASH) return false
      this.#exemplars++
    }
    const name = nameEnd > from ? this.#nameId(bytes, from, nameEnd) : this.#quotedName(bytes, labels.from, labels.to)
    this.#push(name, labels.keep(bytes), value, time)
    return true
  }

  /** Names come in the same order scrape by scrape and engine by engine: the one that followed the last time is compared first. */
  #nameEnd(bytes: Buffer, from: number, end: number): number {
    this.#likely = this.#following[this.#last] ?? -1
    if (this.#likely >= 0) {
      const at = from + this.#names.lengthAt(this.#likely, bytes, from, end)
      if (at > from && (at === end || bytes[at] === OPEN || bytes[at] === SPACE || bytes[at] === TAB)) return at
    }
    this.#likely = -1
    let hash = FNV_START
    let at = from
    for (; at < end; at++) {
      const code = bytes[at] as number
      if (code === OPEN || code === SPACE || code === TAB) break
      hash = Math.imul(hash ^ code, FNV_PRIME)
    }
    this.#hash = hash
    return at
  }

  /** Known only once the line is one: a name of a broken line is none. */
  #nameId(bytes: Buffer, from: number, to: number): number {
    const name = this.#likely >= 0 ? this.#likely : this.#names.find(bytes, from, to, this.#hash)
    this.#following[this.#last] = name
    this.#last = name
    return name
  }

  /** `{"name.with.dots", label="x"}`: the name stands in the braces, quoted. */
  #quotedName(bytes: Buffer, from: number, to: number): number {
    const match = /^\s*"((?:[^"\\]|\\.)*)"/.exec(bytes.toString('utf8', from, to))
    const name = Buffer.from(match?.[1] ?? '')
    return this.#names.find(name, 0, name.length, hashOf(name))
  }

  /** Exactly what the text says, or undefined; leaves `#at` behind it. */
  #number(bytes: Buffer, from: number, end: number): number | undefined {
    const first = bytes[from]
    let at = first === 45 || first === 43 ? from + 1 : from
    let mantissa = 0
    let digits = 0
    let decimals = -1
    for (; at < end; at++) {
      const code = bytes[at] as number
      if (code >= 48 && code <= 57) {
        mantissa = mantissa * 10 + (code - 48)
        digits++
        if (decimals >= 0) decimals++
      } else if (code === 46 && decimals < 0) decimals = 0
      else break
    }
    const ends = at >= end || bytes[at] === SPACE || bytes[at] === TAB
    // Up to 15 digits over an exact power of ten: one correctly rounded division.
    if (digits > 0 && digits <= 15 && ends) {
      this.#at = at
      const value = decimals > 0 ? mantissa / (powersOfTen[decimals] as number) : mantissa
      return first === 45 ? -value : value
    }
    while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++
    this.#at = at
    return parseValue(bytes.toString('latin1', from, Math.min(at, from + 64)))
  }

  #push(name: number, labels: number, value: number, time: number): void {
    const row = this.#length
    if (row === this.#value.length) this.#grow()
    if (!Number.isNaN(time) && this.#time === undefined) {
      this.#time = new Float64Array(this.#value.length).fill(Number.NaN)
      this.#originMs = Math.floor(time)
    }
    if (this.#time !== undefined) this.#time[row] = time - (this.#originMs ?? 0)
    this.#name[row] = name
    this.#label[row] = labels
    this.#value[row] = value
    this.#length++
  }

  #grow(): void {
    const capacity = this.#value.length * 2
    const name = new Uint32Array(capacity)
    const label = new Uint32Array(capacity)
    const value = new Float64Array(capacity)
    name.set(this.#name)
    label.set(this.#label)
    value.set(this.#value)
    this.#name = name
    this.#label = label
    this.#value = value
    if (this.#time === undefined) return
    const time = new Float64Array(capacity).fill(Number.NaN)
    time.set(this.#time)
    this.#time = time
  }
}

const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '+inf': Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

/** Go's ParseFloat as far as exporters use it; undefined for anything that is no number. */
export function parseValue(text: string): number | undefined {
  const word = text.toLowerCase().replace('infinity', 'inf')
  if (Object.hasOwn(words, word)) return words[word]
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(word) ? Number(word) : undefined
}
