/**
 * `vllm bench serve --save-result [--save-detailed] [--append-result]`, its throughput mode, and the tools that forked it
 * (SGLang `bench_serving`, InferenceX). https://docs.vllm.ai/en/latest/cli/bench/serve.html, facts/bench-results.md sections 1, 6, 7.
 * Not read: the `.pytorch.json` sidecar, sweep summaries.
 */
import type { LatencyDefinition, LatencyQuantity, RateQuantity } from '#model/bench-result.ts'
import type { Meaning, TimeUnit } from './cell-builder.ts'
import { isoInstant, localDate } from './instants.ts'
import { statisticOf } from './statistics.ts'

export const quantities: Readonly<Record<string, readonly [LatencyQuantity, LatencyDefinition]>> = {
  ttft: ['ttft', 'first-chunk'],
  tpot: ['tpot', 'request-mean-without-first'],
  itl: ['itl', 'chunk-gap'],
  e2el: ['e2el', 'until-last-token-chunk'],
  e2e_latency: ['e2el', 'until-last-token-chunk'],
  client_queue_time: ['client-queue', 'waiting-in-client'],
  e2el_including_client_queue: ['e2el-with-queue', 'until-last-token-chunk'],
}

const SCALAR =
  /^(mean|median|std|min|max|p\d{1,3}(?:\.\d+)?)_(ttft|tpot|itl|e2el|e2e_latency|client_queue_time|e2el_including_client_queue)(_ms)?$/

const rates: Readonly<Record<string, readonly [RateQuantity, 'deployment' | 'gpu']>> = {
  request_throughput: ['requests', 'deployment'],
  output_throughput: ['output-tokens', 'deployment'],
  input_throughput: ['input-tokens', 'deployment'],
  total_token_throughput: ['total-tokens', 'deployment'],
  total_throughput: ['total-tokens', 'deployment'],
  request_goodput: ['goodput-requests', 'deployment'],
  'request_goodput:': ['goodput-requests', 'deployment'],
  requests_per_second: ['requests', 'deployment'],
  // Throughput mode: prompt and output together.
  tokens_per_second: ['total-tokens', 'deployment'],
  tput_per_gpu: ['total-tokens', 'gpu'],
  output_tput_per_gpu: ['output-tokens', 'gpu'],
  input_tput_per_gpu: ['input-tokens', 'gpu'],
}

const others: Readonly<Record<string, string>> = {
  // Peak of one-second buckets, which count chunks whatever the key says.
  max_output_tokens_per_s: 'chunks/s',
  max_concurrent_requests: 'requests',
  concurrency: 'requests',
  accept_length: 'tokens',
  rtfx: 'ratio',
  spec_decode_acceptance_rate: '%',
  spec_decode_acceptance_length: 'tokens',
  spec_decode_num_drafts: 'drafts',
  spec_decode_draft_tokens: 'tokens',
  spec_decode_accepted_tokens: 'tokens',
  total_output_tokens_retokenized: 'tokens',
  avg_power_w: 'W',
  total_gpu_energy_j: 'J',
  joules_per_output_token: 'J/token',
  joules_per_total_token: 'J/token',
  joules_per_input_token: 'J/token',
}

/** `unit` of scalars without the `_ms` suffix: InferenceX divides by 1000 and drops it. */
export function interpretServing(unit: TimeUnit, itl: LatencyDefinition = 'chunk-gap') {
  return (path: readonly string[], value: string | number | boolean): Meaning | undefined => {
    const key = path.at(-1) ?? ''
    const scalar = SCALAR.exec(key)
    if (scalar !== null) {
      const statistic = statisticOf(scalar[1] ?? '')
      const known = quantities[scalar[2] ?? '']
      if (statistic === undefined || known === undefined) return undefined
      const [quantity, definition] = known
      return {
        as: 'latency',
        quantity,
        statistic,
        unit: scalar[3] === undefined ? unit : 'ms',
        definition: quantity === 'itl' ? itl : definition,
      }
    }
    if (Object.hasOwn(rates, key)) {
      const rate = rates[key]
      return rate === undefined ? undefined : { as: 'rate', quantity: rate[0], per: rate[1], statistic: 'mean', window: 'wall' }
    }
    if (Object.hasOwn(others, key)) return { as: 'other', name: key, statistic: 'single', unit: others[key] ?? 'unknown' }
    return interpretScalar(key, value)
  }
}

function interpretScalar(key: string, value: string | number | boolean): Meaning | undefined {
  switch (key) {
    case 'date':
      return typeof value === 'string' ? { as: 'started', instant: isoInstant(value) ?? localDate(value) } : undefined
    case 'duration':
    case 'elapsed_time':
      return { as: 'duration', unit: 's' }
    case 'completed':
    case 'num_requests':
      return { as: 'count', name: 'completed' }
    case 'failed':
      return { as: 'count', name: 'failed' }
    case 'good_completed':
      return { as: 'count', name: 'good' }
    case 'num_prompts':
      return { as: 'count', name: 'requested' }
    case 'total_input_tokens':
    case 'total_input':
      return { as: 'count', name: 'input-tokens' }
    case 'total_output_tokens':
    case 'total_output':
      return { as: 'count', name: 'output-tokens' }
    case 'total_num_tokens':
      return { as: 'count', name: 'total-tokens' }
    case 'max_concurrency':
    case 'conc':
      return { as: 'concurrency' }
    case 'request_rate':
      return { as: 'request-rate' }
    default:
      return undefined
  }
}
