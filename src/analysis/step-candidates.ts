/**
 * Where a step might be cut: at a token, at a token after an unusual number of rows, or at idle gaps that stand apart.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { MainRows } from '#analysis/main-rows.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'

/** A motif seen fewer times than this has no statistics: five like steps are asked for (algorithms.md, 3.6), and each needs a next one. */
export const MIN_OCCURRENCES = 6
/** What occurs twice can disagree between neighbours: a sampler that ran four times refutes a cut into forty layers. */
const MIN_TYPE_OCCURRENCES = 2
/** Candidates of nearly equal count cut alike: the best few of each count are enough. */
const CANDIDATES_PER_COUNT = 3
const COUNT_CLASS_RATIO = 1.02
/** Bounds the work on captures with thousands of distinct kernels. */
const MAX_CANDIDATES = 96
export interface Positions {
  readonly offsets: Uint32Array
  readonly order: Uint32Array
}

/** Counting sort of main rows by token; each token's rows ascend. */
export function positionsByToken(rows: MainRows, tokenCount: number): Positions {
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

export function eligibleTypes(positions: Positions, tokenCount: number): Int32Array {
  const types: number[] = []
  for (let token = 0; token < tokenCount; token += 1) {
    if ((positions.offsets[token + 1] as number) - (positions.offsets[token] as number) >= MIN_TYPE_OCCURRENCES) types.push(token)
  }
  return Int32Array.from(types)
}

export function shortList(positions: Positions, rows: MainRows, types: Int32Array): number[] {
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

export function regularityOf(rows: MainRows, marks: Uint32Array): number {
  const intervals = intervalsOf(rows, marks)
  const middle = median(intervals)
  return middle > 0 ? Math.max(0, 1 - medianAbsoluteDeviation(intervals) / middle) : 0
}

export function coverageOf(rows: MainRows, marks: Uint32Array): number {
  if (marks.length < 2) return 0
  return ((marks[marks.length - 1] as number) - (marks[0] as number) + 1) / rows.length
}

/** Spacings of a token differ at least this much between two of its places in a step: layers of 10 rows, and 14 from the last to the first. */
const SPACING_SEPARATION = 1.2
/** Thresholds tried per token: the widest jumps between its sorted spacings. */
const SPACINGS_PER_TOKEN = 2

/** A segment with this share of the usual rows is whole: like steps differ by optional small kernels. */
const WHOLE_SEGMENT = 0.95

function spacingsOf(marks: Uint32Array): Float64Array {
  const spacings = new Float64Array(Math.max(0, marks.length - 1))
  for (let i = 0; i < spacings.length; i += 1) spacings[i] = (marks[i + 1] as number) - (marks[i] as number)
  return spacings
}

/**
 * Occurrences that stand unusually far, in rows, from the one before: the first of its step where a kernel runs several times in each step
 * (layers, draft and verification) and no kernel runs once.
 */
export function spacedMarks(marks: Uint32Array): Uint32Array[] {
  const from = Math.max(0, (marks.length - SAMPLED_MARKS) >> 1)
  const spacings = spacingsOf(marks.subarray(from, from + SAMPLED_MARKS)).sort()
  const jumps: { ratio: number; threshold: number }[] = []
  for (let i = 1; i < spacings.length; i += 1) {
    const ratio = (spacings[i] as number) / (spacings[i - 1] as number)
    if (ratio >= SPACING_SEPARATION) jumps.push({ ratio, threshold: spacings[i] as number })
  }
  jumps.sort((a, b) => b.ratio - a.ratio || a.threshold - b.threshold)
  return jumps.slice(0, SPACINGS_PER_TOKEN).flatMap(({ threshold }) => {
    const kept = marks.filter((mark, i) => i === 0 || mark - (marks[i - 1] as number) >= threshold)
    // The first occurrence has none before it: it begins a step where a whole one follows, and lies inside a cut one otherwise.
    const isWhole = (kept[1] as number) - (kept[0] as number) >= WHOLE_SEGMENT * median(spacingsOf(kept))
    const whole = isWhole ? kept : kept.subarray(1)
    return whole.length >= MIN_OCCURRENCES ? [whole] : []
  })
}

/** Graphs told apart by their number of kernels: batch buckets of one model share it, drafts and verification do not. */
const REPLAY_SIZES = 8

/** First rows of graph replays, by size: where nothing but layers repeats, a step begins where its graph is launched. */
export function replayMarks(rows: MainRows): Uint32Array[] {
  const bySize = new Map<number, number[]>()
  for (let from = 0; from < rows.length; ) {
    const launch = rows.launch[from] as number
    let to = from + 1
    while (to < rows.length && launch !== 0 && rows.launch[to] === launch) to += 1
    if (to - from > 1) {
      const held = bySize.get(to - from)
      if (held === undefined) bySize.set(to - from, [from])
      else held.push(from)
    }
    from = to
  }
  const sizes = [...bySize].filter(([, marks]) => marks.length >= MIN_OCCURRENCES).sort(([a, m], [b, n]) => n.length - m.length || a - b)
  return sizes.slice(0, REPLAY_SIZES).map(([, marks]) => Uint32Array.from(marks))
}
