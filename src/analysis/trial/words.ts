/** A judgement in sentences. */
import type { Bounds } from '#base/sample-size.ts'
import { formatRatio } from '#base/units.ts'
import type { NextLever } from '#formats/source.ts'
import type { TrialJudgement, TrialPlan } from '#formats/trial.ts'
import { SIGN_FLIP_PAIRS, type TrialEstimate } from './estimate.ts'

export interface Judged {
  readonly plan: TrialPlan
  readonly outcome: TrialJudgement['verdict']
  readonly estimate: TrialEstimate | undefined
  readonly bounds: Bounds | undefined
  readonly look: TrialJudgement['look']
  readonly needed: number | undefined
  readonly invalid: string | undefined
}

/** Below a twentieth of a percent the sign says nothing. */
const signed = (log: number): string => {
  const ratio = Math.abs(Math.expm1(log))
  return ratio < 0.0005 ? 'below 0.05 %' : `${log >= 0 ? '+' : '-'}${formatRatio(ratio)}`
}

export function reasonOf({ plan, outcome, estimate, bounds, needed, invalid }: Judged): string {
  if (invalid !== undefined || estimate === undefined || bounds === undefined) return invalid ?? 'nothing was measured'
  const { difference, interval } = estimate
  const percent = ((1 - estimate.alpha) * 100).toFixed(2).replace(/\.?0+$/, '')
  const span = interval === undefined ? '' : ` (${percent} %: ${signed(interval.low)} to ${signed(interval.high)})`
  const effect = `${plan.metric} of B against A: ${signed(difference.estimate)}${span} over ${estimate.pairs} pairs, positive is better`
  const against = `the noise floor of ${formatRatio(Math.expm1(bounds.floor))}`
  const isFloor = bounds.margin <= bounds.floor
  const margin = isFloor ? against : `${formatRatio(Math.expm1(bounds.margin))}, the smallest effect that the plan calls worth having`
  if (outcome === 'PROVEN') return `${effect}; better by more than ${against}`
  if (outcome === 'REFUTED') return `${effect}; worse by more than ${against}`
  if (outcome === 'NULL') return `${effect}; shown to be within ${margin}: tried, no effect${isFloor ? '' : ' worth having'}`
  const more =
    needed === undefined ? 'no feasible number of pairs would' : `${needed} pairs in all usually would (${needed - estimate.pairs} more)`
  return `${effect}; cannot tell it from ${against}${isFloor ? '' : `, nor show that it is within ${margin}`}; ${more}`
}

export function testNoteOf({ test, pairs, difference, leastP, alpha }: TrialEstimate): string {
  if (test === 'exact sign-flip')
    return `exact over all 2^${pairs} signs; the smallest p that it can reach is ${leastP.toPrecision(2)}, the level is ${alpha}`
  const why =
    pairs < SIGN_FLIP_PAIRS
      ? `with ${pairs} pairs an exact test cannot reach 5 % (${SIGN_FLIP_PAIRS} could)`
      : `with ${pairs} pairs an exact test cannot reach the level of this look`
  const prior =
    difference.prior === 'used'
      ? 'the noise floor lends its deviation'
      : difference.prior === 'set-aside'
        ? 'the noise floor is of quieter pairs than these, so it lends nothing'
        : 'no noise floor lends a deviation'
  return `${why}: log ratios are taken as normal, and ${prior} (${difference.df} degrees of freedom)`
}

export function nextOf({ plan, outcome, look, needed }: Judged, blocks: readonly string[]): NextLever {
  const add = `sextant trial run ${plan.trial} --pairs ${needed ?? plan.pairs + 2}`
  switch (outcome) {
    case 'PROVEN':
      return blocks.length === 0
        ? {
            lever: 'adopt B as the baseline: sextant baseline record',
            expectedUnlock: 'the improvement that was measured',
            gate: 'sextant baseline diff on the next run',
          }
        : {
            lever: `make it a VERDICT: ${blocks[0]}`,
            expectedUnlock: 'the same effect, fit to cite',
            gate: 'sextant trial judge without blocks',
          }
    case 'REFUTED':
      return {
        lever: 'the next lever of the ledger: this change is harmful here',
        expectedUnlock: 'none from this change',
        gate: 'kept in the ledger as REFUTED',
      }
    case 'NULL':
      return {
        lever: 'the next lever of the ledger: this one is tried, without effect',
        expectedUnlock: 'none above the margin',
        gate: 'kept in the ledger as NULL',
      }
    case 'INCONCLUSIVE':
      return look.remaining === 0
        ? {
            lever: 'a new trial with more pairs: all looks of this one are spent',
            expectedUnlock: 'not known yet',
            gate: `${needed ?? 'more'} pairs from the start`,
          }
        : {
            lever: `more pairs: ${add}`,
            expectedUnlock: 'not known yet',
            gate: `judged again at level ${look.alpha}: ${look.remaining} looks remain`,
          }
    case 'INVALID':
      return {
        lever: 'mend the experiment, then run the excluded pairs again',
        expectedUnlock: 'none claimed',
        gate: 'sextant trial judge counts every pair',
      }
  }
}
