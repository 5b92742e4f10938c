/** Which ranks of a job stand in which capture file, and on which clock. */
import { Random } from '#base/random.ts'
import type { Plan, RankPlan } from './plan.ts'

export interface FilePlan {
  readonly name: string
  readonly ranks: readonly RankPlan[]
  /** When this file's session began after the first one's. */
  readonly sessionNs: number
  readonly clockErrorNs: number
}

/** One file for all ranks, or one per rank on the clock of its own session. */
export function filePlans(plan: Plan, extension: string, ownSessions: boolean): FilePlan[] {
  const { name, files, seed } = plan.scenario
  if (files === 'one' || plan.ranks.length === 1) return [{ name: `${name}${extension}`, ranks: plan.ranks, sessionNs: 0, clockErrorNs: 0 }]
  const random = new Random(seed, 'clocks')
  return plan.ranks.map((rank) => {
    // Hosts kept by NTP differ by tens of microseconds; profilers are started by hand or by a loop over hosts. Whole microseconds,
    // so that old traces stay on their grid.
    const clockErrorNs = rank.rank === 0 ? 0 : random.integer(-80, 80) * 1000
    const sessionNs = ownSessions ? rank.rank * 137_011_000 : 0
    return { name: `${name}.rank${rank.rank}${extension}`, ranks: [onOwnClock(rank, -sessionNs)], sessionNs, clockErrorNs }
  })
}

/** The same rows on a clock that reads `shiftNs` more. */
export function onOwnClock(rank: RankPlan, shiftNs: number): RankPlan {
  const move = <T extends { startNs: number; endNs: number }>(row: T): T => ({
    ...row,
    startNs: row.startNs + shiftNs,
    endNs: row.endNs + shiftNs,
  })
  const { activities, calls, osCalls, ranges } = rank
  return { ...rank, activities: activities.map(move), calls: calls.map(move), osCalls: osCalls.map(move), ranges: ranges.map(move) }
}
