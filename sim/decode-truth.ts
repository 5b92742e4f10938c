/** Statistics over decode steps and the class that follows from them. */
import type { DecodeClass, DecodeTruth, MeasuredName, Spread, StepTruth } from './truth-types.ts'
import { measuredNames } from './truth-types.ts'

/** Below this difference of shares the first cause is not told from the second: the tolerance of reconciliation (10 % of the step). */
const classMargin = 0.1

/** Linear interpolation between closest ranks, numpy's default. `sorted` is ascending and not empty. */
export function percentile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (high - low) * (position - below)
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p25: percentile(sorted, 0.25),
    median: percentile(sorted, 0.5),
    p75: percentile(sorted, 0.75),
    p99: percentile(sorted, 0.99),
  }
}

const classOfShare: Readonly<Record<keyof DecodeTruth['shares'], DecodeClass>> = {
  kernel: 'kernel-bound',
  host: 'host-bound',
  communication: 'comm-bound',
  copy: 'copy-bound',
}

/** Undefined where no decode step is followed by another. */
export function decodeTruth(steps: readonly StepTruth[]): DecodeTruth | undefined {
  const chosen = steps.filter((step) => step.phase === 'decode' && !step.transient && step.cadenceNs !== undefined)
  if (chosen.length === 0) return undefined
  const entries = measuredNames.map((name): [MeasuredName, Spread] => [name, spreadOf(chosen.map((step) => step[name] ?? 0))])
  const parts = Object.fromEntries(entries) as Record<MeasuredName, Spread>
  const cadence = parts.cadenceNs.mean
  const shares = {
    kernel: (parts.computeNs.mean + parts.opaqueGraphNs.mean) / cadence,
    host: parts.hostGapNs.mean / cadence,
    communication: parts.communicationExposedNs.mean / cadence,
    copy: parts.copyExposedNs.mean / cadence,
  }
  const ranked = Object.entries(shares).sort((a, b) => b[1] - a[1]) as [keyof typeof shares, number][]
  const [first, second] = ranked as [(typeof ranked)[0], (typeof ranked)[0]]
  const margin = first[1] - second[1]
  return { steps: chosen.length, parts, shares, class: margin < classMargin ? 'mixed' : classOfShare[first[0]], margin }
}
