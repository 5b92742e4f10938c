/**
 * How two captures relate: one recording seen twice, ranks of one job, two runs with kernels in common, or nothing that says so. Within
 * one session the join is by time, kernel and device; across runs by kernel only, never by time. What cannot be carried is refused with
 * the reason and what would settle it.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { type CollectiveCalls, collectiveCalls, type RankMember } from '#analysis/rank-collectives.ts'
import { formatRatio } from '#base/units.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { type MeasuredOffset, measureOffset } from './clock-offset.ts'
import { type DeviceIdentity, type DeviceJoin, deviceIdentities, joinDevices } from './device-identity.ts'
import { type SideTotals, sideTotals } from './join-totals.ts'
import { joinKernels, type KernelJoin } from './kernel-join.ts'
import type { KernelSide } from './kernel-part.ts'
import { kernelSide } from './kernel-parts.ts'
import { ASSUMED_ERROR_NS, deviceSpan, relateTimes, type TimeRelation, type TimeSpan } from './time-relation.ts'

/** What says how a capture relates to others: small, where its timeline is large. */
export interface RelatedSource {
  readonly name: string
  readonly sha256: string
  readonly capture: Pick<Capture, 'clock' | 'tool' | 'rank' | 'worldSize'>
  readonly kernels: KernelSide | undefined
  readonly devices: readonly DeviceIdentity[]
  readonly span: TimeSpan | undefined
  /** Process ids of a timeline. */
  readonly pids: readonly number[]
  /** Collectives of the device with the most rows; undefined where none did anything. */
  readonly member: () => RankMember | undefined
}

/** One capture with what joins ask of it, each piece computed once. */
export interface JoinSource extends RelatedSource {
  readonly capture: Capture
  readonly losses: readonly Loss[]
  /** What each device did, in order; computed when first asked for, because it costs. */
  readonly sequences: () => readonly DeviceSequence[]
  /** Steps and their families; computed when first asked for, because it costs. */
  readonly budget: () => JoinBudget
}

export type JoinBudget = Pick<DecodeBudget, 'devices' | 'captures'>

interface GivenSource extends Pick<JoinSource, 'name' | 'sha256' | 'capture' | 'sequences'> {
  /** Collectives of the device at an index of `Timeline.devices`; computed when absent. */
  readonly callsOf?: (device: number) => CollectiveCalls
}

export function joinSource(given: GivenSource & Pick<JoinSource, 'losses' | 'budget'>, rules: FamilyRules): JoinSource {
  let member: { readonly of: RankMember | undefined } | undefined
  return {
    ...given,
    ...identityOf(given.capture, rules),
    member() {
      member ??= { of: memberOf(given) }
      return member.of
    },
  }
}

/** Holds nothing of the capture's timeline. */
export function relatedSource(given: GivenSource, rules: FamilyRules): RelatedSource {
  const { name, sha256, capture } = given
  const { clock, tool, rank, worldSize } = capture
  const member = memberOf(given)
  return {
    name,
    sha256,
    capture: { clock, tool, ...(rank === undefined ? {} : { rank }), ...(worldSize === undefined ? {} : { worldSize }) },
    ...identityOf(capture, rules),
    member: () => member,
  }
}

function identityOf(capture: Capture, rules: FamilyRules): Pick<RelatedSource, 'kernels' | 'devices' | 'span' | 'pids'> {
  return {
    kernels: kernelSide(capture, rules),
    devices: deviceIdentities(capture),
    span: deviceSpan(capture.timeline),
    pids: (capture.timeline?.processes ?? []).map(({ pid }) => pid).filter((pid) => pid > 0),
  }
}

/** The device with the most rows: a capture of one rank has one. */
function memberOf({ capture, sequences, callsOf }: GivenSource): RankMember | undefined {
  const { timeline } = capture
  if (timeline === undefined) return undefined
  const busiest = sequences().toSorted((x, y) => y.length - x.length)[0]
  if (busiest === undefined || busiest.length === 0) return undefined
  return { device: busiest.device, calls: callsOf?.(busiest.device) ?? collectiveCalls(timeline, busiest) }
}

