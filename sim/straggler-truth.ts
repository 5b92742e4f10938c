import type { Plan } from './plan.ts'
import type { CaseTruth } from './truth-types.ts'

/** The rank that arrives last at most collectives; undefined where there is no such rank, one rank only, or no visible collective. */
export function stragglerTruth(plan: Plan): CaseTruth['straggler'] {
  if (plan.ranks.length < 2) return undefined
  const last = new Map<number, { rank: number; startNs: number; members: number }>()
  for (const { rank, activities } of plan.ranks) {
    for (const { collective, startNs } of activities) {
      if (collective < 0) continue
      const known = last.get(collective)
      if (known === undefined) last.set(collective, { rank, startNs, members: 1 })
      else last.set(collective, { ...(startNs > known.startNs ? { rank, startNs } : known), members: known.members + 1 })
    }
  }
  const late = new Float64Array(plan.ranks.length)
  let complete = 0
  for (const { rank, members } of last.values()) {
    if (members < plan.ranks.length) continue
    complete += 1
    late[rank] = (late[rank] as number) + 1
  }
  if (complete === 0) return undefined
  const most = Math.max(...late)
  // Without a straggler ranks take turns: the largest of their shares names nobody.
  return most / complete < 0.5 ? undefined : { rank: late.indexOf(most), lateShare: most / complete }
}
