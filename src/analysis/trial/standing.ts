/** What keeps an outcome a DRAFT (facts/methodology.md, rules 50 to 54): absent is unknown, and unknown is never a match. */
import type { TrialPlan, TrialRun } from '#formats/trial.ts'
import { isIsolated } from './metric-value.ts'

/** Facts that must be known and equal on both sides, unless the plan names them as what differs. */
const mustMatch: readonly (readonly [fact: string, title: string])[] = [
  ['node', 'node'],
  ['gpuUuids', 'GPU UUIDs'],
  ['image', 'image'],
  ['cudagraphMode', 'graph mode'],
]

export interface FactsJudged {
  /** The arms differ in something that the plan does not name: the comparison itself is wrong. */
  readonly differences: readonly string[]
  /** Not known on a side. */
  readonly unknown: readonly string[]
}

export function judgeFacts(plan: TrialPlan, runs: readonly TrialRun[]): FactsJudged {
  const keys = new Set([...mustMatch.map(([fact]) => fact), ...runs.flatMap(({ facts }) => Object.keys(facts))])
  const titles = new Map(mustMatch)
  const differences: string[] = []
  const unknown: string[] = []
  for (const key of [...keys].sort()) {
    if (plan.factors.includes(key)) continue
    const values = runs.map(({ facts }) => facts[key])
    const known = [...new Set(values.filter((value) => value !== undefined))].sort()
    if (known.length > 1)
      differences.push(`${titles.get(key) ?? key} differs between runs (${known.join(', ')}) and is no factor of the plan`)
    else if (titles.has(key) && (known.length === 0 || values.includes(undefined)))
      unknown.push(`${titles.get(key)} is not known of every run`)
  }
  return { differences, unknown }
}

export function blocksOf(plan: TrialPlan, pairs: number, facts: FactsJudged): string[] {
  const blocks: string[] = [...facts.unknown]
  if (pairs < 3) blocks.push(`${pairs} pairs: at least three are needed`)
  if (!isIsolated(plan.metric, plan.tier)) {
    blocks.push(`${plan.metric} does not isolate ${plan.tier}: a latency claim needs median TPOT or ITL, a capacity claim throughput`)
  }
  const factorFacts = plan.factors.filter((factor) => plan.arms.A.facts[factor] === undefined || plan.arms.B.facts[factor] === undefined)
  if (plan.factors.length === 0) blocks.push('the plan names no factor: what was changed is not known')
  for (const factor of factorFacts) blocks.push(`${factor} is what differs, but is not said of both arms`)
  return blocks
}