export type RelationKind = 'one-recording' | 'ranks-of-one-job' | 'one-process' | 'two-runs' | 'little-in-common' | 'unrelated' | 'unknown'

export interface Relation {
  readonly kind: RelationKind
  readonly why: string
}

export interface KernelRelation {
  readonly join: KernelJoin
  readonly left: SideTotals
  readonly right: SideTotals
  /** Larger of the two sides' matched shares: of time where both know it, else of kernels. */
  readonly matchedRatio: number
}

export interface CapturePair<S extends RelatedSource = JoinSource> {
  readonly left: S
  readonly right: S
  readonly relation: Relation
  readonly time: TimeRelation
  readonly devices: DeviceJoin
  readonly kernels?: KernelRelation
  readonly offset?: MeasuredOffset
}

/**
 * Below half of both sides' kernels in common, two captures show different work: any two PyTorch programs share fill, copy and
 * elementwise kernels.
 */
const MOSTLY_COMMON = 0.5

export function relateCaptures<S extends RelatedSource>(left: S, right: S): CapturePair<S> {
  const kernels = relateKernels(left, right)
  const sameRecording = isSameRecording(left, right)
  const sameProcess = sameRecording || isSameProcess(left, right)
  const devices = joinDevices(left.devices, right.devices, sameProcess)
  // Ranks are other processes on other devices; the clocks of one process need no collectives.
  const offset = sameProcess || devices.matched.length > 0 ? undefined : offsetBetween(left, right)
  const time = relateTimes(left, right, sameRecording, offset)
  const relation = relationOf(left, right, { kernels, sameRecording, sameProcess, devices, offset, time })
  return {
    left,
    right,
    relation,
    time,
    devices,
    ...(kernels === undefined ? {} : { kernels }),
    ...(offset === undefined ? {} : { offset }),
  }
}

function relateKernels(left: RelatedSource, right: RelatedSource): KernelRelation | undefined {
  const [a, b] = [left.kernels?.parts, right.kernels?.parts]
  if (a === undefined || b === undefined) return undefined
  const join = joinKernels(a, b)
  const [l, r] = [sideTotals(join, 'left', a, b), sideTotals(join, 'right', b, a)]
  return { join, left: l, right: r, matchedRatio: Math.max(commonRatio(l), commonRatio(r)) }
}

/** Of time where it is known, else of what is counted. Ambiguous kernels are in common too: only which of them is not known. */
export function commonRatio({ total, unmatched }: SideTotals): number {
  const [all, rest] =
    total.timeNs === undefined || unmatched.timeNs === undefined || total.timeNs === 0
      ? [total.rows, unmatched.rows]
      : [total.timeNs, unmatched.timeNs]
  return all === 0 ? 0 : 1 - rest / all
}

/** Equal bytes, or one tool's session start and process: two exports of one report. */
function isSameRecording(left: RelatedSource, right: RelatedSource): boolean {
  if (left.sha256 === right.sha256) return true
  const [a, b] = [left.capture, right.capture]
  const isStated = a.clock.epoch === 'utc' && b.clock.epoch === 'utc'
  return isStated && a.tool.name === b.tool.name && a.clock.originNs === b.clock.originNs && sharedPids(left, right).length > 0
}

function sharedPids(left: RelatedSource, right: RelatedSource): number[] {
  const others = new Set(right.pids)
  return left.pids.filter((pid) => others.has(pid))
}

/** A process id is unique in one host at one time only: the windows must overlap, and no host may speak against it. */
function isSameProcess(left: RelatedSource, right: RelatedSource): boolean {
  if (sharedPids(left, right).length === 0) return false
  const hosts = new Set([left, right].flatMap(({ devices }) => devices.flatMap(({ host }) => host ?? [])))
  if (hosts.size > 1) return false
  if (left.capture.rank !== undefined && right.capture.rank !== undefined && left.capture.rank !== right.capture.rank) return false
  return relateTimes(left, right, false, undefined).state === 'overlapping'
}

