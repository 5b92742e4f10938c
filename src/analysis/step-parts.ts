/**
 * Where each step's cadence goes: five unions, one pass over the device's activities.
 *
 * Step i covers [b_i, b_i+1), b_i being the start of its first device activity. Its parts sum to its cadence:
 * compute, then opaque graphs, then communication, then copies, each only where nothing before it in this list was active, then idle time,
 * which is within the step until the step's last activity has ended and between steps after it.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import { COMMUNICATION, COMPUTE, COPY, type DeviceSequence, OPAQUE_GRAPH } from '#analysis/device-sequence.ts'
import type { Step } from '#analysis/step.ts'

/** Parts that sum to the cadence. */
const budgetParts = [
  'computeNs',
  'opaqueGraphNs',
  'communicationExposedNs',
  'copyExposedNs',
  'hostGapWithinNs',
  'hostGapBetweenNs',
] as const
export type BudgetPart = (typeof budgetParts)[number]

/** One value per step, in the order of the steps given. */
export interface StepParts extends Readonly<Record<BudgetPart, Float64Array>> {
  readonly cadenceNs: Float64Array
  readonly busyNs: Float64Array
  /** Union of collectives, whatever ran beside them (trap A6). */
  readonly communicationUnionNs: Float64Array
}

/** Which unions an activity of a kind belongs to: [compute, +graphs, +communication, +copies, communication alone]. */
const U_COMPUTE = 0
const U_GRAPH = 1
const U_COMMUNICATION = 2
const U_ALL = 3
const U_COLLECTIVES = 4
const UNIONS = 5
const membership: Readonly<Record<number, readonly number[]>> = {
  [COMPUTE]: [U_COMPUTE, U_GRAPH, U_COMMUNICATION, U_ALL],
  [OPAQUE_GRAPH]: [U_GRAPH, U_COMMUNICATION, U_ALL],
  [COMMUNICATION]: [U_COMMUNICATION, U_ALL, U_COLLECTIVES],
  [COPY]: [U_ALL],
}

/** @param steps Ascending, each with a cadence (`nextNs`), not overlapping. */
export function measureSteps(sequence: DeviceSequence, steps: readonly Step[]): StepParts {
  const count = steps.length
  const starts = Float64Array.from(steps, (step) => step.startNs)
  const ends = Float64Array.from(steps, (step) => step.nextNs)
  const covered = Array.from({ length: UNIONS }, () => new Float64Array(count))
  const lastBusyNs = Float64Array.from(starts)
  const reached = new Float64Array(UNIONS).fill(Number.NEGATIVE_INFINITY)
  let first = 0
  for (let p = 0; p < sequence.length; p += 1) {
    const start = sequence.startNs[p] as number
    const end = sequence.endNs[p] as number
    while (first < count && (ends[first] as number) <= start) first += 1
    if (first >= count) break
    for (const union of membership[sequence.kind[p] as number] ?? []) {
      const from = Math.max(start, reached[union] as number)
      if (end <= from) continue
      reached[union] = end
      addToSteps(covered[union] as Float64Array, starts, ends, first, from, end)
      if (union === U_ALL) extendBusy(lastBusyNs, starts, ends, first, end)
    }
  }
  return partsOf(starts, ends, covered, lastBusyNs)
}

/** Adds [from, to) to every step that it touches, beginning at step `first`. */
function addToSteps(sums: Float64Array, starts: Float64Array, ends: Float64Array, first: number, from: number, to: number): void {
  for (let s = first; s < sums.length && (starts[s] as number) < to; s += 1) {
    const length = Math.min(to, ends[s] as number) - Math.max(from, starts[s] as number)
    if (length > 0) sums[s] = (sums[s] as number) + length
  }
}

function extendBusy(lastBusyNs: Float64Array, starts: Float64Array, ends: Float64Array, first: number, to: number): void {
  for (let s = first; s < lastBusyNs.length && (starts[s] as number) < to; s += 1) {
    const busy = Math.min(to, ends[s] as number)
    if (busy > (lastBusyNs[s] as number)) lastBusyNs[s] = busy
  }
}

function partsOf(starts: Float64Array, ends: Float64Array, covered: readonly Float64Array[], lastBusyNs: Float64Array): StepParts {
  const column = (value: (step: number) => number): Float64Array => Float64Array.from(starts, (_, step) => value(step))
  const union = (index: number, step: number): number => covered[index]?.[step] ?? 0
  const cadenceNs = column((step) => (ends[step] as number) - (starts[step] as number))
  const hostGapBetweenNs = column((step) => (ends[step] as number) - (lastBusyNs[step] as number))
  return {
    cadenceNs,
    busyNs: covered[U_ALL] as Float64Array,
    communicationUnionNs: covered[U_COLLECTIVES] as Float64Array,
    computeNs: covered[U_COMPUTE] as Float64Array,
    opaqueGraphNs: column((step) => union(U_GRAPH, step) - union(U_COMPUTE, step)),
    communicationExposedNs: column((step) => union(U_COMMUNICATION, step) - union(U_GRAPH, step)),
    copyExposedNs: column((step) => union(U_ALL, step) - union(U_COMMUNICATION, step)),
    hostGapWithinNs: column((step) => (cadenceNs[step] as number) - union(U_ALL, step) - (hostGapBetweenNs[step] as number)),
    hostGapBetweenNs,
  }
}

/** Kernel time per family and step, summed over streams (not a union): rows are families in the order of `familyCount`. */
export function familyTimes(
  sequence: DeviceSequence,
  steps: readonly Step[],
  familyOfName: Int32Array,
  familyCount: number,
): Float64Array[] {
  const times = Array.from({ length: familyCount }, () => new Float64Array(steps.length))
  for (const [index, step] of steps.entries()) {
    for (let p = step.from; p < step.to; p += 1) {
      const token = sequence.token[p] as number
      if (token >= sequence.kernelTokenCount) continue
      const column = times[familyOfName[token] as number]
      if (column !== undefined) column[index] = (column[index] as number) + (sequence.endNs[p] as number) - (sequence.startNs[p] as number)
    }
  }
  return times
}
