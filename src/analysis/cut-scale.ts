/**
 * How good a cut is: neighbouring segments of a good one hold the same number of every kind of activity.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { GapMarks } from '#analysis/gap-marks.ts'
import type { MainRows } from '#analysis/main-rows.ts'
import { coverageOf, regularityOf } from '#analysis/step-candidates.ts'

export interface Anchor {
  readonly kind: 'token' | 'replay' | 'gap'
  /** Token, or -1 for a cut at graph replays or gaps. */
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

/** Neighbour pairs looked at per candidate: the standard error of an agreement of 0.9 is then 0.03. */
const SAMPLED_PAIRS = 96
export class CutScale {
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
