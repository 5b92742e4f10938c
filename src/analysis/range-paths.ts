/**
 * Which ranges each host call stood in: one stack sweep per thread, linear after ordering.
 * A range holds a kernel when it contains the kernel's launch call on the same thread, not the kernel (facts/nsys.md, section 5).
 * Memory is bounded by the columns and by distinct paths of range texts, not by ranges: an interval join needs hours and 175 GB
 * at 10M ranges (trap B19).
 *
 * `as number` on typed-array reads: rows come from the order, stack slots stay below its depth.
 */
import { orderLanes } from '#analysis/lanes.ts'
import { type RangeKind, type RangeTable, rangeKinds, type Timeline } from '#model/timeline.ts'

/** A path is a range text under the path of the ranges around it: `parent[path]` (-1 at the top) and `text[path]`. */
export interface RangePaths {
  readonly parent: readonly number[]
  /** Index into `Timeline.rangeTexts`. */
  readonly text: readonly number[]
  /** Ranges per path. */
  readonly ranges: readonly number[]
  /** Innermost path per row of `Timeline.hostCalls`, -1 = in no range. */
  readonly ofCall: Int32Array
  /** Ranges left out because they end on another thread. */
  readonly crossThread: number
  /** Ranges whose path was not kept beyond `MAX_PATHS`: their calls count for the range around them. */
  readonly cut: number
}

/** Distinct paths kept: 2M of about 60 bytes each. Real captures have hundreds; texts with running numbers can have one a range. */
const MAX_PATHS = 2_000_000
/** What a person or an engine marked. Operators and Python frames would drown these: ask for them. */
const defaultKinds: readonly RangeKind[] = ['nvtx', 'annotation']

/** Undefined where the capture has no ranges or no host calls. */
export function computeRangePaths(timeline: Timeline, kinds: readonly RangeKind[] = defaultKinds): RangePaths | undefined {
  const { ranges, hostCalls, threads } = timeline
  if (ranges === undefined || hostCalls === undefined) return undefined
  const sweep = new RangeSweep(timeline, ranges, kinds)
  const ofCall = new Int32Array(hostCalls.length).fill(-1)
  const callOrder = orderLanes({ length: hostCalls.length, startNs: hostCalls.startNs, lane: hostCalls.thread }, threads.length)
  const rangeOrder = orderLanes({ length: ranges.length, startNs: ranges.startNs, lane: ranges.thread }, threads.length)
  for (let thread = 0; thread < threads.length; thread += 1) {
    let next = rangeOrder.offsets[thread] as number
    const lastRange = rangeOrder.offsets[thread + 1] as number
    const lastCall = callOrder.offsets[thread + 1] as number
    sweep.restart()
    for (let position = callOrder.offsets[thread] as number; position < lastCall; position += 1) {
      const call = callOrder.order === undefined ? position : (callOrder.order[position] as number)
      const start = hostCalls.startNs[call] as number
      while (next < lastRange) {
        const range = rangeOrder.order === undefined ? next : (rangeOrder.order[next] as number)
        if ((ranges.startNs[range] as number) > start) break
        sweep.push(range)
        next += 1
      }
      ofCall[call] = sweep.pathAt(start + (hostCalls.durationNs[call] as number), start)
    }
    for (; next < lastRange; next += 1) sweep.push(rangeOrder.order === undefined ? next : (rangeOrder.order[next] as number))
  }
  return { ...sweep.paths, ofCall, crossThread: sweep.crossThread, cut: sweep.cut }
}

class RangeSweep {
  readonly paths: { parent: number[]; text: number[]; ranges: number[] } = { parent: [], text: [], ranges: [] }
  crossThread = 0
  cut = 0
  readonly #ranges: RangeTable
  readonly #texts: number
  readonly #wanted: Uint8Array
  readonly #ids = new Map<number, number>()
  #stack = new Int32Array(64)
  #pathOfSlot = new Int32Array(64)
  #depth = 0

  constructor(timeline: Timeline, ranges: RangeTable, kinds: readonly RangeKind[]) {
    this.#ranges = ranges
    this.#texts = timeline.rangeTexts.length
    this.#wanted = Uint8Array.from(rangeKinds, (kind) => (kinds.includes(kind) ? 1 : 0))
  }

  restart(): void {
    this.#depth = 0
  }

  #end(range: number): number {
    return (this.#ranges.startNs[range] as number) + (this.#ranges.durationNs[range] as number)
  }

  push(range: number): void {
    if (this.#wanted[this.#ranges.kind[range] as number] !== 1) return
    if (this.#ranges.crossThread?.[range] === 1) {
      this.crossThread += 1
      return
    }
    const start = this.#ranges.startNs[range] as number
    const end = this.#end(range)
    while (this.#depth > 0 && this.#end(this.#stack[this.#depth - 1] as number) <= start) this.#depth -= 1
    if (this.#depth === this.#stack.length) this.#grow()
    // Equal starts come in file order: the longer is the outer one.
    let slot = this.#depth
    while (slot > 0 && this.#isInside(this.#stack[slot - 1] as number, start, end)) {
      this.#stack[slot] = this.#stack[slot - 1] as number
      slot -= 1
    }
    this.#stack[slot] = range
    this.#depth += 1
    for (let at = slot; at < this.#depth; at += 1) this.#pathOfSlot[at] = this.#pathFor(at, at === slot)
    this.#count(this.#pathOfSlot[slot] as number, 1)
  }

  #isInside(range: number, start: number, end: number): boolean {
    return this.#ranges.startNs[range] === start && this.#end(range) < end
  }

  #count(path: number, by: number): void {
    if (path >= 0) this.paths.ranges[path] = (this.paths.ranges[path] as number) + by
  }

  #pathFor(slot: number, isNew: boolean): number {
    const range = this.#stack[slot] as number
    const parent = slot === 0 ? -1 : (this.#pathOfSlot[slot - 1] as number)
    const text = this.#ranges.text[range] as number
    const key = (parent + 1) * this.#texts + text
    let path = this.#ids.get(key)
    if (path === undefined) {
      if (this.paths.text.length >= MAX_PATHS) {
        if (isNew) this.cut += 1
        return parent
      }
      path = this.paths.text.push(text) - 1
      this.paths.parent.push(parent)
      this.paths.ranges.push(0)
      this.#ids.set(key, path)
    }
    return path
  }

  #grow(): void {
    const stack = new Int32Array(this.#stack.length * 2)
    stack.set(this.#stack)
    const paths = new Int32Array(stack.length)
    paths.set(this.#pathOfSlot)
    this.#stack = stack
    this.#pathOfSlot = paths
  }

  /** Innermost open range that contains [start, end]; annotations that overlap without nesting are looked through. */
  pathAt(end: number, start: number): number {
    while (this.#depth > 0 && this.#end(this.#stack[this.#depth - 1] as number) <= start) this.#depth -= 1
    for (let slot = this.#depth - 1; slot >= 0; slot -= 1) {
      if (this.#end(this.#stack[slot] as number) >= end) return this.#pathOfSlot[slot] as number
    }
    return -1
  }
}
