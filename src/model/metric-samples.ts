/** Samples of metrics endpoints as they were dumped: names and labels interned, values in columns, nothing interpreted. */
import type { LabelPairs, Texts } from './label-pairs.ts'

export interface MetricFamily {
  readonly name: string
  /** As declared, lower case. A declaration is a claim: DCGM's TYPE is a column of a configuration file (facts/dcgm.md section 0). */
  readonly type?: string
  readonly help?: string
  readonly unit?: string
}

export interface MetricSamples {
  readonly dialect: 'prometheus' | 'openmetrics' | 'aiperf-telemetry'
  readonly families: readonly MetricFamily[]
  readonly names: readonly string[]
  /** Raw text between the braces, escapes as written; '' where there are no labels. Read with `parseLabels`. */
  readonly labelTexts: Texts
  /** The same, parsed: label sets by the index of their text. */
  readonly labelPairs: LabelPairs
  readonly length: number
  /** Index into `names`. */
  readonly name: Uint32Array
  /** Index into `labelTexts`. */
  readonly labels: Uint32Array
  /** As given: NaN and infinities are values that endpoints write. */
  readonly value: Float64Array
  /** Present where any sample carries a time; NaN for those that do not. Nanoseconds after `originNs`. */
  readonly timeNs?: Float64Array
  /** Decimal string: nanoseconds since 1970. */
  readonly originNs?: string
  readonly exemplars: number
}

export type Labels = Readonly<Record<string, string>>

const escapes: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

/** Only the three escapes of the format; any other backslash stays. */
export function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\s\S])/g, (whole, char: string) => escapes[char] ?? whole) : text
}

const LABEL = /\s*(?:([A-Za-z_][A-Za-z0-9_.:-]*)|"((?:[^"\\]|\\[\s\S])*)")\s*=\s*"((?:[^"\\]|\\[\s\S])*)"\s*(?:,|$)/y
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]*$/
const BLANK = /\S/g

/** Label names come from a small set: each is tested once. */
const plainNames = new Map<string, boolean>()
/** A dump that invents names must not grow the memory of a long-lived process. */
const MOST_NAMES = 10_000

function isPlainName(name: string): boolean {
  let isPlain = plainNames.get(name)
  if (isPlain === undefined) {
    isPlain = PLAIN_NAME.test(name)
    if (plainNames.size < MOST_NAMES) plainNames.set(name, isPlain)
  }
  return isPlain
}

/** Adds `name="value"` at `at` as exporters write it, without spaces or escapes; where the next begins, or -1 for any other shape. */
function plainLabel(text: string, at: number, labels: Record<string, string>): number {
  const equals = text.indexOf('=', at)
  if (equals < 0 || text.charCodeAt(equals + 1) !== 34) return -1
  const close = text.indexOf('"', equals + 2)
  if (close < 0 || (close + 1 < text.length && text.charCodeAt(close + 1) !== 44)) return -1
  const name = text.slice(at, equals)
  const value = text.slice(equals + 2, close)
  if (value.includes('\\') || !isPlainName(name)) return -1
  labels[name] = value
  return close + 2
}

/** Labels of a raw text; undefined where it is not a list of labels. A repeated name keeps its last value, as Prometheus' parser does. */
export function parseLabels(text: string): Labels | undefined {
  const labels: Record<string, string> = {}
  let at = 0
  while (at < text.length) {
    const next = plainLabel(text, at, labels)
    if (next >= 0) {
      at = next
      continue
    }
    BLANK.lastIndex = at
    if (!BLANK.test(text)) break
    LABEL.lastIndex = at
    const match = LABEL.exec(text)
    if (match === null) return undefined
    labels[match[1] ?? unescapeLabel(match[2] ?? '')] = unescapeLabel(match[3] ?? '')
    at = LABEL.lastIndex
  }
  return labels
}

/** One label set as text that parses back equal; labels in the order given. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`)
    .join(',')
}
