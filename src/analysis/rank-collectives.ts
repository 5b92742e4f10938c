/**
 * Collectives over ranks, without clocks in common: members of one collective end together, so the shortest member belongs to the rank that arrived
 * last. floor = shortest member, skew = longest minus shortest (levers.md, 8.0; algorithms.md, 4).
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */

import { COMMUNICATION, type DeviceSequence } from '#analysis/device-sequence.ts'
import { alignedDurations } from '#analysis/rank-alignment.ts'
import { type Extents, extentsOf, type MatchedCollectives } from '#analysis/ranks/extents.ts'
import { pacerOf, spreadOf, steadyRows, waitRatioOf } from '#analysis/ranks/rank-waiting.ts'
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
  const rows: MatchedCollectives = { endsNs: [], durations: [] }
  let total = 0
  for (const [key, own] of first.calls.byKey) {
    const others = keyed.flatMap(({ calls }) => calls.byKey.get(key) ?? [])
    total += Math.min(own.durations.length, ...others.map((each) => each.durations.length))
    if (others.length < keyed.length) continue
    // Hundreds of thousands of calls: no argument list holds them.
    const found = bySequence ? inOrder(others) : alignedDurations(others)
    for (const ns of found?.endsNs ?? []) rows.endsNs.push(ns)
    for (const ns of found?.durations ?? []) rows.durations.push(ns)
  }
  const matched = rows.endsNs.length
  if (matched === 0) {
    return {
      state: 'not-matched',
      reason: `no collective could be matched over ${keyed.length} ranks: they recorded no sequence numbers, and neither numbers nor ends of collectives tell which is which`,
    }
  }
  if (matched < total / 2) {
    return { state: 'not-matched', reason: `only ${matched} of ${total} collectives could be matched over ${keyed.length} ranks` }
  }
  return { state: 'matched', account: accountOf(keyed, rows, bySequence) }
}

function accountOf(members: readonly RankMember[], rows: MatchedCollectives, bySequence: boolean): RankAccount {
  const extents = extentsOf(rows, members.length)
  const { kept, startSkew, stalls } = steadyRows(extents)
  const floors = kept.map((row) => extents.shortest[row] as number)
  const spreads = kept.map((row) => spreadOf(extents, row))
  const { lateRatios, waited } = latenessOf(members.length, rows, extents, kept)
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const who = (member: RankMember | undefined) => ({
    device: member?.device ?? 0,
    ...(member?.rank === undefined ? {} : { rank: member.rank }),
  })
  const late = sum(spreads) > LATE_SHARE * sum(floors) ? stragglerOf(lateRatios, extents, kept) : undefined
  return {
    members: members.map((member, index) => ({ ...who(member), lateRatio: lateRatios[index] ?? 0, waitedNs: waited[index] ?? 0 })),
    matchedBy: bySequence ? 'sequence-number' : 'order',
    collectives: kept.length,
    floorNs: sum(floors),
    skewNs: sum(spreads),
    medianFloorNs: kept.length === 0 ? 0 : median(floors),
    medianSkewNs: kept.length === 0 ? 0 : median(spreads),
    excludedAsStartSkew: startSkew,
    ...(stalls === 0 ? {} : { excludedAsStalls: stalls }),
    ...(late === undefined
      ? {}
      : { straggler: { ...who(members[late.member]), lateRatio: late.lateRatio, ofWaitRatio: late.ofWaitRatio } }),
  }
}

/** By member: share of collectives at which it was told to be last, and its time in them beyond the shortest. */
function latenessOf(members: number, { durations }: MatchedCollectives, { shortest, longest, last }: Extents, kept: readonly number[]) {
  const late = new Float64Array(members)
  const waited = new Float64Array(members)
  for (const row of kept) {
    const floor = shortest[row] as number
    const arrived = last[row] as number
    if ((longest[row] as number) - floor > LATE_SHARE * floor) late[arrived] = (late[arrived] as number) + 1
    for (let member = 0; member < members; member += 1) {
      waited[member] = (waited[member] as number) + (durations[row * members + member] as number) - floor
    }
  }
  return { lateRatios: Array.from(late, (times) => (kept.length === 0 ? 0 : times / kept.length)), waited }
}

/** Whom the others wait for again and again; else who is last in most collectives. */
function stragglerOf(lateRatios: readonly number[], extents: Extents, kept: readonly number[]) {
  const pacer = pacerOf(extents, kept)
  if (pacer !== undefined) return { ...pacer, lateRatio: lateRatios[pacer.member] ?? 0 }
  const lateRatio = Math.max(...lateRatios)
  const member = lateRatios.indexOf(lateRatio)
  if (lateRatio <= Math.max(STRAGGLER_SHARE, STRAGGLER_OVER_FAIR / lateRatios.length)) return undefined
  return { member, lateRatio, ofWaitRatio: waitRatioOf(extents, kept, member) }
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
function inOrder(members: readonly Calls[]): MatchedCollectives | undefined {
  const [first] = members
  if (first === undefined || members.some(({ durations }) => durations.length !== first.durations.length)) return undefined
  const durations = first.durations.flatMap((_, k) => members.map((member) => member.durations[k] ?? Number.NaN))
  return { endsNs: first.endsNs, durations }
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
