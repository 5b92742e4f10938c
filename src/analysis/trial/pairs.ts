/** The pairs that count, and why the others do not. */
import { median } from '#base/statistics.ts'
import type { TrialMetric, TrialPlan, TrialRun } from '#formats/trial.ts'
import { type Arm, type PairOrder, pairOrders } from './order.ts'

export interface CountedPair {
  readonly kind: 'aa' | 'ab'
  readonly pair: number
  readonly first: TrialRun
  readonly second: TrialRun
  readonly order: PairOrder
}

export interface ExcludedPair {
  readonly kind: 'aa' | 'ab'
  readonly pair: number
  readonly why: string
}

export interface PairSet {
  readonly counted: readonly CountedPair[]
  readonly excluded: readonly ExcludedPair[]
  /** One run of it is still to come: neither counted nor excluded. */
  readonly open: number
}

/** Outputs that differ more did not do the same work; a token a request is sampling, a fiftieth is not. */
const MOST_LENGTH_DIFFERENCE = 0.02

export function pairRuns(plan: TrialPlan, runs: readonly TrialRun[], kind: 'aa' | 'ab', metric: TrialMetric): PairSet {
  const counted: CountedPair[] = []
  const excluded: ExcludedPair[] = []
  let open = 0
  const numbers = [...new Set(runs.filter((run) => run.kind === kind).map(({ pair }) => pair))].sort((a, b) => a - b)
  const orders = kind === 'aa' ? numbers.map((): PairOrder => ['A', 'A']) : pairOrders(Math.max(0, ...numbers), plan.seed)
  for (const [index, pair] of numbers.entries()) {
    const of = runs.filter((run) => run.kind === kind && run.pair === pair)
    const first = of.find(({ position }) => position === 'first')
    const second = of.find(({ position }) => position === 'second')
    const order = (kind === 'aa' ? orders[index] : orders[pair - 1]) ?? ['A', 'B']
    if (first === undefined || second === undefined) {
      open += 1
      continue
    }
    const why = problemOf(first, second, order, metric)
    if (why === undefined) counted.push({ kind, pair, first, second, order })
    else excluded.push({ kind, pair, why })
  }
  return { counted, excluded, open }
}

function problemOf(first: TrialRun, second: TrialRun, order: PairOrder, metric: TrialMetric): string | undefined {
  for (const run of [first, second]) if (run.invalid.length > 0) return `run ${run.position} (arm ${run.arm}): ${run.invalid.join('; ')}`
  if (first.arm !== order[0] || second.arm !== order[1]) return `ran as ${first.arm}${second.arm}, the plan says ${order.join('')}`
  const [a, b] = [first.values[metric], second.values[metric]]
  if (a === undefined || b === undefined) return `one of its results does not say ${metric}`
  if (a.definition !== b.definition) return `${metric} is ${a.definition} in one run and ${b.definition} in the other: they do not compare`
  if (!(a.value > 0) || !(b.value > 0)) return `${metric} is 0, which has no ratio`
  const [longer, shorter] = [first.outputTokensMean, second.outputTokensMean].map((value) => value ?? Number.NaN)
  if (Math.abs((longer ?? 0) / (shorter ?? 1) - 1) > MOST_LENGTH_DIFFERENCE) {
    return `outputs are ${first.outputTokensMean} and ${second.outputTokensMean} tokens on average: not the same work`
  }
  return first.salt !== undefined && second.salt !== undefined && first.salt !== second.salt
    ? 'its two runs had different prompts (salts differ)'
    : undefined
}

export function figureOf(run: TrialRun, metric: TrialMetric): number {
  return run.values[metric]?.value ?? Number.NaN
}

/** Log ratio of second to first arm of an A/A pair, or of B to A: positive is better. */
export function improvementOf({ first, second }: CountedPair, metric: TrialMetric, better: 'lower' | 'higher'): number {
  const [a, b] = first.arm === 'B' ? [second, first] : [first, second]
  const ratio = Math.log(figureOf(b, metric) / figureOf(a, metric))
  return better === 'higher' ? ratio : -ratio
}

export function armMedian(pairs: readonly CountedPair[], arm: Arm, metric: TrialMetric): number | undefined {
  const values = pairs.flatMap(({ first, second }) => [first, second].filter((run) => run.arm === arm).map((run) => figureOf(run, metric)))
  return values.length === 0 ? undefined : median(values)
}
