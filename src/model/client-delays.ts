/** How late a load driver was, as it measured itself during a phase. */

export interface DelaySummary {
  readonly count: number
  readonly meanNs: number
  readonly p50Ns: number
  readonly p95Ns: number
  readonly p99Ns: number
  readonly maxNs: number
}

/** Absent parts were not measured, which is no praise. */
export interface ClientDelays {
  /** Upper bound of each stamp's wait inside its thread; blind to the time in which the system did not run the thread. */
  readonly loopWait?: DelaySummary
  /** Lateness that is known: moments sent over loopback into the same loops, stamped there as tokens are. */
  readonly probe?: DelaySummary
  /** Delay of timers in the worst thread. */
  readonly loopDelay?: { readonly p50Ns: number; readonly p99Ns: number; readonly maxNs: number }
  /** CPU of the client's process, all threads, during the phase. */
  readonly cpuNs: number
  /** Events stamped, parsed and kept. */
  readonly events: number
  /** Most requests of an open loop that waited for a connection at one time. */
  readonly maxQueued: number
}
