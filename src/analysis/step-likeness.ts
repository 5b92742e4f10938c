/**
 * How alike two steps are: the Jaccard index of their activities as multisets of tokens.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the sequence.
 */
import { type DeviceSequence, shapeToken } from '#analysis/device-sequence.ts'

/** Steps that share four fifths of their activities are of one kind (algorithms.md, 3: purity). */
export const LIKE = 0.8

export class StepPattern {
  readonly rows: number
  readonly #sequence: DeviceSequence
  readonly #counts: Int32Array
  readonly #seen: Int32Array

  /** The pattern of positions [from, to). */
  constructor(sequence: DeviceSequence, from: number, to: number) {
    this.#sequence = sequence
    this.#counts = new Int32Array(sequence.tokenCount + 1)
    this.#seen = new Int32Array(sequence.tokenCount + 1)
    for (let p = from; p < to; p += 1) {
      const token = shapeToken(sequence, p)
      this.#counts[token] = (this.#counts[token] as number) + 1
    }
    this.rows = to - from
  }

  /** Activities in common over activities in either, 0..1. */
  likeness(from: number, to: number): number {
    const shared = this.#shared(from, to)
    const either = this.rows + (to - from) - shared
    return either === 0 ? 0 : shared / either
  }

  /** Share of positions [from, to) that the pattern holds too: 1 for a step that is only cut short. */
  contained(from: number, to: number): number {
    return to <= from ? 0 : this.#shared(from, to) / (to - from)
  }

  #shared(from: number, to: number): number {
    let shared = 0
    for (let p = from; p < to; p += 1) {
      const t = shapeToken(this.#sequence, p)
      const seen = this.#seen[t] as number
      if (seen < (this.#counts[t] as number)) shared += 1
      this.#seen[t] = seen + 1
    }
    for (let p = from; p < to; p += 1) this.#seen[shapeToken(this.#sequence, p)] = 0
    return shared
  }
}
