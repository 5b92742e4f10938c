/**
 * Which host call launched each device row: the one join of process and correlation that every analysis shares.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and the loops' bounds guarantee them.
 */
import type { ActivityTable, HostCallClass, HostCallTable, Timeline } from '#model/timeline.ts'

/** Rows of `hostCalls` per device row, -1 where none matches. All four arrays are as long as their table. */
export interface LaunchJoin {
  readonly state: 'joined'
  readonly kernelLaunch: Int32Array
  readonly graphLaunch: Int32Array
  readonly memcpyLaunch: Int32Array
  readonly memsetLaunch: Int32Array
  /** Rows with a launch call. */
  readonly matched: { readonly kernels: number; readonly graphs: number; readonly memcpys: number; readonly memsets: number }
}

/** The capture holds no host calls, or no correlation ids: nothing can be said about launches. */
export interface NoLaunchJoin {
  readonly state: 'unavailable'
  readonly reason: string
}

/**
 * How well a call of this class explains a device row with its correlation; 0 = it never does.
 * Calls that no reader's table knows (`other`) still explain: a correlation id is given out once per call.
 */
const launchRank: Readonly<Record<HostCallClass, number>> = {
  launch: 2,
  'graph-launch': 2,
  memcpy: 2,
  memset: 2,
  other: 1,
  allocation: 1,
  sync: 0,
  event: 0,
  wait: 0,
}

/**
 * Joins kernels, graph rows, copies and memsets to the host calls that launched them, by process and correlation (ids are process-local).
 * Where runtime and driver calls share one correlation the outermost (earlier start, then longer) wins: the runtime call.
 * Device rows of an unknown process (pid -1, hand-cut files) join where exactly one process made host calls.
 * The reader has already removed duplicate launch rows (nsys eventClass 67).
 */
export function joinLaunches(timeline: Timeline): LaunchJoin | NoLaunchJoin {
  const { hostCalls, kernels, graphs, memcpys, memsets } = timeline
  if (hostCalls === undefined) return { state: 'unavailable', reason: 'the capture holds no host calls, or they were not read' }
  if (hostCalls.length > 0 && hostCalls.correlation === undefined)
    return { state: 'unavailable', reason: 'host calls have no correlation ids' }
  const uncorrelated = [kernels, graphs, memcpys, memsets].every((table) => table.correlation === undefined)
  if (uncorrelated && kernels.length + graphs.length + memcpys.length + memsets.length > 0) {
    return { state: 'unavailable', reason: 'device rows have no correlation ids' }
  }
  const index = new LaunchIndex(timeline, hostCalls)
  const kernelLaunch = joinTable(kernels, index)
  const graphLaunch = joinTable(graphs, index)
  const memcpyLaunch = joinTable(memcpys, index)
  const memsetLaunch = joinTable(memsets, index)
  return {
    state: 'joined',
    kernelLaunch,
    graphLaunch,
    memcpyLaunch,
    memsetLaunch,
    matched: {
      kernels: countMatched(kernelLaunch),
      graphs: countMatched(graphLaunch),
      memcpys: countMatched(memcpyLaunch),
      memsets: countMatched(memsetLaunch),
    },
  }
}

function joinTable(table: ActivityTable, index: LaunchIndex): Int32Array {
  const rows = new Int32Array(table.length).fill(-1)
  const { correlation, lane, length } = table
  if (correlation === undefined) return rows
  for (let row = 0; row < length; row++) rows[row] = index.find(lane[row] as number, correlation[row] as number)
  return rows
}

function countMatched(rows: Int32Array): number {
  let matched = 0
  for (let row = 0; row < rows.length; row++) if ((rows[row] as number) >= 0) matched++
  return matched
}

/** Correlation ids of one process: an array where they are dense (the normal case), a hash table where they are not. */
interface ProcessIndex {
  find(correlation: number): number
  set(correlation: number, row: number): void
}

/** Ids are counters, so an array of a few slots a row holds them; 8 covers captures that keep one call in eight. */
const MAX_SLOTS_PER_ROW = 8
/** Below this an array costs nothing, however sparse. */
const FREE_SLOTS = 65536

class DenseIndex implements ProcessIndex {
  readonly #first: number
  readonly #rows: Int32Array

  constructor(first: number, last: number) {
    this.#first = first
    this.#rows = new Int32Array(last - first + 1).fill(-1)
  }

  find(correlation: number): number {
    const slot = correlation - this.#first
    return slot < 0 || slot >= this.#rows.length ? -1 : (this.#rows[slot] as number)
  }

