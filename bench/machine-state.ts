/**
 * Whether the machine was busy with others while an item ran, by measurement, and whether it is a slow one: two different things. A slow
 * machine that is quiet slows both sides of a ratio alike; a busy one strikes the side that wants a second core, or runs at the wrong moment.
 */
import type { BenchLine } from './bench-line.ts'

/** One measured process. */
export interface WatchedRun {
  readonly command: readonly string[]
  readonly seconds: number
  readonly cpuSeconds: number
  /** Cores that everything but this run kept busy meanwhile, on average; absent where the system has no /proc/stat. */
  readonly othersCores?: number
}

export interface MachineState {
  /** Absent where nothing was measured that tells. */
  readonly isBusy?: boolean
  /** In words, with the figures. */
  readonly text: string
}

/** Python's reading of six columns below which the machine is no dependable one (issue: void below it; 0.9 to 1.3M measured when idle). */
export const SLOW_BELOW_ROWS_PER_S = 800_000

/** A program of one thread that computes needs as much wall as CPU: a twentieth more is time in which it had to wait (disk, or others). */
const MOST_WAIT_RATIO = 1.05
/** A tenth of a core moves a run that wants all cores of a two-core machine by a twentieth; ticks of 10 ms are 1 % of a run of a second. */
const MOST_OTHERS_CORES = 0.1

/** The opponents in plain Python. */
const isOfOneThread = ({ command }: WatchedRun): boolean => command[0] === 'python3'

function middle(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** Of an item, from the processes that it measured: the middle one counts, a peak may be a program that just started. */
export function machineState(runs: readonly WatchedRun[]): MachineState {
  const others = middle(runs.flatMap(({ othersCores }) => (othersCores === undefined ? [] : [othersCores])))
  const single = runs.filter(isOfOneThread)
  const wait = middle(single.map(({ seconds, cpuSeconds }) => seconds / cpuSeconds))
  if (others === undefined && wait === undefined) return { text: 'not measured' }
  const isBusy = (others ?? 0) > MOST_OTHERS_CORES || (wait ?? 1) > MOST_WAIT_RATIO
  const figures = [
    ...(others === undefined ? [] : [`others ${others.toFixed(2)} cores`]),
    ...(wait === undefined ? [] : [`Python's wall ${wait.toFixed(2)} of its CPU`]),
  ]
  return { isBusy, text: `${isBusy ? '**busy**' : 'quiet'} (${figures.join(', ')})` }
}

/**
 * What a line may claim. A bar that is met is met on any machine. A miss says nothing on a busy one; on a slow and quiet one it counts
 * where both sides are held against each other, but not against a bar in seconds or rows a second.
 */
export function judgedOn(line: BenchLine, { isBusy, text }: MachineState, pythonRowsPerS: number | undefined): BenchLine {
  const isSlow = pythonRowsPerS !== undefined && pythonRowsPerS < SLOW_BELOW_ROWS_PER_S
  const told = { ...line, machine: isSlow ? `slow, ${text}` : text, ...(isBusy === undefined ? {} : { isBusy }) }
  const counts = isBusy !== true && (!isSlow || line.ratio !== undefined)
  if (line.met !== false || counts) return told
  const { met: _, ...rest } = told
  return rest
}

/** How fast the fixed opponent read, in the words of the table's head. */
export function pythonRate(rowsPerSecond: number): string {
  const rate = `${(rowsPerSecond / 1e6).toFixed(2)}M rows/s`
  return rowsPerSecond < SLOW_BELOW_ROWS_PER_S ? `${rate} (slow: below 0.8M)` : rate
}
