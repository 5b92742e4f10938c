/**
 * What a column or row of a written report measures, from its label. Every word must be understood: `Δ TTFT p50` or `baseline ITL p50`
 * is not `TTFT p50`, and a label without statistic or unit is no figure that anything may be compared with.
 */
import type { LatencyDefinition, LatencyQuantity, RateQuantity, Statistic } from '#model/bench-result.ts'
import type { Meaning, TimeUnit } from './cell-builder.ts'
import { statisticOf } from './statistics.ts'

/** Whose definitions the report's figures have. */
export type ReportTool = 'aiperf' | 'vllm' | 'unknown'

interface LatencyKind {
  readonly quantity: LatencyQuantity
  readonly definitions: Readonly<Record<ReportTool, LatencyDefinition>>
}

const kind = (quantity: LatencyQuantity, aiperf: LatencyDefinition, vllm: LatencyDefinition, unknown: LatencyDefinition): LatencyKind => ({
  quantity,
  definitions: { aiperf, vllm, unknown },
})

/** facts/bench-results.md section 8. */
const ttft = kind('ttft', 'first-content', 'first-chunk', 'first-event-unknown')
const itl = kind('itl', 'request-mean-without-first', 'chunk-gap', 'unknown')
const tpot = kind('tpot', 'request-mean-without-first', 'request-mean-without-first', 'unknown')
const e2el = kind('e2el', 'until-last-content', 'until-last-token-chunk', 'unknown')

/** Longest first: the first that matches takes its words out of the label. */
const latencyWords: readonly (readonly [RegExp, LatencyKind])[] = [
  [/\btime to first token\b|\bttft\b/, ttft],
  [/\binter[ -]?token latency\b|\bitl\b/, itl],
  [/\btime per output token\b|\btpot\b/, tpot],
  [/\b(?:end[ -]to[ -]end|e2e|request) latency\b|\be2el\b|\be2e\b/, e2el],
]

const rateWords: readonly (readonly [RegExp, RateQuantity, 'deployment' | 'user' | 'gpu'])[] = [
  [/\b(?:output )?(?:tps|tok(?:en)?s?) per user\b|\btps user\b|\boutput token throughput per user\b/, 'output-tokens', 'user'],
  [/\boutput (?:token )?(?:throughput|tps) per gpu\b/, 'output-tokens', 'gpu'],
  [/\btotal (?:token )?(?:throughput|tps)\b/, 'total-tokens', 'deployment'],
  [/\b(?:input|prompt) (?:token )?(?:throughput|tps)\b/, 'input-tokens', 'deployment'],
  [/\b(?:output|generation|decode) (?:token )?(?:throughput|tps)\b/, 'output-tokens', 'deployment'],
  [/\brequest (?:throughput|rate)\b|\brps\b|\bqps\b/, 'requests', 'deployment'],
]

const countWords: readonly (readonly [RegExp, Extract<Meaning, { as: 'count' }>['name']])[] = [
  [/^(?:errors?|failed|failures|failed requests|error count|errored|error request count)$/, 'failed'],
  [/^(?:completed|successful|successful requests|completed requests|request count|requests|successes)$/, 'completed'],
]

const LIST = /((?:p\d{1,3}(?:\.\d+)?|mean|median|avg|min|max)(?:\s*\/\s*(?:p\d{1,3}(?:\.\d+)?|mean|median|avg|min|max))+)/i

/** `TTFT p50/p95/p99 (ms)` is three labels, and its cells hold three numbers. */
export function labelsIn(label: string): readonly string[] {
  const list = LIST.exec(label)?.[1]
  return list === undefined ? [label] : list.split('/').map((statistic) => label.replace(list, statistic.trim()))
}

const STATISTIC = /\b(p\d{1,3}(?:\.\d+)?|\d{1,2}(?:\.\d+)?(?:th)? percentile|mean|avg|average|median|min|max|std|stddev)\b/

export interface Label {
  /** Without unit and statistic. */
  readonly text: string
  readonly unit: string | undefined
  readonly statistic: Statistic | undefined
}

