/**
 * Where steps begin: the anchor tells one moment in each step, the boundary is the first device activity after the idle gap that
 * stands at the same place in every step (the host's turn between two steps).
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the sequence.
 */

import type { Anchor } from '#analysis/cut-scale.ts'
import { type DeviceSequence, sequenceTables, shapeToken } from '#analysis/device-sequence.ts'
import type { MainRows } from '#analysis/main-rows.ts'
import { median } from '#base/statistics.ts'
import type { Timeline } from '#model/timeline.ts'

export interface Boundaries {
  /** Positions in the device sequence, ascending: step i holds [at[i], at[i + 1]), the last one [at[n - 1], end). */
  readonly at: Uint32Array
  readonly end: number
  /** The capture begins in the middle of the first step. */
  readonly firstCut: boolean
  /** The last entry of `at` is a step that ends before its anchor or its usual last activity (trap A12). */
  readonly lastCut: boolean
  /** Median idle gap before the boundaries, 0 where steps follow each other without one. */
  readonly gapNs: number
}

/** Intervals looked at to learn where the gap stands: a median over 200 is within 2 % of ranks. */
const SAMPLED_INTERVALS = 200
/** A gap at the usual place counts as the boundary from half its usual length on: host times vary by less than that between like steps. */
const USUAL_GAP_SHARE = 0.5
/** Rows a step may differ from its like (optional small kernels) without being another kind of step: Jaccard 0.8 elsewhere. */
const LIKE_ROWS = 0.2

/** Like segments differ by optional small kernels: 2 % of their rows, as where steps are judged by size. */
const SAME_SIZE = 0.02
/** A first step with this share of the usual rows is whole: like steps differ by optional small kernels. */
const WHOLE_ROWS = 0.95

/** Of old traces: they keep whole microseconds (facts/kineto.md section 2). */
const MICROSECOND_NS = 1000

/**
 * The shortest gap that the clock can tell from none. Where every time is a whole microsecond, a gap of one tick may be no gap at all,
 * and such gaps stand before any kernel by chance: two ticks are needed.
 */
function clockTickNs({ length, startNs, endNs }: DeviceSequence): number {
  for (let i = 0; i < length; i += 1) {
    if ((startNs[i] as number) % MICROSECOND_NS !== 0 || (endNs[i] as number) % MICROSECOND_NS !== 0) return 1
  }
  return 2 * MICROSECOND_NS
}

/**
 * Idle time of the whole device before each activity, 0 where something still ran, and NaN where the activity belongs to a graph replay
 * that has begun: a replay is launched as one, so no step begins there.
 */
function idleBefore(timeline: Timeline, sequence: DeviceSequence): Float64Array {
  const idle = new Float64Array(sequence.length)
  const leastNs = clockTickNs(sequence)
  const correlations = sequenceTables.map((table) => timeline[table].correlation)
  const launchOnLane = new Float64Array(timeline.lanes.length)
  let before = 0
  let covered = Number.POSITIVE_INFINITY
  for (let i = 0; i < sequence.length; i += 1) {
    const start = sequence.startNs[i] as number
    const end = sequence.endNs[i] as number
    const lane = sequence.lane[i] as number
    const launch = correlations[sequence.table[i] as number]?.[sequence.row[i] as number] ?? 0
    if (launch !== 0 && (launch === before || launch === launchOnLane[lane])) idle[i] = Number.NaN
    else if (start - covered >= leastNs) idle[i] = start - covered
    covered = i === 0 ? end : Math.max(covered, end)
    before = launch
    launchOnLane[lane] = launch
  }
  return idle
}

export function alignBoundaries(timeline: Timeline, sequence: DeviceSequence, rows: MainRows, anchor: Anchor): Boundaries {
  const idle = idleBefore(timeline, sequence)
  const marks = Uint32Array.from(anchor.marks, (mark) => rows.at[mark] as number)
  const place = gapPlace(sequence, idle, marks)
  const lead = place.token < 0 ? rowsOfLead(sequence, idle, marks) : 0
  const inner = new Uint32Array(Math.max(0, marks.length - 1))
  for (let i = 0; i < inner.length; i += 1)
    inner[i] = boundaryWithin(sequence, idle, place, (marks[i] as number) + 1, (marks[i + 1] as number) + 1) - lead
  const shape = {
    before: median(Float64Array.from(inner, (at, i) => (marks[i + 1] as number) - at)),
    after: median(Float64Array.from(inner, (at, i) => at - (marks[i] as number))),
  }
  const head = headBoundary(sequence, idle, place, marks[0] as number, shape.before)
  const withForeign = splitForeign(marks, inner, idle, shape)
  const tail = tailBoundary(sequence, idle, place, marks[marks.length - 1] as number, shape)
  const rowsPerStep = shape.before + shape.after
  // What precedes the first marked step may be a step whose mark lies before the capture: a cut at gaps has none before its first row.
  const isOpen = head.at > 0 && head.at <= rowsPerStep * (1 + LIKE_ROWS)
  const all = [...(isOpen ? [0] : []), head.at, ...withForeign, ...tail.at]
  const firstCut = isOpen ? head.at < rowsPerStep * WHOLE_ROWS : head.cut
  return { at: Uint32Array.from(all), end: tail.end, firstCut, lastCut: tail.cut, gapNs: place.gapNs }
}

