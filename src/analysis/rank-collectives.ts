/**
 * Collectives over ranks, without clocks in common: members of one collective end together, so the shortest member belongs to the rank that arrived
 * last. floor = shortest member, skew = longest minus shortest (levers.md, 8.0; algorithms.md, 4).
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */

import { COMMUNICATION, type DeviceSequence } from '#analysis/device-sequence.ts'
import { alignedDurations } from '#analysis/rank-alignment.ts'
import { median } from '#base/statistics.ts'
import type { RankAccount } from '#formats/decode-budget.ts'
import type { Timeline } from '#model/timeline.ts'

export interface RankMember {
  /** Index in the answer's devices. */
  readonly device: number
  readonly rank?: number
  /** Of that device: all that is kept of a timeline once its own questions are answered. */
  readonly calls: CollectiveCalls
}

export type RankMatch =
  | { readonly state: 'matched'; readonly account: RankAccount }
  | { readonly state: 'not-matched'; readonly reason: string }

/** A collective this many medians long waited for a profiler, not for work (trap C3). */
const START_SKEW_MEDIANS = 20
/** Named a straggler when last at more than half of the collectives, and at clearly more than its fair part of them. */
const STRAGGLER_SHARE = 0.5
const STRAGGLER_OVER_FAIR = 1.3
/** Members differ by clock resolution and by when each rank sees the end: below this share of the floor, nobody is late. */
const LATE_SHARE = 0.02

/** Undefined for fewer than two members with collectives. */
export function matchRanks(members: readonly RankMember[]): RankMatch | undefined {
  const keyed = members.filter(({ calls }) => calls.byKey.size > 0)
  if (keyed.length < 2) return undefined
  const bySequence = keyed.every(({ calls }) => calls.hasSequence)
  const [first] = keyed
  if (first === undefined) return undefined
  const rows: Float64Array[] = []
  let total = 0
  for (const [key, own] of first.calls.byKey) {
    const others = keyed.flatMap(({ calls }) => calls.byKey.get(key) ?? [])
    total += Math.min(own.durations.length, ...others.map(({ durations }) => durations.length))
    if (others.length < keyed.length) continue
    rows.push(...((bySequence ? inOrder(others) : alignedDurations(others)) ?? []))
  }
  if (rows.length === 0) {
    return {
      state: 'not-matched',
      reason: `no collective could be matched over ${keyed.length} ranks: they recorded no sequence numbers, and neither numbers nor ends of collectives tell which is which`,
    }
  }
  if (rows.length < total / 2) {
    return { state: 'not-matched', reason: `only ${rows.length} of ${total} collectives could be matched over ${keyed.length} ranks` }
  }
  return {
    state: 'matched',
    account: accountOf(keyed, rows, bySequence),
  }
}

function accountOf(members: readonly RankMember[], rows: readonly Float64Array[], bySequence: boolean): RankAccount {
  const floors = rows.map((row) => Math.min(...row))
  const spreads = rows.map((row) => Math.max(...row) - Math.min(...row))
  const usual = median(rows.map((row) => Math.max(...row)))
  const late = new Float64Array(members.length)
  const waited = new Float64Array(members.length)
  const kept: number[] = []
  for (const [index, row] of rows.entries()) {
    if (Math.max(...row) > START_SKEW_MEDIANS * usual) continue
    kept.push(index)
    const floor = floors[index] ?? 0
    const isTold = (spreads[index] ?? 0) > LATE_SHARE * floor
    const last = row.indexOf(floor)
    if (isTold) late[last] = (late[last] as number) + 1
    for (const [member, length] of row.entries()) waited[member] = (waited[member] as number) + length - floor
  }
  const keptFloors = kept.map((index) => floors[index] ?? 0)
  const keptSpreads = kept.map((index) => spreads[index] ?? 0)
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const lateRatios = Array.from(late, (times) => (kept.length === 0 ? 0 : times / kept.length))
  const worst = lateRatios.indexOf(Math.max(...lateRatios))
  const worstRatio = lateRatios[worst] ?? 0
  const isStraggler =
    worstRatio > Math.max(STRAGGLER_SHARE, STRAGGLER_OVER_FAIR / members.length) && sum(keptSpreads) > LATE_SHARE * sum(keptFloors)
  const who = (member: RankMember | undefined) => ({
    device: member?.device ?? 0,
    ...(member?.rank === undefined ? {} : { rank: member.rank }),
  })
  return {
    members: members.map((member, index) => ({ ...who(member), lateRatio: lateRatios[index] ?? 0, waitedNs: waited[index] ?? 0 })),
    matchedBy: bySequence ? 'sequence-number' : 'order',
    collectives: kept.length,
    floorNs: sum(keptFloors),
    skewNs: sum(keptSpreads),
    medianFloorNs: kept.length === 0 ? 0 : median(keptFloors),
    medianSkewNs: kept.length === 0 ? 0 : median(keptSpreads),
    excludedAsStartSkew: rows.length - kept.length,
    ...(isStraggler ? { straggler: { ...who(members[worst]), lateRatio: worstRatio } } : {}),
  }
}

export interface CollectiveCalls {
  readonly hasSequence: boolean
  /** Calls in order, by communicator, sequence and operation where known, else by kernel and stream. */
  readonly byKey: ReadonlyMap<string, Calls>
}

export interface Calls {
  readonly endsNs: number[]
  readonly durations: number[]
}

/** Equal keys with sequence numbers are the same collective; a number that comes again (a restart) matches where all have it as often. */
function inOrder(members: readonly Calls[]): Float64Array[] | undefined {
  const [first] = members
  if (first === undefined || members.some(({ durations }) => durations.length !== first.durations.length)) return undefined
  return first.durations.map((_, k) => Float64Array.from(members, ({ durations }) => durations[k] ?? Number.NaN))
}

export function collectiveCalls(timeline: Timeline, sequence: DeviceSequence): CollectiveCalls {
  const named = namedCollectives(timeline)
  const byKey = new Map<string, Calls>()
  let hasSequence = named !== undefined
  for (let p = 0; p < sequence.length; p += 1) {
    if (sequence.kind[p] !== COMMUNICATION) continue
    const known = named?.get(sequence.row[p] as number)
    if (known === undefined) hasSequence = false
    const lane = timeline.lanes[sequence.lane[p] as number]
    const key = known ?? `${timeline.kernelNames[sequence.token[p] as number]?.name} on stream ${lane?.stream}`
    const held = byKey.get(key) ?? { endsNs: [], durations: [] }
    if (held.durations.length === 0) byKey.set(key, held)
    held.endsNs.push(sequence.endNs[p] as number)
    held.durations.push((sequence.endNs[p] as number) - (sequence.startNs[p] as number))
  }
  return { hasSequence, byKey }
}

function namedCollectives(timeline: Timeline): ReadonlyMap<number, string> | undefined {
  const { collectives } = timeline
  if (collectives === undefined) return undefined
  const named = new Map<number, string>()
  for (let row = 0; row < collectives.length; row += 1) {
    const sequence = collectives.sequence[row] as number
    if (sequence < 0) continue
    const operation = timeline.collectiveNames[collectives.operation[row] as number]
    const communicator = timeline.communicatorNames[collectives.communicator[row] as number]
    named.set(collectives.kernelRow[row] as number, `${communicator} #${sequence} ${operation}`)
  }
  return named.size === 0 ? undefined : named
}
