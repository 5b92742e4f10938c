/** What row time 0 stands for (facts: kineto, section 2; traps C4, C5). */
import type { Clock } from '#model/capture.ts'

/** Starts up to here are exact, with ten hours (2^45 ns) left for durations. The base's grid of about 92 days stays below it. */
const LATEST_START_NS = 2 ** 53 - 2 ** 45
/** 2001-09-09 and 2100-01-01 in nanoseconds: outside, a number is not a date of a GPU profile. */
const EARLIEST_UTC_NS = 1_000_000_000_000_000_000n
const LATEST_UTC_NS = 4_102_444_800_000_000_000n

export interface Placement {
  readonly clock: Clock
  /** Added to every provisional start. */
  readonly shiftNs: number
}

/**
 * With a base, row time is `ts` × 1000 as written; without, `ts` is epoch microseconds and would exceed 2^53 ns,
 * so the earliest event becomes the origin (also where a base stands beside epoch timestamps). `displayTimeUnit` says nothing about `ts`: always microseconds.
 */
export function placeClock(
  baseNs: bigint | undefined,
  referenceUs: number,
  firstNs: number,
  lastNs: number,
  hasFraction: boolean,
): Placement {
  const reference = Number.isNaN(referenceUs) ? 0 : referenceUs
  const first = Number.isFinite(firstNs) ? firstNs : 0
  const firstAbsoluteNs = BigInt(reference) * 1000n + BigInt(first)
  const keepsText = baseNs !== undefined && first + reference * 1000 > -LATEST_START_NS && lastNs + reference * 1000 < LATEST_START_NS
  const originNs = (baseNs ?? 0n) + (keepsText ? 0n : firstAbsoluteNs)
  const utc = (baseNs ?? 0n) + firstAbsoluteNs
  const isUtc = utc > EARLIEST_UTC_NS && utc < LATEST_UTC_NS
  return {
    shiftNs: keepsText ? reference * 1000 : 0 - first,
    clock: {
      originNs: String(originNs),
      epoch: isUtc ? 'utc' : 'unknown',
      resolutionNs: hasFraction ? 1 : 1000,
      ...(hasFraction ? {} : { note: 'the trace holds whole microseconds only: starts and durations are exact to 1000 ns' }),
    },
  }
}
