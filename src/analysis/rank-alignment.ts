/**
 * Which collective of one rank is which of another's, where neither records sequence numbers: members of a collective end together, so the
 * right pairing is the one whose differences of ends vary least. Their median is the clock offset (algorithms.md, 4), and it cancels.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { MatchedCollectives } from '#analysis/ranks/extents.ts'
import { medianInPlace } from '#base/statistics.ts'

/** Pairs looked at per shift: the spread of 64 differences tells a right shift from a wrong one. */
const SAMPLED_PAIRS = 64
/** Ranks whose profilers start further apart than this many collectives are not searched for: minutes of decode. */
const MAX_SHIFT = 20_000
/** Fewer collectives than this align by chance. */
const MIN_ALIGNED = 8
/** The right shift varies by clock noise, a wrong one by the traffic: less than twice apart they cannot be told. */
const CLEARLY_BETTER = 2

/** Calls that `other` leaves out at the beginning of `reference` (negative: the other way round); undefined where several shifts fit. */
export function shiftBetween(reference: readonly number[], other: readonly number[]): number | undefined {
  const isEqual = reference.length === other.length
  const shorter = Math.min(reference.length, other.length)
  if (shorter < MIN_ALIGNED) return isEqual ? 0 : undefined
  const overlap = Math.max(MIN_ALIGNED, shorter >> 1)
  const from = Math.max(-MAX_SHIFT, overlap - other.length)
  const to = Math.min(MAX_SHIFT, reference.length - overlap)
  const spreads = new Spreads(reference, other)
  let best = { shift: 0, spread: Number.POSITIVE_INFINITY }
  let second = Number.POSITIVE_INFINITY
  // Profilers that start together are the rule: from the middle outwards the right shift comes early, and others are told from it at a look.
  for (let k = 0; k <= 2 * MAX_SHIFT; k += 1) {
    const shift = k % 2 === 1 ? (k + 1) / 2 : 0 - k / 2
    if (shift < from || shift > to) continue
    // A spread of more than that says no more than infinity does.
    const spread = spreads.at(shift, CLEARLY_BETTER * best.spread)
    if (spread < best.spread) {
      second = best.spread
      best = { shift, spread }
    } else second = Math.min(second, spread)
  }
  if (second >= CLEARLY_BETTER * best.spread && second > 0) return best.shift
  // Evenly spaced collectives fit at any shift: equally many of them are taken in order.
  return isEqual && spreads.at(0) <= CLEARLY_BETTER * best.spread ? 0 : undefined
}

/** How much the differences of ends vary at a shift. */
class Spreads {
  readonly #reference: readonly number[]
  readonly #other: readonly number[]
  readonly #differences = new Float64Array(SAMPLED_PAIRS)
  readonly #scratch = new Float64Array(SAMPLED_PAIRS)

  constructor(reference: readonly number[], other: readonly number[]) {
    this.#reference = reference
    this.#other = other
  }

  /** Median absolute deviation when the k-th call of the other meets the (k + shift)-th of the reference; infinity where it exceeds `limit` at a look. */
  at(shift: number, limit = Number.POSITIVE_INFINITY): number {
    const [reference, other, differences, scratch] = [this.#reference, this.#other, this.#differences, this.#scratch]
    const from = Math.max(0, -shift)
    const pairs = Math.min(other.length, reference.length - shift) - from
    const count = Math.min(pairs, SAMPLED_PAIRS)
    for (let i = 0; i < count; i += 1) {
      const k = from + Math.floor((i * pairs) / count)
      differences[i] = (reference[k + shift] as number) - (other[k] as number)
    }
    if (closePairs(differences, count, 2 * limit) < fewestClosePairs(count)) return Number.POSITIVE_INFINITY
    // The differences are large beside their spread: centred first, so that rounding does not count.
    scratch.set(differences)
    const middle = medianInPlace(scratch, 0, count)
    for (let i = 0; i < count; i += 1) differences[i] = (differences[i] as number) - middle
    scratch.set(differences)
    const centre = medianInPlace(scratch, 0, count)
    for (let i = 0; i < count; i += 1) scratch[i] = Math.abs((differences[i] as number) - centre)
    return medianInPlace(scratch, 0, count)
  }
}

/** Of the triples of neighbours, those in which two values differ by at most `width`. */
function closePairs(values: Float64Array, count: number, width: number): number {
  let close = 0
  for (let i = 0; i + 2 < count; i += 3) {
    const [a, b, c] = [values[i] as number, values[i + 1] as number, values[i + 2] as number]
    if (Math.abs(a - b) <= width || Math.abs(b - c) <= width || Math.abs(a - c) <= width) close += 1
  }
  return close
}

/**
 * Where the median absolute deviation is at most d, half of the values lie within 2 d of one another. Were fewer than this many triples to
 * hold two of them, the others with at most one each would not hold that half.
 */
function fewestClosePairs(count: number): number {
  const triples = Math.floor(count / 3)
  const half = Math.ceil(count / 2) - (count - 3 * triples)
  return Math.max(0, Math.ceil((half - triples) / 2))
}

/**
 * The calls that every member recorded. Undefined where no pairing stands out.
 */
export function alignedDurations(
  members: readonly { readonly endsNs: readonly number[]; readonly durations: readonly number[] }[],
): MatchedCollectives | undefined {
  const [reference] = members
  if (reference === undefined) return undefined
  const shifts: number[] = []
  for (const member of members) {
    const shift = member === reference ? 0 : shiftBetween(reference.endsNs, member.endsNs)
    if (shift === undefined && reference.endsNs.length > 0) return undefined
    shifts.push(shift ?? 0)
  }
  const first = Math.max(0, ...shifts)
  const end = Math.min(reference.endsNs.length, ...members.map(({ durations }, index) => durations.length + (shifts[index] ?? 0)))
  const rows: MatchedCollectives = { endsNs: [], durations: [] }
  for (let k = first; k < end; k += 1) {
    rows.endsNs.push(reference.endsNs[k] as number)
    for (const [index, { durations }] of members.entries()) rows.durations.push(durations[k - (shifts[index] as number)] as number)
  }
  return rows
}