  set(correlation: number, row: number): void {
    this.#rows[correlation - this.#first] = row
  }
}

class HashIndex implements ProcessIndex {
  readonly #mask: number
  readonly #keys: Uint32Array
  readonly #rows: Int32Array

  constructor(count: number) {
    let size = 16
    while (size < count * 2) size *= 2
    this.#mask = size - 1
    this.#keys = new Uint32Array(size)
    this.#rows = new Int32Array(size).fill(-1)
  }

  /** Linear probing; multiplicative hash (Knuth's 2654435761). Key 0 = free: correlation 0 means none and is never stored. */
  #slot(correlation: number): number {
    let slot = (Math.imul(correlation, 2654435761) >>> 8) & this.#mask
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== correlation) slot = (slot + 1) & this.#mask
    return slot
  }

  find(correlation: number): number {
    return this.#rows[this.#slot(correlation)] as number
  }

  set(correlation: number, row: number): void {
    const slot = this.#slot(correlation)
    this.#keys[slot] = correlation
    this.#rows[slot] = row
  }
}

class LaunchIndex {
  /** Per lane: the index of its process, if that made calls. */
  readonly #byLane: readonly (ProcessIndex | undefined)[]

  constructor(timeline: Timeline, hostCalls: HostCallTable) {
    const byProcess = buildProcessIndices(timeline, hostCalls)
    const calling = byProcess.filter((index) => index !== undefined)
    const only = calling.length === 1 ? calling[0] : undefined
    this.#byLane = timeline.lanes.map((lane) => {
      const own = byProcess[lane.process]
      return own ?? (timeline.processes[lane.process]?.pid === -1 ? only : undefined)
    })
  }

  find(lane: number, correlation: number): number {
    if (correlation === 0) return -1
    const index = this.#byLane[lane]
    return index === undefined ? -1 : index.find(correlation)
  }
}

function buildProcessIndices(timeline: Timeline, hostCalls: HostCallTable): (ProcessIndex | undefined)[] {
  const { length, startNs, durationNs, thread, name, correlation } = hostCalls
  if (correlation === undefined) return []
  const processOfThread = Uint32Array.from(timeline.threads, (entry) => entry.process)
  const rankOfName = Uint8Array.from(timeline.hostCallNames, (entry) => launchRank[entry.class])
  const spans = correlationSpans(timeline.processes.length, hostCalls, processOfThread, rankOfName)
  const indices = spans.map(({ first, last, count }) => {
    if (count === 0) return undefined
    const slots = last - first + 1
    return slots <= count * MAX_SLOTS_PER_ROW + FREE_SLOTS ? new DenseIndex(first, last) : new HashIndex(count)
  })
  for (let row = 0; row < length; row++) {
    const id = correlation[row] as number
    const rank = rankOfName[name[row] as number] as number
    if (id === 0 || rank === 0) continue
    const index = indices[processOfThread[thread[row] as number] as number]
    if (index === undefined) continue
    const held = index.find(id)
    if (held >= 0) {
      const heldRank = rankOfName[name[held] as number] as number
      if (rank < heldRank) continue
      const startDifference = (startNs[row] as number) - (startNs[held] as number)
      const isOuter = startDifference < 0 || (startDifference === 0 && (durationNs[row] as number) > (durationNs[held] as number))
      if (rank === heldRank && !isOuter) continue
    }
    index.set(id, row)
  }
  return indices
}

interface CorrelationSpan {
  first: number
  last: number
  count: number
}

function correlationSpans(
  processes: number,
  hostCalls: HostCallTable,
  processOfThread: Uint32Array,
  rankOfName: Uint8Array,
): CorrelationSpan[] {
  const first = new Float64Array(processes).fill(Number.POSITIVE_INFINITY)
  const last = new Float64Array(processes)
  const count = new Float64Array(processes)
  const { length, thread, name, correlation } = hostCalls
  for (let row = 0; row < length && correlation !== undefined; row++) {
    const id = correlation[row] as number
    if (id === 0 || rankOfName[name[row] as number] === 0) continue
    const owner = processOfThread[thread[row] as number] as number
    if (id < (first[owner] as number)) first[owner] = id
    if (id > (last[owner] as number)) last[owner] = id
    count[owner] = (count[owner] as number) + 1
  }
  return Array.from({ length: processes }, (_, owner) => ({
    first: first[owner] as number,
    last: last[owner] as number,
    count: count[owner] as number,
  }))
}
