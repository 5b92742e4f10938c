/** AIPerf's and genai-perf's metric names, the same in JSON, CSV (as titles) and JSON lines. facts/bench-results.md sections 2, 5, 8. */
import type { Statistic } from '#model/bench-result.ts'
import type { Meaning, TimeUnit } from './cell-builder.ts'

const timeUnits: Readonly<Record<string, TimeUnit>> = {
  ns: 'ns',
  us: 'us',
  µs: 'us',
  ms: 'ms',
  s: 's',
  sec: 's',
  seconds: 's',
  milliseconds: 'ms',
}

export function timeUnit(unit: string): TimeUnit | undefined {
  return Object.hasOwn(timeUnits, unit.toLowerCase()) ? timeUnits[unit.toLowerCase()] : undefined
}

type Kind =
  | Pick<Extract<Meaning, { as: 'latency' }>, 'as' | 'quantity' | 'definition'>
  | Omit<Extract<Meaning, { as: 'rate' }>, 'statistic'>
  | Extract<Meaning, { as: 'count' }>
  | { readonly as: 'duration' }

const kinds: Readonly<Record<string, Kind>> = {
  time_to_first_token: { as: 'latency', quantity: 'ttft', definition: 'first-content' },
  time_to_second_token: { as: 'latency', quantity: 'time-to-second-token', definition: 'second-after-first' },
  time_to_first_output_token: { as: 'latency', quantity: 'time-to-first-output-token', definition: 'first-output-content' },
  inter_token_latency: { as: 'latency', quantity: 'itl', definition: 'request-mean-without-first' },
  inter_chunk_latency: { as: 'latency', quantity: 'inter-chunk', definition: 'chunk-gap' },
  request_latency: { as: 'latency', quantity: 'e2el', definition: 'until-last-content' },
  request_throughput: { as: 'rate', quantity: 'requests', window: 'first-request-to-last-response' },
  output_token_throughput: { as: 'rate', quantity: 'output-tokens', window: 'first-request-to-last-response' },
  input_token_throughput: { as: 'rate', quantity: 'input-tokens', window: 'first-request-to-last-response' },
  total_token_throughput: { as: 'rate', quantity: 'total-tokens', window: 'first-request-to-last-response' },
  goodput: { as: 'rate', quantity: 'goodput-requests', window: 'first-request-to-last-response' },
  request_goodput: { as: 'rate', quantity: 'goodput-requests', window: 'first-request-to-last-response' },
  output_token_throughput_per_user: { as: 'rate', quantity: 'output-tokens', per: 'user', window: 'decode-only' },
  output_token_throughput_per_request: { as: 'rate', quantity: 'output-tokens', per: 'user', window: 'per-request' },
  e2e_output_token_throughput: { as: 'rate', quantity: 'output-tokens', per: 'user', window: 'per-request' },
  prefill_throughput: { as: 'rate', quantity: 'input-tokens', per: 'user', window: 'per-request' },
  prefill_throughput_per_user: { as: 'rate', quantity: 'input-tokens', per: 'user', window: 'per-request' },
  request_count: { as: 'count', name: 'completed' },
  error_request_count: { as: 'count', name: 'failed' },
  good_request_count: { as: 'count', name: 'good' },
  total_isl: { as: 'count', name: 'input-tokens' },
  total_osl: { as: 'count', name: 'output-tokens' },
  benchmark_duration: { as: 'duration' },
}

/** Meaning of one statistic of a metric; what is not in the table keeps its name and unit. */
export function tagMeaning(tag: string, statistic: Statistic, unit: string): Meaning {
  const kind = Object.hasOwn(kinds, tag) ? kinds[tag] : undefined
  const other: Meaning = { as: 'other', name: tag, statistic, unit }
  if (kind === undefined) return other
  const time = timeUnit(unit)
  switch (kind.as) {
    case 'latency':
      return time === undefined ? other : { ...kind, statistic, unit: time }
    case 'rate':
      return { ...kind, statistic }
    case 'count':
      return statistic === 'mean' || statistic === 'single' ? kind : other
    case 'duration':
      return time === undefined || (statistic !== 'mean' && statistic !== 'single') ? other : { as: 'duration', unit: time }
  }
}

/** `Time to First Token` -> `time_to_first_token`. */
export function tagOfTitle(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
}
