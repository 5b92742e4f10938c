/**
 * The token that marks a step, found from the data: no names, no millisecond buckets (traps A1 to A3, A17).
 *
 * A cut is good when neighbouring segments hold the same number of every kind of activity. A token that occurs once per layer fails that
 * for everything outside the layers; a token that occurs every second step passes, but a finer cut that passes too is preferred.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'

/** Main-lane rows in order, as columns. */
export interface MainRows {
  readonly length: number
  /** Position in the device sequence. */
  readonly at: Uint32Array
  readonly token: Int32Array
  readonly startNs: Float64Array
  /** Time since the previous main row in which the whole device was idle. */
  readonly idleBeforeNs: Float64Array
}

export interface Anchor {
  readonly kind: 'token' | 'gap'
  /** Token, or -1 for a cut at gaps. */
  readonly token: number
  /** Indices into the main rows, ascending: one per step. */
  readonly marks: Uint32Array
  /** 0..1: weighted share of activity kinds that neighbouring segments agree on. */
  readonly agreement: number
  /** 1 - MAD / median of inter-arrival. */
  readonly regularity: number
  /** Share of main rows between the first and the last mark. */
  readonly coverage: number
  readonly score: number
}

/** A motif seen fewer times than this has no statistics: five like steps are asked for (algorithms.md, 3.6), and each needs a next one. */
export const MIN_OCCURRENCES = 6
/** What occurs twice can disagree between neighbours: a sampler that ran four times refutes a cut into forty layers. */
const MIN_TYPE_OCCURRENCES = 2
/** Neighbour pairs looked at per candidate: the standard error of an agreement of 0.9 is then 0.03. */
const SAMPLED_PAIRS = 96
/** Two cuts whose scores differ by less than the sampling error of `SAMPLED_PAIRS` are equally good: then the finer one is the step. */
const EQUALLY_GOOD = 0.95
/** Candidates of nearly equal count cut alike: the best few of each count are enough. */
const CANDIDATES_PER_COUNT = 3
const COUNT_CLASS_RATIO = 1.02
/** Bounds the work on captures with thousands of distinct kernels. */
const MAX_CANDIDATES = 96
/** An idle gap marks something only if it stands apart: twice the next smaller one, so that jitter alone does not make a threshold. */
const GAP_SEPARATION = 2

export function mainRows(sequence: DeviceSequence, lane: number): MainRows {
  let length = 0
  for (let i = 0; i < sequence.length; i += 1) if (sequence.lane[i] === lane) length += 1
  const rows = {
    length,
    at: new Uint32Array(length),
    token: new Int32Array(length),
    startNs: new Float64Array(length),
    idleBeforeNs: new Float64Array(length),
  }
  let next = 0
  let covered = Number.NEGATIVE_INFINITY
  let idle = 0
  for (let i = 0; i < sequence.length; i += 1) {
    const start = sequence.startNs[i] as number
    const end = sequence.endNs[i] as number
    if (start > covered && covered !== Number.NEGATIVE_INFINITY) idle += start - covered
    if (end > covered) covered = end
    if (sequence.lane[i] !== lane) continue
    rows.at[next] = i
    rows.token[next] = sequence.token[i] as number
    rows.startNs[next] = start
    rows.idleBeforeNs[next] = idle
    idle = 0
    next += 1
  }
  return rows
}

/** The best cut, or undefined when nothing repeats often enough. */
export function findAnchor(rows: MainRows, tokenCount: number): Anchor | undefined {
  const positions = positionsByToken(rows, tokenCount)
  const gap = gapMarks(rows)
  const types = eligibleTypes(positions, tokenCount)
  const weigh = new CutScale(rows, tokenCount, types, gap)
  const candidates: Anchor[] = []
  for (const token of shortList(positions, rows, types)) {
    candidates.push(weigh.score('token', token, positions.order.subarray(positions.offsets[token], positions.offsets[token + 1])))
  }
  if (gap !== undefined) candidates.push(weigh.score('gap', -1, gap.marks))
  return choose(candidates, rows)
}

interface Positions {
  readonly offsets: Uint32Array
  readonly order: Uint32Array
}

