/**
 * How often the probe asks. At first 200 times a second, so that a run of a second has something to say; then at intervals of a 250th of
 * the time since the phase began: whatever its length, the samples say as much as about 500 of equal weight (a p99 needs 368,
 * facts/baselines.md section 6). Never less often than ten times a second. Every probe wakes two threads: 200 a second were a third of
 * the client's CPU at one stream of 400 events a second.
 */
const LEAST_NS = 5e6
const MOST_NS = 100e6
/** (sum of weights)^2 / (sum of their squares) of intervals t / SAMPLES over a time is 2 * SAMPLES. */
const SAMPLES = 250

/** From the last probe to the next, whole milliseconds in ns, `elapsedNs` after the start of a phase. */
export function probeIntervalNs(elapsedNs: number): number {
  const wanted = Math.min(MOST_NS, Math.max(LEAST_NS, elapsedNs / SAMPLES))
  return Math.floor(wanted / 1e6) * 1e6
}

/** A probe stands for the time since the one before: 1 at the pace of the beginning. */
export function probeWeight(intervalNs: number): number {
  return intervalNs / LEAST_NS
}
