/** One clock for all threads of a run: the monotonic one, tied to the epoch once at the start and checked at the end. */

/** A moment of the monotonic clock (process.hrtime, the same for every thread) and of the wall clock. */
export interface ClockTie {
  readonly hrNs: bigint
  readonly epochNs: bigint
}

/** A tick of the millisecond clock is seen at most this often before the best is taken: about 5 ms of spinning. */
const TICKS = 4

/**
 * The wall clock shows milliseconds only, but the moment at which it ticks is exact: seen late, never early, so the largest difference
 * of several is the best.
 */
export function tieClocks(): ClockTie {
  let best: bigint | undefined
  for (let tick = 0; tick < TICKS; tick++) {
    const before = Date.now()
    let now = before
    while (now === before) now = Date.now()
    const difference = BigInt(now) * 1_000_000n - process.hrtime.bigint()
    // A step of the wall clock in between is no tick.
    if (now - before === 1 && (best === undefined || difference > best)) best = difference
  }
  const hrNs = process.hrtime.bigint()
  return { hrNs, epochNs: hrNs + (best ?? BigInt(Date.now()) * 1_000_000n - hrNs) }
}

/** `performance.now()` of this thread shifted to ns after `originHrNs`: one call and one multiplication per stamp, and no BigInt. */
export class DriverClock {
  readonly #shiftNs: number

  constructor(originHrNs: bigint) {
    // The pair with the least time between its readings is the most exact.
    let bestGap = Number.POSITIVE_INFINITY
    let shift = 0
    for (let round = 0; round < 20; round++) {
      const before = performance.now() * 1e6
      const hr = Number(process.hrtime.bigint() - originHrNs)
      const after = performance.now() * 1e6
      if (after - before >= bestGap) continue
      bestGap = after - before
      shift = hr - (before + after) / 2
    }
    this.#shiftNs = shift
  }

  /** Nanoseconds after the origin. */
  nowNs(): number {
    return performance.now() * 1e6 + this.#shiftNs
  }
}
