/** Writing PromQL: everything that comes from elsewhere is quoted here, so that a name can never become part of a query. */
import { SextantError } from '#base/errors.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

export interface Matcher {
  readonly label: string
  readonly operator: MatchOperator
  /** Plain text; of `=~` and `!~` a regular expression (RE2, anchored at both ends by PromQL). */
  readonly value: string
}

const shortEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A string literal, by Go's escapes as PromQL has them. */
export function quoted(text: string): string {
  const escaped = text.replace(/[\\"\u0000-\u001f\u007f]/g, (char) => {
    return shortEscapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${escaped}"`
}

/** A regular expression that matches exactly this text. */
export function regexLiteral(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

/** `=` for one text, `=~` for several; throws on none, which would match everything or nothing depending on who reads it. */
export function oneOf(label: string, texts: readonly string[]): Matcher {
  const distinct = [...new Set(texts)].sort()
  const [first] = distinct
  if (first === undefined) throw new Error(`${label}: one of nothing`)
  if (distinct.length === 1) return { label, operator: '=', value: first }
  return { label, operator: '=~', value: distinct.map(regexLiteral).join('|') }
}

const METRIC = /^[A-Za-z_:][A-Za-z0-9_:]*$/
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/

function required(text: string, pattern: RegExp, what: string): string {
  if (pattern.test(text)) return text
  throw new SextantError(
    'usage',
    `${JSON.stringify(text)} cannot be a ${what} of Prometheus.`,
    'Letters, digits and underscores, no digit first.',
    {
      given: text,
    },
  )
}

/** An instant selector, `metric{label="value",…}`, matchers in the order given. Throws `usage` for impossible names. */
export function selectorText(metric: string, matchers: readonly Matcher[] = []): string {
  const name = required(metric, METRIC, 'metric name')
  if (matchers.length === 0) return name
  const inside = matchers.map(({ label, operator, value }) => `${required(label, LABEL, 'label name')}${operator}${quoted(value)}`)
  return `${name}{${inside.join(',')}}`
}
