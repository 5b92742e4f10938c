/**
 * How far one capture's clock is ahead of another's, from collectives: all members end together, so the median difference of ends is
 * the offset and their scaled MAD its error (algorithms.md, section 4). A clock that stands still between the captures is assumed; drift
 * shows in the error.
 *
 * `as number` on array reads: every index comes from loops bounded by the length of the column.
 */

import { shiftBetween } from '#analysis/rank-alignment.ts'
import type { CollectiveCalls } from '#analysis/rank-collectives.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'

export interface MeasuredOffset {
  /** Added to times of the left capture, gives times of the right one; both from their own origins. */
  readonly offsetNs: number
  /** 1.4826 MAD: one standard deviation where the differences are normal. */
  readonly errorNs: number
  readonly collectives: number
  readonly by: 'sequence-number' | 'order'
  /** Median time from one paired collective to the next: an error beyond half of it tells no pairing from its neighbour. */
  readonly spacingNs: number
}

/** A MAD of a normal distribution is 0.6745 of its deviation. */
const NORMAL_MAD = 1.4826
/** Fewer pairs have no spread worth the name. */
const MIN_PAIRS = 8

/** Undefined where fewer than eight collectives pair, or where several pairings fit. */
export function measureOffset(a: CollectiveCalls, b: CollectiveCalls): MeasuredOffset | undefined {
  const bySequence = a.hasSequence && b.hasSequence
  const pairs = bySequence ? numberedPairs(a, b) : orderedPairs(a, b)
  if (pairs.leftNs.length < MIN_PAIRS) return undefined
  const leftNs = new Float64Array(pairs.leftNs)
  const differences = new Float64Array(pairs.rightNs)
  for (let k = 0; k < differences.length; k += 1) differences[k] = (differences[k] as number) - (leftNs[k] as number)
  const offsetNs = median(differences)
  for (let k = 0; k < differences.length; k += 1) differences[k] = (differences[k] as number) - offsetNs
  return {
    offsetNs: Math.round(offsetNs),
    errorNs: Math.ceil(NORMAL_MAD * medianAbsoluteDeviation(differences)),
    collectives: leftNs.length,
    by: bySequence ? 'sequence-number' : 'order',
    spacingNs: spacingOf(leftNs),
  }
}

/** Ends of the collectives that pair: the k-th of one is the k-th of the other. */
interface EndPairs {
  readonly leftNs: number[]
  readonly rightNs: number[]
}

/** Sorts the ends. */
function spacingOf(endsNs: Float64Array): number {
  endsNs.sort()
  const distances = new Float64Array(endsNs.length - 1)
  for (let k = 0; k < distances.length; k += 1) distances[k] = (endsNs[k + 1] as number) - (endsNs[k] as number)
  return median(distances)
}

function numberedPairs(a: CollectiveCalls, b: CollectiveCalls): EndPairs {
  const pairs: EndPairs = { leftNs: [], rightNs: [] }
  for (const [key, own] of a.byKey) {
    const other = b.byKey.get(key)
    if (other === undefined || other.endsNs.length !== own.endsNs.length) continue
    pairInOrder(pairs, own.endsNs, other.endsNs, 0)
  }
  return pairs
}

function orderedPairs(a: CollectiveCalls, b: CollectiveCalls): EndPairs {
  const pairs: EndPairs = { leftNs: [], rightNs: [] }
  for (const [key, own] of a.byKey) {
    const other = b.byKey.get(key)
    const shift = other === undefined ? undefined : shiftBetween(own.endsNs, other.endsNs)
    if (other !== undefined && shift !== undefined) pairInOrder(pairs, own.endsNs, other.endsNs, shift)
  }
  return pairs
}

/** The k-th of the right one is the (k + shift)-th of the left one. */
function pairInOrder(pairs: EndPairs, leftNs: readonly number[], rightNs: readonly number[], shift: number): void {
  const to = Math.min(rightNs.length, leftNs.length - shift)
  for (let k = Math.max(0, -shift); k < to; k += 1) {
    pairs.leftNs.push(leftNs[k + shift] as number)
    pairs.rightNs.push(rightNs[k] as number)
  }
}
