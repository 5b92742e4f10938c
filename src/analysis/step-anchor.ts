/**
 * The token that marks a step, found from the data: no names, no millisecond buckets (traps A1 to A3, A17).
 *
 * A cut is good when neighbouring segments hold the same number of every kind of activity. A token that occurs once per layer fails that
 * for everything outside the layers; a token that occurs every second step passes, but a finer cut that passes too is preferred.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import { type Anchor, CutScale } from '#analysis/cut-scale.ts'
import { gapMarks } from '#analysis/gap-marks.ts'
import type { MainRows } from '#analysis/main-rows.ts'
import { eligibleTypes, positionsByToken, replayMarks, shortList, spacedMarks } from '#analysis/step-candidates.ts'
import { median } from '#base/statistics.ts'

/** Two cuts whose scores differ by less than the sampling error of `SAMPLED_PAIRS` are equally good: then the finer one is the step. */
const EQUALLY_GOOD = 0.95
/** `isSpaced`: at some of the token's occurrences only. A token that marks the same steps by all of them is the plainer anchor. */
interface Candidate extends Anchor {
  readonly isSpaced: boolean
}

/**
 * The best cut, or undefined when nothing repeats often enough.
 * @param workTokens Tokens below are kernels or graphs, from it on copies and memsets.
 */
export function findAnchor(rows: MainRows, tokenCount: number, workTokens: number): Anchor | undefined {
  const positions = positionsByToken(rows, tokenCount)
  const gap = gapMarks(rows)
  const types = eligibleTypes(positions, tokenCount)
  const weigh = new CutScale(rows, tokenCount, types, gap)
  const candidates: Candidate[] = []
  const consider = (kind: Anchor['kind'], token: number, marks: Uint32Array, isSpaced = false): void => {
    if (!splitsReplays(rows, marks)) candidates.push({ ...weigh.score(kind, token, marks), isSpaced })
  }
  for (const token of shortList(positions, rows, types)) {
    const marks = positions.order.subarray(positions.offsets[token], positions.offsets[token + 1])
    consider('token', token, marks)
    // Copies move what the load asks for: their spacing says nothing about steps.
    if (token < workTokens) for (const spaced of spacedMarks(marks)) consider('token', token, spaced, true)
  }
  for (const marks of replayMarks(rows)) {
    consider('replay', -1, marks)
    for (const spaced of spacedMarks(marks)) consider('replay', -1, spaced, true)
  }
  if (gap !== undefined) consider('gap', -1, gap.marks)
  return choose(candidates, rows)
}

/** Correlation ids may repeat after 2^32 launches, and a mark may stand twice at the seam of two streams: a few pairs prove nothing. */
const MAX_SPLIT_SHARE = 0.05
/** Neighbours looked at per candidate. */
const SAMPLED_REPLAYS = 1024

/** A graph replay is launched as one: a cut that falls within replays cuts into layers, whatever repeats in them. */
function splitsReplays(rows: MainRows, marks: Uint32Array): boolean {
  const pairs = marks.length - 1
  const stride = Math.max(1, Math.floor(pairs / SAMPLED_REPLAYS))
  let looked = 0
  let within = 0
  for (let i = 0; i < pairs; i += stride) {
    const launch = rows.launch[marks[i] as number] as number
    looked += 1
    if (launch !== 0 && launch === rows.launch[marks[i + 1] as number]) within += 1
  }
  return within > MAX_SPLIT_SHARE * looked
}

/** The finest of the equally good cuts, unless the next coarser one is only a regular multiple of like segments. */
function choose(candidates: readonly Candidate[], rows: MainRows): Anchor | undefined {
  let best = 0
  for (const candidate of candidates) best = Math.max(best, candidate.score)
  if (best === 0) return undefined
  const good = candidates.filter((candidate) => candidate.score >= best * EQUALLY_GOOD)
  good.sort((a, b) => b.marks.length - a.marks.length || Number(a.isSpaced) - Number(b.isSpaced) || b.score - a.score || a.token - b.token)
  let [chosen] = good
  if (chosen === undefined) return undefined
  for (const finer of [...candidates].sort((a, b) => a.marks.length - b.marks.length || b.score - a.score)) {
    if (finer.marks.length > chosen.marks.length && isSameStepCutFiner(finer, chosen, rows)) chosen = finer
  }
  return oncePerReturn(candidates, chosen, rows) ?? chosen
}

/** Segments with exactly one return to the host that a cut needs: asynchronous copies may slip over a mark. */
const RETURNING_SHARE = 0.9

/**
 * A serving step ends with its tokens on the way to the host, so a segment with several returns holds several steps (prefill chunks
 * between decode steps, a long host turn every tenth step). The best finer cut with one return in each segment is the step then.
 */
function oncePerReturn(candidates: readonly Candidate[], chosen: Anchor, rows: MainRows): Anchor | undefined {
  if (median(returnsOf(chosen, rows)) < 2) return undefined
  const finer = candidates.filter((candidate) => {
    if (candidate.marks.length <= chosen.marks.length || candidate.coverage < LIKE_SEGMENTS * chosen.coverage) return false
    const returns = returnsOf(candidate, rows)
    return returns.filter((count) => count === 1).length >= RETURNING_SHARE * returns.length
  })
  return finer.sort((a, b) => b.score - a.score || a.token - b.token)[0]
}

function returnsOf({ marks }: Anchor, { returnsBefore }: MainRows): Float64Array {
  const length = Math.max(0, marks.length - 1)
  const returns = new Float64Array(length)
  for (let i = 0; i < length; i += 1) {
    returns[i] = (returnsBefore[marks[i + 1] as number] as number) - (returnsBefore[marks[i] as number] as number)
  }
  return returns
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
