/** The engine's clock: integer nanoseconds since its origin, which is told on the clocks that other processes have. */

export interface EngineClock {
  now(): number
  readonly originEpochNs: bigint
  /** On the monotonic clock that processes of one machine share. */
  readonly originMonotonicNs: bigint
}

export function startClock(): EngineClock {
  const originMs = performance.now()
  const originMonotonicNs = process.hrtime.bigint()
  // timeOrigin has microseconds; more would not be true.
  const originEpochNs = BigInt(Math.round((performance.timeOrigin + originMs) * 1000)) * 1000n
  return { now: () => Math.round((performance.now() - originMs) * 1e6), originEpochNs, originMonotonicNs }
}
