/** Two programs measured in turns, A B A B A: a spell of load strikes both. */
import { type Measured, measure } from './measure.ts'

export interface Contest {
  readonly ours: Measured
  readonly theirs: Measured
}

/** Middle of the sorted values; the mean of the middle two where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[half]]
  if (low === undefined || high === undefined) throw new Error('a median needs at least one value')
  return (low + high) / 2
}

/** Median time, largest memory (a peak is a peak), any output (they are equal). */
export function summaryOf(runs: readonly Measured[]): Measured {
  return {
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    maxRssMb: Math.max(...runs.map((run) => run.maxRssMb)),
    stdout: runs[0]?.stdout ?? '',
  }
}

export function repeated(runs: number, command: readonly string[], env: Record<string, string> = {}): Measured {
  return summaryOf(Array.from({ length: runs }, () => measure(command, { env })))
}

export function contest(ours: readonly string[], theirs: readonly string[]): Contest {
  const mine: Measured[] = []
  const others: Measured[] = []
  for (const isOurs of [true, false, true, false, true]) {
    if (isOurs) mine.push(measure(ours))
    else others.push(measure(theirs))
  }
  return { ours: summaryOf(mine), theirs: summaryOf(others) }
}
