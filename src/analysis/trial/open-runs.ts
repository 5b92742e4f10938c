/** What of a plan has run and what is still to run, in the order in which it must run. */
import type { TrialPlan, TrialRun } from '#formats/trial.ts'
import { type Arm, type PairOrder, pairOrders } from './order.ts'

export interface PlannedRun {
  readonly kind: 'aa' | 'ab'
  readonly pair: number
  readonly arm: Arm
  readonly position: 'first' | 'second'
  readonly state: 'done' | 'invalid' | 'open'
}

/** A/A pairs first: they say what a difference of nothing looks like. @param pairs in all, at least the planned ones. */
export function plannedRuns(plan: TrialPlan, runs: readonly TrialRun[], pairs: number): PlannedRun[] {
  const aa = Array.from({ length: plan.aaPairs }, (): PairOrder => ['A', 'A'])
  const ab = pairOrders(Math.max(plan.pairs, pairs), plan.seed)
  return [
    ...aa.flatMap((order, index) => ofPair('aa', index + 1, order, runs)),
    ...ab.flatMap((order, index) => ofPair('ab', index + 1, order, runs)),
  ]
}

function ofPair(kind: 'aa' | 'ab', pair: number, order: PairOrder, runs: readonly TrialRun[]): PlannedRun[] {
  return (['first', 'second'] as const).map((position, index) => {
    const run = runs.find((each) => each.kind === kind && each.pair === pair && each.position === position)
    const state = run === undefined ? 'open' : run.invalid.length > 0 ? 'invalid' : 'done'
    return { kind, pair, arm: order[index] ?? 'A', position, state }
  })
}

/** First runs whose partner never came: the pair was interrupted, and the time between would be in its difference. */
export function interruptedRuns(runs: readonly TrialRun[]): TrialRun[] {
  return runs.filter((run) => !runs.some((other) => other !== run && other.kind === run.kind && other.pair === run.pair))
}
