/** What a trial's runs prove. Pure: the same plan, runs and earlier looks give the same judgement. */
import { holm } from '#base/rank-tests.ts'
import type { TrialJudgement, TrialMetric, TrialPlan, TrialRun } from '#formats/trial.ts'
import { estimateTrial, outcomeOf, pairsNeeded, type TrialEstimate } from './estimate.ts'
import { givenFloor, marginLog, measuredFloor, type TrialFloor } from './floor.ts'
import { nominalAlpha } from './looks.ts'
import { betterIs, trialMetrics } from './metric-value.ts'
import { driftLeverage } from './order.ts'
import { armMedian, type CountedPair, figureOf, improvementOf, type PairSet, pairRuns } from './pairs.ts'
import { blocksOf, judgeFacts } from './standing.ts'
import { nextOf, reasonOf, testNoteOf } from './words.ts'

type Judgement = Omit<TrialJudgement, 'sources'>

export interface TrialEvidence {
  readonly plan: TrialPlan
  readonly runs: readonly TrialRun[]
  /** Numbers of counted pairs at which the trial was judged before, ascending: each was a look. */
  readonly earlierLooks: readonly number[]
}

export function judgeTrial({ plan, runs, earlierLooks }: TrialEvidence): Judgement {
  const { metric } = plan
  const better = betterIs(metric)
  const aa = pairRuns(plan, runs, 'aa', metric)
  const ab = pairRuns(plan, runs, 'ab', metric)
  const floor = floorOf(plan, aa, better)
  const pairs = ab.counted.length
  const looks = [...new Set([...earlierLooks, pairs])].filter((each) => each <= pairs)
  const alpha = nominalAlpha(plan.looks)
  const look = { number: looks.length, planned: plan.looks, alpha, remaining: Math.max(0, plan.looks - looks.length) }
  const facts = judgeFacts(
    plan,
    runs.filter(({ invalid }) => invalid.length === 0),
  )
  const improvements = ab.counted.map((pair) => improvementOf(pair, metric, better))
  const estimate = improvements.length === 0 ? undefined : estimateTrial(improvements, floor?.spread, alpha)
  const invalid = whyInvalid(plan, ab, floor, look.number, facts.differences)
  const bounds = floor === undefined ? undefined : { floor: floor.log, margin: marginLog(floor, plan.smallestEffectRatio) }
  const outcome: Judgement['verdict'] =
    invalid !== undefined || estimate === undefined || bounds === undefined ? 'INVALID' : outcomeOf(estimate, bounds)
  const blocks = outcome === 'INVALID' ? [] : blocksOf(plan, pairs, facts)
  const needed = outcome === 'INCONCLUSIVE' && estimate !== undefined && bounds !== undefined ? pairsNeeded(estimate, bounds) : undefined
  const about = { plan, outcome, estimate, bounds, look, needed, invalid }
  const first = ab.counted[0]?.first.values[metric]
  return {
    schema: 'trial-verdict/1',
    trial: plan.trial,
    verdict: outcome,
    reason: reasonOf(about),
    standing: outcome !== 'INVALID' && outcome !== 'INCONCLUSIVE' && blocks.length === 0 ? 'VERDICT' : 'DRAFT',
    blocks,
    metric,
    betterIs: better,
    ...(first === undefined ? {} : { unit: first.unit, definition: first.definition }),
    absolute: absoluteOf(ab.counted, metric),
    pairs: { planned: plan.pairs, counted: pairs, excluded: ab.excluded.length },
    ...(estimate === undefined ? {} : figuresOf(estimate)),
    ...(floor === undefined
      ? {}
      : { floor: { ratio: Math.expm1(floor.log), origin: floor.origin, ...(floor.pairs === undefined ? {} : { pairs: floor.pairs }) } }),
    ...(bounds === undefined ? {} : { marginRatio: Math.expm1(bounds.margin) }),
    look,
    ...(needed === undefined ? {} : { pairsNeeded: needed }),
    ...(pairs === 0 ? {} : { driftLeverage: driftLeverage(ab.counted.map(({ order }) => order)) }),
    perPair: ab.counted.map((pair, index) => perPairOf(pair, metric, improvements[index] ?? Number.NaN)),
    excluded: [...aa.excluded, ...ab.excluded],
    secondary: secondaryOf(plan, runs),
    next: nextOf(about, blocks),
  }
}

