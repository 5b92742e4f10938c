/**
 * A second opinion on the step's length: the autocorrelation of the device's busy signal, which knows nothing of kernel names.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import type { Step } from '#analysis/step.ts'

/** Resolution: a step in 32 bins tells lags apart to 3 %, well inside the 10 % that a step is reconciled with. */
const BINS_PER_STEP = 32
/** Enough steps for a stable correlation, few enough to cost nothing. */
const STEPS = 64
/** A signal with less relative deviation than this (always or never busy) has no period to see. */
const FLAT = 0.05
/** Another lag contradicts only when its correlation is this much higher: uneven host gaps lower the true lag by a good part of that; a wrong cut has about none. */
const CLEARLY_HIGHER = 0.5

export type BusySignalVerdict = { readonly state: 'agrees' | 'cannot-tell' } | { readonly state: 'disagrees'; readonly reason: string }

/** Compares the cadence found with the best lag of the busy signal. Multiples and layers (integer fractions) of it do not contradict. */
export function busySignalVerdict(sequence: DeviceSequence, steps: readonly Step[], cadenceNs: number): BusySignalVerdict {
  const first = steps[Math.max(0, (steps.length >> 1) - STEPS / 2)]
  if (first === undefined || !(cadenceNs > 0)) return { state: 'cannot-tell' }
  const count = Math.min(STEPS, steps.length)
  const binNs = cadenceNs / BINS_PER_STEP
  const signal = busyBins(sequence, first.from, first.startNs, binNs, count * BINS_PER_STEP)
  let mean = 0
  for (const value of signal) mean += value / signal.length
  let variance = 0
  for (let i = 0; i < signal.length; i += 1) {
    signal[i] = (signal[i] as number) - mean
    variance += (signal[i] as number) ** 2 / signal.length
  }
  if (Math.sqrt(variance) < FLAT) return { state: 'cannot-tell' }
  const own = correlationNear(signal, BINS_PER_STEP, variance)
  let best = 0
  let bestLag = 0
  // Lags that are neither near the step nor an integer fraction of it: three fifths to four fifths, and one and a quarter to one and three quarters.
  for (let lag = Math.round(BINS_PER_STEP * 0.56); lag <= BINS_PER_STEP * 1.75; lag += 1) {
    if (Math.abs(lag - BINS_PER_STEP) < BINS_PER_STEP * 0.2) continue
    const value = correlation(signal, lag, variance)
    if (value > best) {
      best = value
      bestLag = lag
    }
  }
  if (best - own <= CLEARLY_HIGHER) return { state: own > CLEARLY_HIGHER ? 'agrees' : 'cannot-tell' }
  const reason = `the repeating motif gives ${Math.round(cadenceNs)} ns a step, the busy signal repeats every ${Math.round(bestLag * binNs)} ns`
  return { state: 'disagrees', reason }
}

/** Busy share of each bin from `fromNs` on. */
function busyBins(sequence: DeviceSequence, from: number, fromNs: number, binNs: number, bins: number): Float64Array {
  const signal = new Float64Array(bins)
  let covered = fromNs
  const endNs = fromNs + bins * binNs
  for (let p = from; p < sequence.length; p += 1) {
    const start = Math.max(covered, sequence.startNs[p] as number)
    if (start >= endNs) break
    const end = Math.min(endNs, sequence.endNs[p] as number)
    if (end <= start) continue
    covered = end
    for (let bin = Math.floor((start - fromNs) / binNs); bin < bins; bin += 1) {
      const binStart = fromNs + bin * binNs
      if (binStart >= end) break
      signal[bin] = (signal[bin] as number) + (Math.min(end, binStart + binNs) - Math.max(start, binStart)) / binNs
    }
  }
  return signal
}

function correlation(signal: Float64Array, lag: number, variance: number): number {
  const pairs = signal.length - lag
  if (pairs < BINS_PER_STEP) return 0
  let sum = 0
  for (let i = 0; i < pairs; i += 1) sum += (signal[i] as number) * (signal[i + lag] as number)
  return sum / pairs / variance
}

function correlationNear(signal: Float64Array, lag: number, variance: number): number {
  let best = Number.NEGATIVE_INFINITY
  for (let near = lag - 3; near <= lag + 3; near += 1) best = Math.max(best, correlation(signal, near, variance))
  return best
}
