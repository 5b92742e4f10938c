/**
 * Which annotated range launched each device activity, and what was launched outside of all of them.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column or from the reader's ids.
 */
import type { DeviceSequence } from '#analysis/device-sequence.ts'
import type { LaunchJoin } from '#analysis/launch-join.ts'
import type { AnnotatedRange } from '#analysis/step-ranges.ts'
import { median } from '#base/statistics.ts'
import type { Timeline } from '#model/timeline.ts'

export interface RangeLaunches {
  /** Per range: position of its first activity, -1 = none. */
  readonly first: Int32Array
  /** Positions where work begins that a whole step launched outside of every range, ascending. */
  readonly unannotated: readonly number[]
  /** First activity launched after the last range ended, past what usually follows a range: a step cut short, or teardown. */
  readonly tail?: number
}

/** Launches outside of ranges are a step of their own from half of what a range launches on; less is what engines do between two ranges. */
const OWN_STEP_SHARE = 0.5

export function rangeLaunches(
  timeline: Timeline,
  sequence: DeviceSequence,
  host: readonly AnnotatedRange[],
  join: LaunchJoin,
): RangeLaunches {
  const first = new Int32Array(host.length).fill(-1)
  const inside = new Float64Array(host.length)
  const after: number[][] = host.map(() => [])
  const afterAll: number[] = []
  const calls = timeline.hostCalls
  if (calls === undefined) return { first, unannotated: [] }
  const launches = [join.kernelLaunch, join.graphLaunch, join.memcpyLaunch, join.memsetLaunch]
  const finder = new RangeFinder(timeline, host)
  const lastEndNs = host.reduce((latest, range) => Math.max(latest, range.endNs), Number.NEGATIVE_INFINITY)
  for (let p = 0; p < sequence.length; p += 1) {
    const call = launches[sequence.table[p] as number]?.[sequence.row[p] as number] ?? -1
    if (call < 0) continue
    const atNs = calls.startNs[call] as number
    if (atNs >= lastEndNs) afterAll.push(p)
    const range = finder.latest(calls.thread[call] as number, atNs)
    if (range < 0) continue
    if (atNs >= (host[range] as AnnotatedRange).endNs) {
      after[range]?.push(p)
      continue
    }
    inside[range] = (inside[range] as number) + 1
    if ((first[range] as number) < 0) first[range] = p
  }
  const launching = [...host.keys()].filter((range) => (first[range] as number) >= 0)
  // Samplers and input copies are launched between ranges in every step: they belong to the step before.
  const usual = Math.ceil(median(launching.map((range) => after[range]?.length ?? 0)))
  const wholeStep = OWN_STEP_SHARE * median(launching.map((range) => inside[range] as number))
  const unannotated = launching.flatMap((range) => {
    const positions = after[range] ?? []
    const isLast = (host[range]?.endNs ?? 0) >= lastEndNs
    const begin = positions[usual]
    return !isLast && begin !== undefined && positions.length - usual >= wholeStep ? [begin] : []
  })
  const tail = afterAll[usual]
  return { first, unannotated, ...(tail === undefined ? {} : { tail }) }
}

/** Which annotated range a host call lies in. */
class RangeFinder {
  readonly #byThread = new Map<number, number[]>()
  readonly #ranges: readonly AnnotatedRange[]
  readonly #threadFor: Int32Array

  constructor(timeline: Timeline, ranges: readonly AnnotatedRange[]) {
    this.#ranges = ranges
    const annotatedOfProcess = new Map<number, number[]>()
    for (const [index, { thread, process }] of ranges.entries()) {
      const list = this.#byThread.get(thread)
      if (list !== undefined) list.push(index)
      else {
        this.#byThread.set(thread, [index])
        annotatedOfProcess.set(process, [...(annotatedOfProcess.get(process) ?? []), thread])
      }
    }
    // Launches from a thread without annotations belong to its process's only annotated thread, where there is one.
    this.#threadFor = Int32Array.from(timeline.threads, ({ process }, thread) => {
      if (this.#byThread.has(thread)) return thread
      const annotated = annotatedOfProcess.get(process) ?? []
      return annotated.length === 1 ? (annotated[0] ?? -1) : -1
    })
  }

  /** Index of the last range that began before on the thread, -1 = none. */
  latest(thread: number, atNs: number): number {
    const list = this.#byThread.get(this.#threadFor[thread] ?? -1)
    if (list === undefined) return -1
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[list[middle] as number]?.startNs ?? 0) <= atNs) low = middle + 1
      else high = middle
    }
    return list[low - 1] ?? -1
  }
}