function floorOf(plan: TrialPlan, aa: PairSet, better: 'lower' | 'higher'): TrialFloor | undefined {
  const measured = measuredFloor(aa.counted.map((pair) => improvementOf(pair, plan.metric, better)))
  return measured ?? (plan.givenFloorRatio === undefined ? undefined : givenFloor(plan.givenFloorRatio))
}

/** More than a third of the pairs lost is a broken experiment, not a sample: what is lost is seldom lost by chance. */
const MOST_EXCLUDED = 1 / 3

function whyInvalid(
  plan: TrialPlan,
  ab: PairSet,
  floor: TrialFloor | undefined,
  look: number,
  differences: readonly string[],
): string | undefined {
  const [difference] = differences
  if (difference !== undefined) return difference
  const total = ab.counted.length + ab.excluded.length
  if (total > 0 && ab.excluded.length / total > MOST_EXCLUDED) {
    return `${ab.excluded.length} of ${total} pairs do not count (the first: ${ab.excluded[0]?.why ?? ''})`
  }
  if (ab.counted.length === 0) return 'no pair has run'
  if (floor === undefined) return 'no noise floor: no A/A pair counts and none was given'
  return look > plan.looks ? `all ${plan.looks} planned looks are spent: another would be a false alarm’s chance` : undefined
}

function figuresOf(estimate: TrialEstimate) {
  const { difference, interval, robust, p, test } = estimate
  const deviation = Math.sqrt(difference.variance)
  return {
    improvementRatio: Math.expm1(difference.estimate),
    ...(interval === undefined ? {} : { interval: { low: Math.expm1(interval.low), high: Math.expm1(interval.high) } }),
    robustRatio: Math.expm1(robust),
    ...(Number.isNaN(p) ? {} : { p }),
    test,
    testNote: testNoteOf(estimate),
    ...(Number.isNaN(deviation) ? {} : { deviationRatio: deviation }),
  }
}

function absoluteOf(pairs: readonly CountedPair[], metric: TrialMetric): { A?: number; B?: number } {
  const [a, b] = [armMedian(pairs, 'A', metric), armMedian(pairs, 'B', metric)]
  return { ...(a === undefined ? {} : { A: a }), ...(b === undefined ? {} : { B: b }) }
}

function perPairOf({ pair, order, first, second }: CountedPair, metric: TrialMetric, improvement: number) {
  const [a, b] = first.arm === 'A' ? [first, second] : [second, first]
  return { pair, order: order.join(''), A: figureOf(a, metric), B: figureOf(b, metric), improvementRatio: Math.expm1(improvement) }
}

/** The other metrics that every counted pair has: shown, corrected for their number, never the verdict. */
function secondaryOf(plan: TrialPlan, runs: readonly TrialRun[]): TrialJudgement['secondary'] {
  const rows = trialMetrics
    .filter((metric) => metric !== plan.metric)
    .flatMap((metric) => {
      const { counted, excluded } = pairRuns(plan, runs, 'ab', metric)
      const [a, b] = [armMedian(counted, 'A', metric), armMedian(counted, 'B', metric)]
      if (excluded.length > 0 || a === undefined || b === undefined) return []
      const estimate = estimateTrial(
        counted.map((pair) => improvementOf(pair, metric, betterIs(metric))),
        undefined,
        nominalAlpha(plan.looks),
      )
      return Number.isNaN(estimate.p)
        ? []
        : [{ metric, A: a, B: b, improvementRatio: Math.expm1(estimate.difference.estimate), p: estimate.p }]
    })
  const adjusted = holm(rows.map(({ p }) => p))
  return rows.map((row, index) => ({ ...row, adjustedP: adjusted[index] ?? Number.NaN }))
}