/** Counting sort of main rows by token; each token's rows ascend. */
function positionsByToken(rows: MainRows, tokenCount: number): Positions {
  const offsets = new Uint32Array(tokenCount + 1)
  for (let i = 0; i < rows.length; i += 1) {
    const slot = (rows.token[i] as number) + 1
    offsets[slot] = (offsets[slot] as number) + 1
  }
  for (let token = 0; token < tokenCount; token += 1) offsets[token + 1] = (offsets[token + 1] as number) + (offsets[token] as number)
  const next = offsets.slice()
  const order = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i += 1) {
    const token = rows.token[i] as number
    order[next[token] as number] = i
    next[token] = (next[token] as number) + 1
  }
  return { offsets, order }
}

function eligibleTypes(positions: Positions, tokenCount: number): Int32Array {
  const types: number[] = []
  for (let token = 0; token < tokenCount; token += 1) {
    if ((positions.offsets[token + 1] as number) - (positions.offsets[token] as number) >= MIN_TYPE_OCCURRENCES) types.push(token)
  }
  return Int32Array.from(types)
}

function shortList(positions: Positions, rows: MainRows, types: Int32Array): number[] {
  const classes = new Map<number, { token: number; merit: number }[]>()
  for (const token of types) {
    const marks = positions.order.subarray(positions.offsets[token], positions.offsets[token + 1])
    if (marks.length < MIN_OCCURRENCES) continue
    const merit = regularityOf(rows, marks) * coverageOf(rows, marks)
    const key = Math.round(Math.log(marks.length) / Math.log(COUNT_CLASS_RATIO))
    const held = classes.get(key) ?? []
    held.push({ token, merit })
    classes.set(key, held)
  }
  const kept: { token: number; merit: number }[] = []
  for (const held of classes.values())
    kept.push(...held.sort((a, b) => b.merit - a.merit || a.token - b.token).slice(0, CANDIDATES_PER_COUNT))
  kept.sort((a, b) => b.merit - a.merit || a.token - b.token)
  return kept.slice(0, MAX_CANDIDATES).map((entry) => entry.token)
}

/** Beyond this many marks a strided sample gives the same median. */
const SAMPLED_MARKS = 4096

function intervalsOf(rows: MainRows, marks: Uint32Array): Float64Array {
  const pairs = marks.length - 1
  const stride = Math.max(1, Math.floor(pairs / SAMPLED_MARKS))
  const intervals = new Float64Array(Math.max(0, Math.ceil(pairs / stride)))
  for (let i = 0; i < intervals.length; i += 1) {
    const at = i * stride
    intervals[i] = (rows.startNs[marks[at + 1] as number] as number) - (rows.startNs[marks[at] as number] as number)
  }
  return intervals
}

function regularityOf(rows: MainRows, marks: Uint32Array): number {
  const intervals = intervalsOf(rows, marks)
  const middle = median(intervals)
  return middle > 0 ? Math.max(0, 1 - medianAbsoluteDeviation(intervals) / middle) : 0
}

function coverageOf(rows: MainRows, marks: Uint32Array): number {
  if (marks.length < 2) return 0
  return ((marks[marks.length - 1] as number) - (marks[0] as number) + 1) / rows.length
}

interface GapMarks {
  readonly marks: Uint32Array
  readonly thresholdNs: number
  /** Share of intervals between gaps that hold nearly the same number of rows: 1 = strictly periodic. */
  readonly steadiness: number
}

/** Idle gaps that stand apart from all smaller ones and come after nearly the same number of rows each time. */
function gapMarks(rows: MainRows): GapMarks | undefined {
  const from = Math.max(0, (rows.length - THRESHOLD_ROWS) >> 1)
  const to = Math.min(rows.length, from + THRESHOLD_ROWS)
  const idle = rows.idleBeforeNs
    .slice(from, to)
    .filter((ns) => ns > 0)
    .sort()
  let best: GapMarks | undefined
  const jumps: { ratio: number; thresholdNs: number }[] = []
  for (let i = idle.length - MIN_OCCURRENCES; i > 0; i -= 1) {
    const ratio = (idle[i] as number) / (idle[i - 1] as number)
    if (ratio >= GAP_SEPARATION) jumps.push({ ratio, thresholdNs: idle[i] as number })
  }
  // All gaps are alike and some rows have none before them.
  if (idle.length >= MIN_OCCURRENCES && idle.length < to - from)
    jumps.push({ ratio: Number.POSITIVE_INFINITY, thresholdNs: idle[0] as number })
  for (const { thresholdNs } of jumps) {
    const found = marksAbove(rows, thresholdNs, from, to)
    if (best === undefined || found.steadiness > best.steadiness + 0.05) best = found
  }
  if (best === undefined || best.steadiness < 0.5) return undefined
  return to - from === rows.length ? best : marksAbove(rows, best.thresholdNs, 0, rows.length)
}