/**
 * Pairs by chance differ by anything up to half the spacing: a MAD of a quarter of it, an error of 0.37 of it. A quarter of that is no
 * chance; members of real collectives end within microseconds.
 */
const CLEARLY_PAIRED = 0.1

/**
 * Two runs of one loop have like collectives too, and some offset always fits best: it is believed only where both name a time that
 * agrees with it, their ranks are not equal, and its error tells a collective from its neighbour.
 */
function offsetBetween(left: RelatedSource, right: RelatedSource): MeasuredOffset | undefined {
  const [one, other] = [left.capture, right.capture]
  if (one.rank !== undefined && one.rank === other.rank) return undefined
  if (one.clock.epoch !== 'utc' || other.clock.epoch !== 'utc') return undefined
  const [a, b] = [left.member(), right.member()]
  if (a === undefined || b === undefined) return undefined
  const offset = measureOffset(a.calls, b.calls)
  if (offset === undefined || offset.errorNs > CLEARLY_PAIRED * offset.spacingNs) return undefined
  const byClocksNs = Number(BigInt(one.clock.originNs) - BigInt(other.clock.originNs))
  return Math.abs(offset.offsetNs - byClocksNs) <= ASSUMED_ERROR_NS ? offset : undefined
}

interface Known {
  readonly kernels: KernelRelation | undefined
  readonly sameRecording: boolean
  readonly sameProcess: boolean
  readonly devices: DeviceJoin
  readonly offset: MeasuredOffset | undefined
  readonly time: TimeRelation
}

function relationOf(left: RelatedSource, right: RelatedSource, known: Known): Relation {
  const { kernels, sameRecording, sameProcess, offset, time } = known
  if (sameRecording) {
    const why =
      left.sha256 === right.sha256 ? 'their bytes are equal' : 'one tool, one session start and one process: two exports of one recording'
    return { kind: 'one-recording', why }
  }
  if (sameProcess) return { kind: 'one-process', why: 'one process id, and the recordings overlap in UTC' }
  if (offset !== undefined && time.state === 'overlapping')
    return { kind: 'ranks-of-one-job', why: `${offset.collectives} collectives end together in both` }
  const ranks = namedRanks(left, right)
  if (ranks !== undefined && time.state === 'overlapping' && (kernels?.matchedRatio ?? 0) >= MOSTLY_COMMON)
    return { kind: 'ranks-of-one-job', why: `${ranks}, recorded at the same time by their clocks` }
  if (kernels === undefined) return withoutKernels(left, right, known)
  const { matchedRatio } = kernels
  const common = formatRatio(matchedRatio)
  if (matchedRatio === 0) return { kind: 'unrelated', why: 'no kernel of one is a kernel of the other' }
  if (matchedRatio < MOSTLY_COMMON) return { kind: 'little-in-common', why: `at most ${common} of either side’s kernels are in the other` }
  return { kind: 'two-runs', why: `${common} of one side’s kernels are in the other, and no clock or process says that it is one session` }
}

/** `ranks 0 and 1 of 8`, where both captures say so of one group. */
function namedRanks({ capture: a }: RelatedSource, { capture: b }: RelatedSource): string | undefined {
  if (a.rank === undefined || b.rank === undefined || a.rank === b.rank || a.worldSize === undefined || a.worldSize !== b.worldSize)
    return undefined
  return `ranks ${a.rank} and ${b.rank} of ${a.worldSize}`
}

function withoutKernels(left: RelatedSource, right: RelatedSource, { devices }: Known): Relation {
  if (devices.matched.length > 0)
    return { kind: 'unknown', why: 'one device is in both; whether it is one run no kernel and no clock tells' }
  const silent = [left, right].filter(({ kernels }) => kernels === undefined).map(({ name }) => name)
  return { kind: 'unknown', why: `${silent.join(' and ')} knows no kernels` }
}
