/** The order of the frontier (facts/formats.md section 12): what can still be won, the largest first; what is exhausted last. */
import { type lifecycles, nextValues, type ValueFinding, type ValueRow } from '#formats/value-view.ts'

const EXHAUSTED = /^\s*frontier-exhausted\b\s*:?\s*/i

export const isExhausted = ({ next_lever: lever }: ValueFinding): boolean => typeof lever === 'string' && EXHAUSTED.test(lever)

/** What stands behind the claim that nothing is left; empty where nothing does. */
export const exhaustedBecause = ({ next_lever: lever }: ValueFinding): string => (lever ?? '').replace(EXHAUSTED, '').trim()

/** Speedups are compared within throughput and latency alone: capacity and enablement make nothing faster. */
const rankedSpeedup = ({ tier, speedup }: Unranked): number | undefined =>
  tier === 'throughput' || tier === 'latency' ? speedup : undefined

export type Unranked = Omit<ValueRow, 'rank'>

/** What is running comes before what has not begun, what is done (its next lever is a new one) before what was refuted. */
const lifecycleOrder: readonly (typeof lifecycles)[number][] = ['in_progress', 'not_done', 'done', 'closed_negative']

export function compareRows(a: Unranked, b: Unranked): number {
  const value = ({ next_value: next }: Unranked): number => (next === undefined ? nextValues.length : nextValues.indexOf(next))
  const lifecycle = (row: Unranked): number => lifecycleOrder.indexOf(row.lifecycle)
  return (
    Number(a.exhausted) - Number(b.exhausted) ||
    (rankedSpeedup(b) ?? 0) - (rankedSpeedup(a) ?? 0) ||
    value(a) - value(b) ||
    lifecycle(a) - lifecycle(b) ||
    (a.id < b.id ? -1 : 1)
  )
}
