/**
 * How far one capture's clock is ahead of another's, from collectives: all members end together, so the median difference of ends is
 * the offset and their scaled MAD its error (algorithms.md, section 4). A clock that stands still between the captures is assumed; drift
 * shows in the error.
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
  if (pairs.length < MIN_PAIRS) return undefined
  const differences = Float64Array.from(pairs, ({ leftNs, rightNs }) => rightNs - leftNs)
  const offsetNs = median(differences)
  const centred = differences.map((each) => each - offsetNs)
  return {
    offsetNs: Math.round(offsetNs),
    errorNs: Math.ceil(NORMAL_MAD * medianAbsoluteDeviation(centred)),
    collectives: pairs.length,
    by: bySequence ? 'sequence-number' : 'order',
    spacingNs: spacingOf(pairs),
  }
}

interface EndPair {
  readonly leftNs: number
  readonly rightNs: number
}

function spacingOf(pairs: readonly EndPair[]): number {
  const ends = pairs.map(({ leftNs }) => leftNs).sort((a, b) => a - b)
  return median(Float64Array.from(ends.slice(1), (end, index) => end - (ends[index] ?? end)))
}

function numberedPairs(a: CollectiveCalls, b: CollectiveCalls): EndPair[] {
  return [...a.byKey].flatMap(([key, own]) => {
    const other = b.byKey.get(key)
    if (other === undefined || other.endsNs.length !== own.endsNs.length) return []
    return own.endsNs.map((leftNs, k) => ({ leftNs, rightNs: other.endsNs[k] ?? Number.NaN }))
  })
}

function orderedPairs(a: CollectiveCalls, b: CollectiveCalls): EndPair[] {
  return [...a.byKey].flatMap(([key, own]) => {
    const other = b.byKey.get(key)
    if (other === undefined) return []
    const shift = shiftBetween(own.endsNs, other.endsNs)
    if (shift === undefined) return []
    return other.endsNs.flatMap((rightNs, k) => {
      const leftNs = own.endsNs[k + shift]
      return leftNs === undefined ? [] : [{ leftNs, rightNs }]
    })
  })
}
