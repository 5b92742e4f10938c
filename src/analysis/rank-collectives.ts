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
  const durations: number[] = []
  let total = 0
  for (const [key, own] of first.calls.byKey) {
    const others = keyed.flatMap(({ calls }) => calls.byKey.get(key) ?? [])
    total += Math.min(own.durations.length, ...others.map((each) => each.durations.length))
    if (others.length < keyed.length) continue
    // Hundreds of thousands of calls: no argument list holds them.
    for (const ns of (bySequence ? inOrder(others) : alignedDurations(others)) ?? []) durations.push(ns)
  }
  const matched = durations.length / keyed.length
  if (matched === 0) {
    return {
      state: 'not-matched',
      reason: `no collective could be matched over ${keyed.length} ranks: they recorded no sequence numbers, and neither numbers nor ends of collectives tell which is which`,
    }
  }
  if (matched < total / 2) {
    return { state: 'not-matched', reason: `only ${matched} of ${total} collectives could be matched over ${keyed.length} ranks` }
  }
  return { state: 'matched', account: accountOf(keyed, durations, bySequence) }
}

/** What the members of each collective took. */
interface Extents {
  readonly shortest: Float64Array
  readonly longest: Float64Array
  /** Member that arrived last: the first of the shortest. */
  readonly last: Uint16Array
}

/** @param durations row after row of one duration per member. */
function extentsOf(durations: readonly number[], members: number): Extents {
  const count = durations.length / members
  const [shortest, longest, last] = [new Float64Array(count), new Float64Array(count), new Uint16Array(count)]
  for (let row = 0; row < count; row += 1) {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    let at = 0
    for (let member = 0; member < members; member += 1) {
      const ns = durations[row * members + member] as number
      if (ns > most) most = ns
      if (ns >= least) continue
      least = ns
      at = member
    }
    shortest[row] = least
    longest[row] = most
    last[row] = at
  }
  return { shortest, longest, last }
}

function accountOf(members: readonly RankMember[], durations: readonly number[], bySequence: boolean): RankAccount {
  const { shortest, longest, last } = extentsOf(durations, members.length)
  const usual = median(longest)
  const late = new Float64Array(members.length)
  const waited = new Float64Array(members.length)
  const kept: number[] = []
  for (let row = 0; row < shortest.length; row += 1) {
    if ((longest[row] as number) > START_SKEW_MEDIANS * usual) continue
    kept.push(row)
    const floor = shortest[row] as number
    const arrived = last[row] as number
    if ((longest[row] as number) - floor > LATE_SHARE * floor) late[arrived] = (late[arrived] as number) + 1
    for (let member = 0; member < members.length; member += 1) {
      waited[member] = (waited[member] as number) + (durations[row * members.length + member] as number) - floor
    }
  }
  const keptFloors = kept.map((row) => shortest[row] as number)
  const keptSpreads = kept.map((row) => (longest[row] as number) - (shortest[row] as number))
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
    excludedAsStartSkew: shortest.length - kept.length,
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
function inOrder(members: readonly Calls[]): number[] | undefined {
  const [first] = members
  if (first === undefined || members.some(({ durations }) => durations.length !== first.durations.length)) return undefined
  return first.durations.flatMap((_, k) => members.map(({ durations }) => durations[k] ?? Number.NaN))
}

/** None where there is no such sequence. */
export function collectiveCalls(timeline: Timeline, sequence: DeviceSequence | undefined): CollectiveCalls {
  if (sequence === undefined) return { hasSequence: false, byKey: new Map() }
  const named = namedCollectives(timeline)
  const byKey = new Map<string, Calls>()
  const callsOf = (key: string): Calls => {
    const held = byKey.get(key) ?? { endsNs: [], durations: [] }
    if (held.durations.length === 0) byKey.set(key, held)
    return held
  }
  // Most captures name no collective: then kernel and lane say which calls are alike, and one key serves all of them.
  const ofKernel = new Map<number, Calls>()
  let hasSequence = named !== undefined
  for (let p = 0; p < sequence.length; p += 1) {
    if (sequence.kind[p] !== COMMUNICATION) continue
    const known = named?.get(sequence.row[p] as number)
    if (known === undefined) hasSequence = false
    const [token, lane] = [sequence.token[p] as number, sequence.lane[p] as number]
    const kernel = token * timeline.lanes.length + lane
    const held =
      known === undefined
        ? (ofKernel.get(kernel) ?? callsOf(`${timeline.kernelNames[token]?.name} on stream ${timeline.lanes[lane]?.stream}`))
        : callsOf(known)
    if (known === undefined) ofKernel.set(kernel, held)
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
