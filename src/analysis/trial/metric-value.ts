/** A trial's figures from a cell of a benchmark result, each with the definition that it has. */
import { DEFAULT_MAX_ERROR_RATIO } from '#analysis/load/validity.ts'
import { type TrialMetric, trialMetricSchema } from '#formats/trial.ts'
import { type BenchCell, countOf, type LatencyDefinition, type LatencyQuantity, type RateQuantity } from '#model/bench-result.ts'

export interface MetricFigure {
  readonly value: number
  readonly unit: string
  readonly definition: string
}

const latencies: Readonly<Partial<Record<TrialMetric, LatencyQuantity>>> = {
  'tpot-median': 'tpot',
  'itl-median': 'itl',
  'ttft-median': 'ttft',
  'e2el-median': 'e2el',
  'itl-p99': 'itl',
}
/** Where a result gives a quantity under several definitions (sextant's own driver does): the one that a user feels. */
const preferred: Readonly<Partial<Record<TrialMetric, LatencyDefinition>>> = {
  'tpot-median': 'request-mean-without-first',
  'itl-median': 'chunk-gap',
  'ttft-median': 'first-content',
  'e2el-median': 'until-last-content',
  'itl-p99': 'chunk-gap',
}
const rates: Readonly<Partial<Record<TrialMetric, RateQuantity>>> = {
  'output-throughput': 'output-tokens',
  'request-throughput': 'requests',
}

export const trialMetrics: readonly TrialMetric[] = trialMetricSchema.options

export const betterIs = (metric: TrialMetric): 'lower' | 'higher' => (metric in latencies ? 'lower' : 'higher')

/** A latency trial is decided by TPOT or ITL (medians; the p99 where a tail is claimed), a capacity trial by throughput (facts/methodology.md, rule 50). */
export function isIsolated(metric: TrialMetric, tier: 'latency' | 'throughput'): boolean {
  return tier === 'latency'
    ? metric === 'tpot-median' || metric === 'itl-median' || metric === 'itl-p99'
    : metric === 'output-throughput' || metric === 'request-throughput'
}

/** Undefined where the cell does not say it, says it twice with different definitions, or cannot estimate it. */
export function metricFigure(cell: BenchCell, metric: TrialMetric): MetricFigure | undefined {
  const quantity = latencies[metric]
  if (quantity !== undefined) {
    const statistic = metric === 'itl-p99' ? 'p99' : 'p50'
    const found = cell.latencies.filter((each) => each.quantity === quantity && each.statistic === statistic && each.estimable !== 'no')
    const definitions = new Set(found.map(({ definition }) => definition))
    const chosen = found.find(({ definition }) => definition === preferred[metric]) ?? (definitions.size === 1 ? found[0] : undefined)
    return chosen === undefined ? undefined : { value: chosen.valueNs / 1e6, unit: 'ms', definition: chosen.definition }
  }
  const found = cell.rates.filter((each) => each.quantity === rates[metric] && each.per === 'deployment' && each.statistic !== 'std')
  const [first] = found
  return first === undefined
    ? undefined
    : { value: first.perSecond, unit: metric === 'output-throughput' ? 'tokens/s' : 'requests/s', definition: first.window }
}

/** Why a run proves nothing; empty where it counts. */
export function runProblems(cell: BenchCell): string[] {
  const completed = countOf(cell, 'completed')
  const failed = countOf(cell, 'failed') ?? 0
  const problems: string[] = []
  if (completed === 0) problems.push('no request completed')
  else if (completed !== undefined && failed / (completed + failed) > DEFAULT_MAX_ERROR_RATIO) {
    problems.push(`${failed} of ${completed + failed} requests failed (at most ${100 * DEFAULT_MAX_ERROR_RATIO} %)`)
  }
  for (const { severity, text } of cell.findings) if (severity === 'error') problems.push(text)
  return problems
}

/** Every figure of a trial that the cell gives. */
export function trialFigures(cell: BenchCell): Partial<Record<TrialMetric, MetricFigure>> {
  return Object.fromEntries(
    trialMetrics.flatMap((metric) => {
      const figure = metricFigure(cell, metric)
      return figure === undefined ? [] : [[metric, figure] as const]
    }),
  )
}
