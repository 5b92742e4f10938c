/** One measured cell of any load generator in the keys of inference_perfbench_v1; what was not measured stays null. */
import type { PerfbenchFigure } from '#formats/inference-perfbench.ts'
import { perfbenchDefinitions } from '#formats/inference-perfbench.ts'
import { type BenchCell, contextValue, countOf, type LatencyMetric, type LatencyQuantity, type RateMetric } from '#model/bench-result.ts'

export interface RunFigures {
  readonly figures: Readonly<Record<PerfbenchFigure, number | null>>
  /** Only where a figure is not what the field's own tool measures. */
  readonly definitions: Readonly<Record<string, string>>
  readonly errors: number | null
  readonly requests: number | null
  readonly capturedAt?: string
  readonly durationS: number | null
  /** Reasons why the run may not be compared. */
  readonly invalid: readonly string[]
}

interface Found {
  readonly value: number
  readonly definition: string
}

/** A recomputed statistic is from the requests themselves; the reported one is the tool's word. */
function latency(cell: BenchCell, quantities: readonly LatencyQuantity[], statistic: LatencyMetric['statistic']): Found | undefined {
  const found = cell.latencies.filter((metric) => quantities.includes(metric.quantity) && metric.statistic === statistic)
  // What vLLM calls TPOT is what the field's ITL means: the definition decides, not the name.
  const wanted = found.filter(({ definition }) => definition === 'request-mean-without-first')
  const candidates = quantities.includes('itl') && wanted.length > 0 ? wanted : found
  const metric = candidates.find(({ origin }) => origin === 'reported') ?? candidates[0]
  return metric === undefined ? undefined : { value: metric.valueNs / 1e6, definition: metric.definition }
}

function rateOf(cell: BenchCell, per: RateMetric['per']): RateMetric | undefined {
  const rates = cell.rates.filter((rate) => rate.quantity === 'output-tokens' && rate.per === per && rate.statistic === 'mean')
  return rates.find(({ origin }) => origin === 'reported') ?? rates[0]
}

/** Per GPU times GPUs, where only that was written and the count of GPUs is. */
function throughput(cell: BenchCell, gpus: number | undefined): Found | undefined {
  const whole = rateOf(cell, 'deployment')
  if (whole !== undefined) return { value: whole.perSecond, definition: whole.window }
  const perGpu = rateOf(cell, 'gpu')
  return perGpu === undefined || gpus === undefined
    ? undefined
    : { value: perGpu.perSecond * gpus, definition: `${perGpu.window}, per GPU times GPUs` }
}

function perUser(cell: BenchCell, itl: Found | undefined): Found | undefined {
  const rate = rateOf(cell, 'user')
  if (rate !== undefined) return { value: rate.perSecond, definition: rate.window }
  return itl === undefined || itl.value === 0 || itl.definition !== 'request-mean-without-first'
    ? undefined
    : { value: 1000 / itl.value, definition: 'inverse of the median ITL' }
}

export function runFigures(cell: BenchCell): RunFigures {
  const gpus = contextValue(cell.context, 'gpus')
  const itl = latency(cell, ['itl', 'tpot'], 'p50')
  const found: Readonly<Record<PerfbenchFigure, Found | undefined>> = {
    throughput_toks_per_s: throughput(cell, typeof gpus === 'number' ? gpus : undefined),
    ttft_p50_ms: latency(cell, ['ttft'], 'p50'),
    ttft_p95_ms: latency(cell, ['ttft'], 'p95'),
    ttft_p99_ms: latency(cell, ['ttft'], 'p99'),
    itl_p50_ms: itl,
    tps_per_user: perUser(cell, itl),
    request_latency_p50_ms: latency(cell, ['e2el'], 'p50'),
  }
  const entries = Object.entries(found) as [PerfbenchFigure, Found | undefined][] // keys of the record above
  const { startedAt } = cell
  return {
    // Nine digits: more than any tool measures, and no tail of binary fractions in a file that people read.
    figures: Object.fromEntries(
      entries.map(([key, each]) => [key, each === undefined ? null : Number(each.value.toPrecision(9))]),
    ) as RunFigures['figures'],
    definitions: Object.fromEntries(
      entries.flatMap(([key, each]) =>
        each === undefined || each.definition === perfbenchDefinitions[key] ? [] : [[key, each.definition]],
      ),
    ),
    errors: countOf(cell, 'failed') ?? null,
    requests: countOf(cell, 'completed') ?? null,
    ...(startedAt === undefined || startedAt.zone === 'absent' ? {} : { capturedAt: startedAt.text }),
    durationS: cell.durationNs === undefined ? null : Number((cell.durationNs / 1e9).toPrecision(9)),
    invalid: cell.findings.filter(({ severity, code }) => severity === 'error' || code === 'load-generator-late').map(({ text }) => text),
  }
}
