/**
 * Selectors of pods as people type them for kubectl, and the regular expressions that PromQL adds:
 * `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, `a=~r`, `a!~r`, joined by commas (all must hold).
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * Every part is translated or refused; none is dropped (trap E9).
 */
import { SextantError } from '#base/errors.ts'
import { type Matcher, regexLiteral } from './promql.ts'

export type LabelOperator = '=' | '!=' | 'in' | 'notin' | 'exists' | 'absent' | '=~' | '!~'

export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** Of `exists` and `absent` empty; of `in` and `notin` at least one; else exactly one. */
  readonly values: readonly string[]
}

/** Kubernetes: an optional prefix (a DNS name) and a name; the same covers label names of Prometheus. */
const KEY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\/)?[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/

const HINT = 'Write parts like app=vllm, app!=x, "app in (a,b)", "app notin (a)", app=~"vllm-.*", app, !app, joined by commas.'

function refused(part: string, why: string): SextantError {
  return new SextantError('usage', `selector part ${JSON.stringify(part.trim())}: ${why}`, HINT, { part: part.trim() })
}

/** Splits at commas outside of quotes and brackets of any kind (regular expressions have them too). */
function split(text: string): string[] {
  const parts: string[] = []
  const open: string[] = []
  let from = 0
  let inQuotes = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (char === '\\') at += 1
    else if (char === '"') inQuotes = !inQuotes
    else if (inQuotes) continue
    else if ('([{'.includes(char)) open.push(char)
    else if (')]}'.includes(char)) open.pop()
    else if (char === ',' && open.length === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  if (inQuotes) throw refused(text, 'a quote is not closed')
  if (open.length > 0) throw refused(text, `${open.join(' ')} is not closed`)
  parts.push(text.slice(from))
  return parts
}

/** Text between quotes, `\"` and `\\` undone; a regular expression keeps its other backslashes. */
function unquoted(part: string, text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('"')) return trimmed
  if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(trimmed)) throw refused(part, 'text follows the closing quote')
  return trimmed.slice(1, -1).replace(/\\(["\\])/g, '$1')
}

function plainValue(part: string, text: string): string {
  const value = unquoted(part, text)
  // An absent label and an empty one are the same to Prometheus and not to Kubernetes.
  if (value === '') throw refused(part, 'an empty value cannot be told from a missing label; use KEY or !KEY')
  if (!text.trim().startsWith('"') && /[\s()"'=!~{}[\],]/.test(value)) throw refused(part, `${JSON.stringify(value)} needs quotes`)
  return value
}

function requirement(part: string): LabelRequirement {
  const text = part.trim()
  if (text === '') throw refused(part, 'nothing between two commas')
  const set = /^(\S+)\s+(in|notin)\s*\(([\s\S]*)\)$/.exec(text)
  const relation = /^([^\s=!~"]+)\s*(=~|!~|!=|==|=)([\s\S]*)$/.exec(text)
  const alone = /^(!?)\s*(\S+)$/.exec(text)
  if (set !== null) {
    const [, key = '', operator = '', list = ''] = set
    return { key, operator: operator === 'in' ? 'in' : 'notin', values: split(list).map((value) => plainValue(part, value)) }
  }
  if (relation !== null) {
    const [, key = '', sign = '', value = ''] = relation
    if (sign === '=~' || sign === '!~') {
      const pattern = unquoted(part, value)
      if (pattern === '') throw refused(part, 'an empty regular expression cannot be told from a missing label')
      return { key, operator: sign, values: [pattern] }
    }
    return { key, operator: sign === '!=' ? '!=' : '=', values: [plainValue(part, value)] }
  }
  if (alone !== null) return { key: alone[2] ?? '', operator: alone[1] === '!' ? 'absent' : 'exists', values: [] }
  throw refused(part, 'not understood')
}

/** Throws `usage` for what it does not understand. An empty selector is refused: it would mean every pod. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return split(text).map((part) => {
    const parsed = requirement(part)
    if (!KEY.test(parsed.key)) throw refused(part, `${JSON.stringify(parsed.key)} is no label key`)
    return parsed
  })
}

/** @param label the label of Prometheus that carries the requirement's key. */
export function matcherOf({ operator, values }: LabelRequirement, label: string): Matcher {
  const pattern = values.map(regexLiteral).join('|')
  switch (operator) {
    case 'exists':
      return { label, operator: '!=', value: '' }
    case 'absent':
      return { label, operator: '=', value: '' }
    case 'in':
      return { label, operator: '=~', value: pattern }
    case 'notin':
      return { label, operator: '!~', value: pattern }
    default:
      return { label, operator, value: values[0] ?? '' }
  }
}

/**
 * Labels under which kube-state-metrics may export a pod label, the newest form first: other characters become `_`, and since 2.0
 * camelCase becomes snake_case (internal/store/utils.go, mapToPrometheusLabels).
 */
export function kubeStateLabels(key: string): string[] {
  const clean = key.replace(/[^A-Za-z0-9_]/g, '_')
  const snake = clean.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  return [...new Set([`label_${snake}`, `label_${clean}`])]
}