/** A threshold is learnt from the middle of a long capture: sorting all gaps of 5M rows costs more than everything else here. */
const THRESHOLD_ROWS = 500_000

function marksAbove(rows: MainRows, thresholdNs: number, from: number, to: number): GapMarks {
  const marks: number[] = []
  for (let i = from; i < to; i += 1) if ((rows.idleBeforeNs[i] as number) >= thresholdNs) marks.push(i)
  const distances = Float64Array.from({ length: Math.max(0, marks.length - 1) }, (_, i) => (marks[i + 1] as number) - (marks[i] as number))
  const middle = median(distances)
  let near = 0
  for (const distance of distances) if (Math.abs(distance - middle) <= 0.02 * middle) near += 1
  return { marks: Uint32Array.from(marks), thresholdNs, steadiness: distances.length === 0 ? 0 : near / distances.length }
}

class CutScale {
  readonly #rows: MainRows
  readonly #gap: GapMarks | undefined
  readonly #isType: Uint8Array
  readonly #typeCount: number
  readonly #left: Float64Array
  readonly #right: Float64Array
  readonly #shared: Float64Array
  readonly #total: Float64Array

  constructor(rows: MainRows, tokenCount: number, types: Int32Array, gap: GapMarks | undefined) {
    this.#rows = rows
    this.#gap = gap
    this.#isType = new Uint8Array(tokenCount + 1)
    for (const token of types) this.#isType[token] = 1
    // The last slot counts gaps that stand apart: an activity kind like any other, so that a cut between two of them shows.
    if (gap !== undefined) this.#isType[tokenCount] = 1
    this.#typeCount = types.length
    this.#left = new Float64Array(tokenCount + 1)
    this.#right = new Float64Array(tokenCount + 1)
    this.#shared = new Float64Array(tokenCount + 1)
    this.#total = new Float64Array(tokenCount + 1)
  }

  score(kind: Anchor['kind'], token: number, marks: Uint32Array): Anchor {
    const agreement = this.#agreement(marks)
    const regularity = regularityOf(this.#rows, marks)
    const coverage = coverageOf(this.#rows, marks)
    // Coverage under a root: a capture may hold long loading or prefill before the decode that is looked for.
    return {
      kind,
      token,
      marks,
      agreement,
      regularity,
      coverage,
      score: agreement * Math.sqrt(coverage) * Math.sqrt(Math.max(regularity, 0)),
    }
  }

  /** Mean over kinds of the share of occurrences that neighbouring segments have in common. */
  #agreement(marks: Uint32Array): number {
    const pairs = marks.length - 2
    if (pairs < 1) return 0
    this.#shared.fill(0)
    this.#total.fill(0)
    const sampled = Math.min(pairs, SAMPLED_PAIRS)
    for (let s = 0; s < sampled; s += 1) {
      const first = Math.floor((s * pairs) / sampled)
      const [a, b, c] = [marks[first] as number, marks[first + 1] as number, marks[first + 2] as number]
      this.#count(this.#left, a, b, 1)
      this.#count(this.#right, b, c, 1)
      this.#compare(a, c)
      this.#count(this.#left, a, b, 0)
      this.#count(this.#right, b, c, 0)
    }
    return this.#mean()
  }

  /** Counts kinds of rows [from, to), or clears them again. */
  #count(counts: Float64Array, from: number, to: number, by: 0 | 1): void {
    const { token, idleBeforeNs } = this.#rows
    const gapSlot = counts.length - 1
    const threshold = this.#gap?.thresholdNs ?? Number.POSITIVE_INFINITY
    for (let i = from; i < to; i += 1) {
      const slot = token[i] as number
      counts[slot] = by === 0 ? 0 : (counts[slot] as number) + 1
      if ((idleBeforeNs[i] as number) >= threshold) counts[gapSlot] = by === 0 ? 0 : (counts[gapSlot] as number) + 1
    }
  }

