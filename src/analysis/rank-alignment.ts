/**
 * Which collective of one rank is which of another's, where neither records sequence numbers: members of a collective end together, so the
 * right pairing is the one whose differences of ends vary least. Their median is the clock offset (algorithms.md, 4), and it cancels.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'

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
  let best = { shift: 0, spread: Number.POSITIVE_INFINITY }
  let second = Number.POSITIVE_INFINITY
  for (let shift = from; shift <= to; shift += 1) {
    const spread = spreadAt(reference, other, shift)
    if (spread < best.spread) {
      second = best.spread
      best = { shift, spread }
    } else second = Math.min(second, spread)
  }
  if (second >= CLEARLY_BETTER * best.spread && second > 0) return best.shift
  // Evenly spaced collectives fit at any shift: equally many of them are taken in order.
  return isEqual && spreadAt(reference, other, 0) <= CLEARLY_BETTER * best.spread ? 0 : undefined
}

/** How much the differences of ends vary when the k-th call of `other` meets the (k + shift)-th of `reference`. */
function spreadAt(reference: readonly number[], other: readonly number[], shift: number): number {
  const from = Math.max(0, -shift)
  const pairs = Math.min(other.length, reference.length - shift) - from
  const count = Math.min(pairs, SAMPLED_PAIRS)
  const differences = new Float64Array(count)
  for (let i = 0; i < count; i += 1) {
    const k = from + Math.floor((i * pairs) / count)
    differences[i] = (reference[k + shift] as number) - (other[k] as number)
  }
  const middle = median(differences)
  // The differences are large beside their spread: centred first, so that rounding does not count.
  for (let i = 0; i < count; i += 1) differences[i] = (differences[i] as number) - middle
  return medianAbsoluteDeviation(differences)
}

/** Durations of the calls that every member recorded, one row per call; undefined where no pairing stands out. */
export function alignedDurations(
  members: readonly { readonly endsNs: readonly number[]; readonly durations: readonly number[] }[],
): Float64Array[] | undefined {
  const [reference] = members
  if (reference === undefined) return undefined
  const shifts = members.map((member) => (member === reference ? 0 : shiftBetween(reference.endsNs, member.endsNs)))
  const rows: Float64Array[] = []
  for (let k = 0; k < reference.endsNs.length; k += 1) {
    const row = new Float64Array(members.length)
    for (const [index, { durations }] of members.entries()) {
      const shift = shifts[index]
      if (shift === undefined) return undefined
      row[index] = durations[k - shift] ?? Number.NaN
    }
    if (!row.some(Number.isNaN)) rows.push(row)
  }
  return rows
}