/**
 * Without a gap that tells where steps begin, they are counted from the capture's first activity, where what precedes the first anchor
 * precedes the others as well: rows from there to the anchor, 0 where it does not recur or a replay would be cut.
 */
function rowsOfLead(sequence: DeviceSequence, idle: Float64Array, marks: Uint32Array): number {
  const lead = marks[0] as number
  const intervals = Float64Array.from({ length: marks.length - 1 }, (_, i) => (marks[i + 1] as number) - (marks[i] as number))
  if (lead === 0 || intervals.length === 0 || lead >= median(intervals)) return 0
  let alike = 0
  for (let i = 1; i < marks.length; i += 1) {
    const from = (marks[i] as number) - lead
    if (from <= (marks[i - 1] as number) || Number.isNaN(idle[from] as number)) continue
    let row = 0
    while (row < lead && shapeToken(sequence, from + row) === shapeToken(sequence, row)) row += 1
    if (row === lead) alike += 1
  }
  // One interval with other rows there (a prefill between) would be cut inside them.
  return alike === intervals.length ? lead : 0
}

interface GapPlace {
  /** Token of the activity that follows the gap, -1 where there is no consistent gap. */
  readonly token: number
  readonly gapNs: number
}

interface LongestGaps {
  readonly gapNs: number[]
  /** Rows from the mark before, and to the mark after. */
  readonly fromMark: number[]
  readonly toMark: number[]
}

/** The token before which the device idles longest in the typical interval, if it does so at the same place in most of them. */
function gapPlace(sequence: DeviceSequence, idle: Float64Array, marks: Uint32Array): GapPlace {
  const intervals = marks.length - 1
  const sampled = Math.min(intervals, SAMPLED_INTERVALS)
  const byToken = new Map<number, LongestGaps>()
  for (let s = 0; s < sampled; s += 1) {
    const interval = Math.floor((s * intervals) / sampled)
    addLongest(byToken, sequence, idle, (marks[interval] as number) + 1, (marks[interval + 1] as number) + 1)
  }
  let best: GapPlace = { token: -1, gapNs: 0 }
  for (const [token, gaps] of byToken) {
    // Intervals without a gap before this token count as 0.
    const values = new Float64Array(sampled)
    values.set(gaps.gapNs)
    const gapNs = median(values)
    const isLonger = gapNs > best.gapNs || (gapNs === best.gapNs && gapNs > 0 && token < best.token)
    if (isLonger && (isOnePlace(gaps.fromMark) || isOnePlace(gaps.toMark))) best = { token, gapNs }
  }
  return best
}

/** The longest gap before each token of positions [from, to). */
function addLongest(byToken: Map<number, LongestGaps>, sequence: DeviceSequence, idle: Float64Array, from: number, to: number): void {
  const longest = new Map<number, number>()
  for (let p = from; p < to; p += 1) {
    const gap = idle[p] as number
    if (!(gap > 0)) continue
    const token = shapeToken(sequence, p)
    const known = longest.get(token)
    if (known === undefined || gap > (idle[known] as number)) longest.set(token, p)
  }
  for (const [token, p] of longest) {
    const held = byToken.get(token) ?? { gapNs: [], fromMark: [], toMark: [] }
    held.gapNs.push(idle[p] as number)
    held.fromMark.push(p - from)
    held.toMark.push(to - p)
    byToken.set(token, held)
  }
}

/** Rows by which a place may move: optional small kernels, and streams that overtake each other. */
const SAME_PLACE_ROWS = 2
/** Of the intervals, this share has the gap there. Two places in turn (draft, verification) have half each. */
const SAME_PLACE_SHARE = 0.75