  #compare(from: number, to: number): void {
    const { token } = this.#rows
    const gapSlot = this.#left.length - 1
    for (let i = from; i < to; i += 1) this.#compareSlot(token[i] as number)
    if (this.#gap !== undefined) this.#compareSlot(gapSlot)
  }

  /** Adds a slot once per pair: its counts are cleared as they are used. */
  #compareSlot(slot: number): void {
    const left = this.#left[slot] as number
    const right = this.#right[slot] as number
    if (left + right === 0 || this.#isType[slot] === 0) return
    this.#shared[slot] = (this.#shared[slot] as number) + 2 * Math.min(left, right)
    this.#total[slot] = (this.#total[slot] as number) + left + right
    this.#left[slot] = 0
    this.#right[slot] = 0
  }

  #mean(): number {
    let sum = 0
    let weight = 0
    const gapSlot = this.#total.length - 1
    for (let slot = 0; slot < this.#total.length; slot += 1) {
      const total = this.#total[slot] as number
      if (total === 0) continue
      // Gaps are evidence of another sort, not one kind among dozens: they weigh a third of the kinds, in so far as they are periodic.
      const own = slot === gapSlot ? Math.max(1, this.#typeCount / 3) * (this.#gap?.steadiness ?? 0) ** 2 : 1
      sum += (own * (this.#shared[slot] as number)) / total
      weight += own
    }
    return weight === 0 ? 0 : sum / weight
  }
}

/** The finest of the equally good cuts, unless the next coarser one is only a regular multiple of like segments. */
function choose(candidates: readonly Anchor[], rows: MainRows): Anchor | undefined {
  let best = 0
  for (const candidate of candidates) best = Math.max(best, candidate.score)
  if (best === 0) return undefined
  const good = candidates.filter((candidate) => candidate.score >= best * EQUALLY_GOOD)
  good.sort((a, b) => b.marks.length - a.marks.length || b.score - a.score || a.token - b.token)
  let [chosen] = good
  if (chosen === undefined) return undefined
  for (const finer of [...candidates].sort((a, b) => a.marks.length - b.marks.length || b.score - a.score)) {
    if (finer.marks.length > chosen.marks.length && isSameStepCutFiner(finer, chosen, rows)) chosen = finer
  }
  return chosen
}

/** A kernel that runs only every second, third or fourth step (cache eviction, metrics, double buffering) doubles the motif, not the step. */
const MAX_ALTERNATION = 4
/** Segments are told apart by duration only beyond the tolerance that reconciles a step with a driver's TPOT (methodology.md, rule 18). */
const LIKE_DURATIONS = 0.1
/** Below this share of common activity, segments are not steps of one kind. */
const LIKE_SEGMENTS = 0.8

function isSameStepCutFiner(finer: Anchor, coarser: Anchor, rows: MainRows): boolean {
  const ratio = finer.marks.length / coarser.marks.length
  const multiple = Math.round(ratio)
  if (multiple < 2 || multiple > MAX_ALTERNATION || Math.abs(ratio - multiple) > 0.05 * multiple) return false
  if (finer.agreement < LIKE_SEGMENTS || finer.regularity < LIKE_SEGMENTS) return false
  const holding: number[] = []
  const others: number[] = []
  let next = 0
  for (let i = 0; i + 1 < finer.marks.length; i += 1) {
    const from = finer.marks[i] as number
    const to = finer.marks[i + 1] as number
    while (next < coarser.marks.length && (coarser.marks[next] as number) < from) next += 1
    const holds = next < coarser.marks.length && (coarser.marks[next] as number) < to
    const duration = (rows.startNs[to] as number) - (rows.startNs[from] as number)
    if (holds) holding.push(duration)
    else others.push(duration)
  }
  if (holding.length === 0 || others.length === 0) return false
  return Math.abs(median(holding) - median(others)) <= LIKE_DURATIONS * median(others)
}