/** `ttft_p50_ms`, `TTFT p50 (ms)`, `P50 TTFT [ms]`, `Median TTFT, ms`. */
export function splitLabel(label: string): Label {
  let text = label.toLowerCase().replace(/[_:,]/g, ' ').replace(/≤|≥/g, ' ').replace(/\s+/g, ' ').trim()
  let unit: string | undefined
  const bracketed = /[([]\s*([^()[\]]+?)\s*[)\]]/.exec(text)
  if (bracketed !== null && STATISTIC.exec(bracketed[1] ?? '')?.[0] !== bracketed[1]) {
    unit = bracketed[1]
    text = text.replace(bracketed[0], ' ')
  }
  text = text
    .replace(/[()[\]]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const trailing =
    /(?:^|\s)(ms|us|µs|s|sec|seconds|tok\/s|toks\/s|tokens\/s|tok\/sec|tokens\/sec|req\/s|toks? per s|tokens per s|(?:tok|toks|tokens)\/s(?:ec)?\/user|req\/s(?:ec)?)$/.exec(
      text,
    )
  if (unit === undefined && trailing !== null) {
    unit = trailing[1]
    text = text.slice(0, trailing.index)
  }
  const found = STATISTIC.exec(text)
  const percentile = /^(\d{1,2}(?:\.\d+)?)(?:th)? percentile$/.exec(found?.[1] ?? '')?.[1]
  const statistic = statisticOf(percentile === undefined ? (found?.[1] ?? '') : `p${percentile}`)
  if (found !== null && statistic !== undefined) text = text.replace(found[0], ' ')
  return { text: text.replace(/[\s/-]+/g, ' ').trim(), unit, statistic }
}

const timeUnits: Readonly<Record<string, TimeUnit>> = { ms: 'ms', us: 'us', µs: 'us', s: 's', sec: 's', seconds: 's', ns: 'ns' }
const TOKENS = /^(?:output )?tok(?:en)?s?\s?(?:\/|per )\s?s(?:ec(?:ond)?)?(?:\s?\/\s?(?:user|gpu))?$/
const REQUESTS = /^req(?:uest)?s?\s?(?:\/|per )\s?s(?:ec(?:ond)?)?$/

/** A report's own word for a rate of tokens says neither output nor total: inference_perfbench_v1 has one headline, output tokens. */
export const PLAIN_THROUGHPUT = /^(?:throughput|tps|token throughput|system throughput)$/

/** Labels that are their unit, or one word before it: `tok/s`, `output tok/s`. */
const bareRates: readonly (readonly [string, RateQuantity])[] = [
  ['', 'output-tokens'],
  ['output', 'output-tokens'],
  ['input', 'input-tokens'],
  ['prompt', 'input-tokens'],
  ['total', 'total-tokens'],
]

/** What the label measures; undefined where a word of it, its statistic or its unit is not understood. */
export function labelMeaning(label: Label, tool: ReportTool): Meaning | undefined {
  const { text, statistic, unit } = label
  for (const [words, { quantity, definitions }] of latencyWords) {
    if (text.replace(words, '').trim() !== '' || text === '') continue
    const time = unit === undefined ? undefined : timeUnits[unit]
    if (statistic === undefined || time === undefined) return undefined
    return { as: 'latency', quantity, statistic, unit: time, definition: definitions[tool] }
  }
  const rate = rateMeaning(label, tool)
  if (rate !== undefined) return rate
  for (const [words, name] of countWords) if (words.test(text) && statistic === undefined) return { as: 'count', name }
  if (/^(?:benchmark )?duration$|^wall time$/.test(text) && unit !== undefined && timeUnits[unit] !== undefined)
    return { as: 'duration', unit: timeUnits[unit] }
  return undefined
}

function rateMeaning({ text, statistic, unit }: Label, tool: ReportTool): Meaning | undefined {
  const window = tool === 'aiperf' ? 'first-request-to-last-response' : tool === 'vllm' ? 'wall' : 'unknown'
  const isUnit = (pattern: RegExp) => unit === undefined || pattern.test(unit)
  for (const [words, quantity, per] of rateWords) {
    if (text === '' || text.replace(words, '').trim() !== '') continue
    if (!isUnit(quantity === 'requests' ? REQUESTS : TOKENS)) return undefined
    return { as: 'rate', quantity, per, statistic: statistic ?? 'mean', window: per === 'user' ? 'decode-only' : window }
  }
  const bare = bareRates.find(([words]) => words === text)
  if (bare !== undefined && unit !== undefined && TOKENS.test(unit)) {
    const per = /user$/.test(unit) ? 'user' : /gpu$/.test(unit) ? 'gpu' : 'deployment'
    return { as: 'rate', quantity: bare[1], per, statistic: statistic ?? 'mean', window: per === 'user' ? 'decode-only' : window }
  }
  if (text === '' && unit !== undefined && REQUESTS.test(unit))
    return { as: 'rate', quantity: 'requests', statistic: statistic ?? 'mean', window }
  if (!PLAIN_THROUGHPUT.test(text)) return undefined
  if (unit !== undefined && REQUESTS.test(unit)) return { as: 'rate', quantity: 'requests', statistic: statistic ?? 'mean', window }
  const isTokens = unit === undefined ? text !== 'throughput' && text !== 'system throughput' : TOKENS.test(unit)
  return isTokens ? { as: 'rate', quantity: 'output-tokens', statistic: statistic ?? 'mean', window } : undefined
}
