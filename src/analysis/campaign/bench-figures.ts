/** The figures of an atlas row from one measured cell of any load generator, each with its definition; what was not measured is absent. */
import type { AtlasFigure, AtlasRow } from '#formats/campaign.ts'
import {
  type BenchCell,
  countOf,
  type LatencyDefinition,
  type LatencyMetric,
  type RateMetric,
  type RateQuantity,
} from '#model/bench-result.ts'

export interface RowFigures {
  readonly figures: Partial<Record<AtlasFigure, number>>
  readonly definitions: Readonly<Record<string, string>>
}

interface Found {
  readonly value: number
  readonly definition: string
}

/** Of several definitions of one quantity in one file the one that a user feels comes first; which it was stands in `definitions`. */
const preferred: readonly LatencyDefinition[] = [
  'first-content',
  'first-chunk',
  'request-mean-without-first',
  'content-gap',
  'chunk-gap',
  'token-gap',
]

function best(metrics: readonly LatencyMetric[]): Found | undefined {
  const rank = ({ definition }: LatencyMetric) => (preferred.includes(definition) ? preferred.indexOf(definition) : preferred.length)
  const [first] = [...metrics].sort((a, b) => rank(a) - rank(b) || (a.origin === b.origin ? 0 : a.origin === 'reported' ? -1 : 1))
  return first === undefined ? undefined : { value: first.valueNs / 1e6, definition: first.definition }
}

function latency(cell: BenchCell, quantity: LatencyMetric['quantity'], statistic: LatencyMetric['statistic']): Found | undefined {
  return best(cell.latencies.filter((each) => each.quantity === quantity && each.statistic === statistic && each.estimable !== 'no'))
}

/** TPOT is a definition, not a name: AIPerf's ITL is the mean per request that others call TPOT. */
function tpot(cell: BenchCell, statistic: LatencyMetric['statistic']): Found | undefined {
  return best(
    cell.latencies.filter(
      ({ quantity, definition, statistic: of, estimable }) =>
        of === statistic &&
        estimable !== 'no' &&
        (quantity === 'tpot' || quantity === 'itl') &&
        definition === 'request-mean-without-first',
    ),
  )
}

const windows: readonly RateMetric['window'][] = [
  'wall',
  'first-request-to-last-response',
  'trimmed',
  'per-request',
  'decode-only',
  'unknown',
]

function rate(cell: BenchCell, quantity: RateQuantity, per: RateMetric['per']): Found | undefined {
  const all = cell.rates.filter((each) => each.quantity === quantity && each.per === per && each.statistic === 'mean')
  const [first] = [...all].sort((a, b) => windows.indexOf(a.window) - windows.indexOf(b.window) || (a.origin < b.origin ? 1 : -1))
  return first === undefined ? undefined : { value: first.perSecond, definition: first.window }
}

function perGpu(cell: BenchCell, quantity: RateQuantity, gpus: number | undefined): Found | undefined {
  const whole = rate(cell, quantity, 'deployment')
  if (whole !== undefined && gpus !== undefined) return { value: whole.value / gpus, definition: whole.definition }
  return rate(cell, quantity, 'gpu')
}

/** Input and output of one window add up; of two windows they do not. */
function totalPerGpu(cell: BenchCell, gpus: number | undefined): Found | undefined {
  const total = perGpu(cell, 'total-tokens', gpus)
  if (total !== undefined) return total
  const [input, output] = [perGpu(cell, 'input-tokens', gpus), perGpu(cell, 'output-tokens', gpus)]
  if (input === undefined || output === undefined || input.definition !== output.definition) return undefined
  return { value: input.value + output.value, definition: output.definition }
}

function perUser(cell: BenchCell): Found | undefined {
  const said = rate(cell, 'output-tokens', 'user')
  if (said !== undefined) return said
  const median = tpot(cell, 'p50')
  return median === undefined || median.value === 0 ? undefined : { value: 1000 / median.value, definition: 'inverse of the median TPOT' }
}

function meanTokens(cell: BenchCell, name: 'input-tokens' | 'output-tokens'): Found | undefined {
  const [tokens, completed] = [countOf(cell, name), countOf(cell, 'completed')]
  return tokens === undefined || completed === undefined || completed === 0
    ? undefined
    : { value: tokens / completed, definition: 'tokens ÷ completed requests' }
}

/** What goes without saying stands in the format's own description; everything else is said. */
const usual: Partial<Record<AtlasFigure, string>> = {
  tpot_median_ms: 'request-mean-without-first',
  tpot_p99_ms: 'request-mean-without-first',
  mean_input_tokens: 'tokens ÷ completed requests',
  mean_output_tokens: 'tokens ÷ completed requests',
}

/** @param gpus of the deployment; undefined: figures per GPU are absent unless the file has them. */
export function rowFigures(cell: BenchCell, gpus: number | undefined): RowFigures {
  const found: Partial<Record<AtlasFigure, Found | undefined>> = {
    ttft_avg_ms: latency(cell, 'ttft', 'mean'),
    ttft_median_ms: latency(cell, 'ttft', 'p50'),
    ttft_p99_ms: latency(cell, 'ttft', 'p99'),
    tpot_median_ms: tpot(cell, 'p50'),
    tpot_p99_ms: tpot(cell, 'p99'),
    itl_avg_ms: latency(cell, 'itl', 'mean'),
    request_throughput_avg: rate(cell, 'requests', 'deployment'),
    output_tps_per_gpu: perGpu(cell, 'output-tokens', gpus),
    total_tps_per_gpu: totalPerGpu(cell, gpus),
    output_tps_per_user: perUser(cell),
    mean_input_tokens: meanTokens(cell, 'input-tokens'),
    mean_output_tokens: meanTokens(cell, 'output-tokens'),
  }
  const figures: Partial<Record<AtlasFigure, number>> = {}
  const definitions: Record<string, string> = {}
  for (const [key, each] of Object.entries(found) as [AtlasFigure, Found | undefined][]) {
    if (each === undefined || !Number.isFinite(each.value) || each.value < 0) continue
    // Nine digits: more than any tool measures, and no tail of binary fractions.
    figures[key] = Number(each.value.toPrecision(9))
    if (usual[key] !== each.definition) definitions[key] = each.definition
  }
  return { figures, definitions }
}

export function runCounts(cell: BenchCell): Pick<AtlasRow, 'requests' | 'errors' | 'duration_s' | 'captured_at'> {
  const [requests, errors] = [countOf(cell, 'completed'), countOf(cell, 'failed')]
  const { startedAt, durationNs } = cell
  return {
    ...(requests === undefined ? {} : { requests }),
    ...(errors === undefined ? {} : { errors }),
    ...(durationNs === undefined ? {} : { duration_s: Number((durationNs / 1e9).toPrecision(9)) }),
    ...(startedAt?.epochNs === undefined ? {} : { captured_at: new Date(Number(BigInt(startedAt.epochNs) / 1_000_000n)).toISOString() }),
  }
}