/**
 * Launch gaps vary: before a kernel that runs in each layer the longest of them is anywhere, and no beginning of a step. Counted from the
 * nearer mark, so that a prefill between the gap and the other mark moves nothing.
 */
function isOnePlace(rows: readonly number[]): boolean {
  const middle = median(rows)
  const reach = Math.max(SAME_PLACE_ROWS, SAME_SIZE * middle)
  return rows.filter((row) => Math.abs(row - middle) <= reach).length >= SAME_PLACE_SHARE * rows.length
}

/** Position in [from, to) of the longest gap before the place's token; in a step without that token the longest gap; without a place the anchor. */
function boundaryWithin(sequence: DeviceSequence, idle: Float64Array, place: GapPlace, from: number, to: number): number {
  let best = -1
  let bestGap = 0
  let longest = to - 1
  let longestGap = 0
  for (let p = from; p < to; p += 1) {
    const gap = idle[p] as number
    if (gap > longestGap) {
      longest = p
      longestGap = gap
    }
    if (gap > bestGap && shapeToken(sequence, p) === place.token) {
      best = p
      bestGap = gap
    }
  }
  if (place.token < 0) return beginningOfReplay(idle, to - 1, from)
  return best >= 0 ? best : longest
}

/** The first activity of the replay that holds this one; the activity itself where it is in none, or where its replay holds the anchor before. */
function beginningOfReplay(idle: Float64Array, at: number, from: number): number {
  let first = at
  while (first >= from && Number.isNaN(idle[first] as number)) first -= 1
  return first >= from ? first : at
}

interface MotifShape {
  /** Median rows from a boundary to its anchor. */
  readonly before: number
  /** Median rows from an anchor to the next boundary. */
  readonly after: number
}

/** The beginning of the first step: at a gap of the usual kind, else where the motif's usual rows before the anchor begin. */
function headBoundary(
  sequence: DeviceSequence,
  idle: Float64Array,
  place: GapPlace,
  mark: number,
  before: number,
): { at: number; cut: boolean } {
  const slack = Math.max(2, LIKE_ROWS * before)
  // A first step of another kind (a prefill) is longer than usual: then the first usual gap backwards, or the capture's beginning.
  for (let p = Math.floor(mark - before + slack); p > 0; p -= 1) {
    if (p <= mark && shapeToken(sequence, p) === place.token && (idle[p] as number) >= USUAL_GAP_SHARE * place.gapNs)
      return { at: p, cut: false }
  }
  return { at: 0, cut: mark < before - slack }
}

/** Splits intervals in which the anchor's step is followed by other work (an eager prefill between graph launches; trap A13). */
function splitForeign(marks: Uint32Array, inner: Uint32Array, idle: Float64Array, shape: MotifShape): number[] {
  const all: number[] = []
  for (let i = 0; i < inner.length; i += 1) {
    const at = inner[i] as number
    const usualEnd = (marks[i] as number) + shape.after
    const slack = Math.max(2, LIKE_ROWS * (shape.after + shape.before))
    if (at > usualEnd + slack) all.push(longestGapNear(idle, usualEnd, slack, at))
    all.push(at)
  }
  return all
}

function longestGapNear(idle: Float64Array, around: number, slack: number, below: number): number {
  let best = Math.round(around)
  let bestGap = -1
  for (let p = Math.max(1, Math.floor(around - slack)); p <= around + slack && p < below; p += 1) {
    const gap = idle[p] as number
    if (gap > bestGap) {
      best = p
      bestGap = gap
    }
  }
  return best
}

/** What follows the last anchor: the rest of its step, then perhaps a step cut off before its anchor, or teardown. */
function tailBoundary(
  sequence: DeviceSequence,
  idle: Float64Array,
  place: GapPlace,
  mark: number,
  shape: MotifShape,
): { at: number[]; end: number; cut: boolean } {
  const slack = Math.max(2, LIKE_ROWS * (shape.after + shape.before))
  const usualEnd = mark + Math.round(shape.after)
  for (let p = mark + 1; p < sequence.length; p += 1) {
    const isPlace = place.token >= 0 && shapeToken(sequence, p) === place.token && (idle[p] as number) >= USUAL_GAP_SHARE * place.gapNs
    if (isPlace && Math.abs(p - usualEnd) <= slack) return { at: [p], end: sequence.length, cut: true }
    if (p > usualEnd + slack) return { at: [], end: usualEnd, cut: false }
  }
  return { at: [], end: sequence.length, cut: sequence.length - mark < shape.after - slack }
}
