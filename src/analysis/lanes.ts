/**
 * Rows grouped by lane and sorted by start: a counting sort, then a sort of only those lanes that need one.
 * Measured on 5M rows: a third of the time of a global sort (docs/performance.md), because real lanes are nearly always sorted.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by `length` or `offsets`.
 */
export interface LaneRows {
  readonly length: number
  readonly startNs: Float64Array
  readonly lane: Uint8Array | Uint16Array | Uint32Array
}

export interface LaneOrder {
  /** Rows of lane `l` are `order[offsets[l]] … order[offsets[l + 1] - 1]`. Length: lane count + 1. */
  readonly offsets: Uint32Array
  /** Undefined: the rows already stand so, and `order[i]` is `i`. */
  readonly order: Uint32Array | undefined
}

/** Groups rows by lane, each lane by ascending start; rows of equal start keep their order in the file. */
export function orderLanes(table: LaneRows, laneCount: number): LaneOrder {
  const { length, lane } = table
  const offsets = new Uint32Array(laneCount + 1)
  for (let row = 0; row < length; row += 1) {
    const l = lane[row] as number
    offsets[l + 1] = (offsets[l + 1] as number) + 1
  }
  for (let l = 0; l < laneCount; l += 1) offsets[l + 1] = (offsets[l + 1] as number) + (offsets[l] as number)
  return { offsets, order: isInOrder(table) ? undefined : countingSort(table, offsets) }
}

/** Where lanes take turns, as nearly always, a look at the first rows tells. */
function isInOrder({ length, startNs, lane }: LaneRows): boolean {
  let previousLane = 0
  let previousStart = Number.NEGATIVE_INFINITY
  for (let row = 0; row < length; row += 1) {
    const l = lane[row] as number
    const start = startNs[row] as number
    if (l < previousLane || (l === previousLane && start < previousStart)) return false
    previousLane = l
    previousStart = start
  }
  return true
}

function countingSort(table: LaneRows, offsets: Uint32Array): Uint32Array {
  const { length, startNs, lane } = table
  const laneCount = offsets.length - 1
  const order = new Uint32Array(length)
  const next = offsets.slice(0, laneCount)
  const lastStart = new Float64Array(laneCount).fill(Number.NEGATIVE_INFINITY)
  const unsorted = new Uint8Array(laneCount)
  for (let row = 0; row < length; row += 1) {
    const l = lane[row] as number
    const at = next[l] as number
    order[at] = row
    next[l] = at + 1
    const start = startNs[row] as number
    if (start < (lastStart[l] as number)) unsorted[l] = 1
    lastStart[l] = start
  }
  for (let l = 0; l < laneCount; l += 1) {
    if (unsorted[l] === 1) sortRowsByStart(order.subarray(offsets[l], offsets[l + 1]), startNs)
  }
  return order
}

/** Natural merge sort: linear on sorted rows, n log(runs) on rows flushed in a few sorted batches, as profilers write them. Stable. */
export function sortRowsByStart(rows: Uint32Array, startNs: Float64Array): void {
  let runs = ascendingRuns(rows, startNs)
  let source: Uint32Array = rows
  let target: Uint32Array = new Uint32Array(rows.length)
  while (runs.length > 2) {
    const merged: number[] = [0]
    for (let r = 0; r + 1 < runs.length; r += 2) {
      const from = runs[r] as number
      const middle = runs[r + 1] as number
      const to = runs[r + 2] ?? middle
      mergeRuns(source, target, startNs, from, middle, to)
      merged.push(to)
    }
    const swap = source
    source = target
    target = swap
    runs = merged
  }
  if (source !== rows) rows.set(source)
}

function ascendingRuns(rows: Uint32Array, startNs: Float64Array): number[] {
  const runs = [0]
  let previous = Number.NEGATIVE_INFINITY
  for (let i = 0; i < rows.length; i += 1) {
    const start = startNs[rows[i] as number] as number
    if (start < previous) runs.push(i)
    previous = start
  }
  runs.push(rows.length)
  return runs
}

function mergeRuns(source: Uint32Array, target: Uint32Array, startNs: Float64Array, from: number, middle: number, to: number): void {
  let i = from
  let j = middle
  for (let k = from; k < to; k += 1) {
    const takeLeft = j >= to || (i < middle && (startNs[source[i] as number] as number) <= (startNs[source[j] as number] as number))
    if (takeLeft) {
      target[k] = source[i] as number
      i += 1
    } else {
      target[k] = source[j] as number
      j += 1
    }
  }
}
