/**
 * Launches of two recordings of one session, paired by kernel, device and time: within one kernel on one device, rows whose starts lie
 * no further apart than the clocks may. Several within that reach are ambiguous, never the nearest.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column or from the reader's ids.
 */
import type { Timeline } from '#model/timeline.ts'

export interface RowAmount {
  readonly rows: number
  readonly timeNs: number
}

export interface RowSide {
  readonly matched: RowAmount
  readonly ambiguous: RowAmount
  readonly unmatched: RowAmount
}

export interface RowJoin {
  readonly left: RowSide
  readonly right: RowSide
}

export interface RowJoinInput {
  readonly left: Timeline
  readonly right: Timeline
  /** Right origin minus left origin. */
  readonly shiftNs: number
  readonly errorNs: number
  /** Class of each kernel name of either side; rows of equal classes may pair, -1 never. */
  readonly nameClass: { readonly left: Int32Array; readonly right: Int32Array }
  /** Index of the right side's device by that of the left, for those that are the same. */
  readonly deviceOf: ReadonlyMap<number, number>
}

/** One side's rows by kernel and device: indices in time order, and what none of the other side can be. */
interface KeyedRows {
  readonly timeline: Timeline
  /** Added to its starts. */
  readonly shiftNs: number
  readonly byKey: ReadonlyMap<string, number[]>
  readonly unkeyed: RowAmount
}

/** matched + ambiguous + unmatched = all kernel rows, on both sides. */
export function joinRows(input: RowJoinInput): RowJoin {
  const left = keyedRows(input.left, input.nameClass.left, (device) => input.deviceOf.get(device), 0)
  const right = keyedRows(input.right, input.nameClass.right, (device) => device, input.shiftNs)
  const tallies = { left: newTally(left.unkeyed), right: newTally(right.unkeyed) }
  for (const key of new Set([...left.byKey.keys(), ...right.byKey.keys()])) {
    pair(left, left.byKey.get(key) ?? [], right, right.byKey.get(key) ?? [], input.errorNs, tallies)
  }
  return tallies
}

type Tally = Record<keyof RowSide, { rows: number; timeNs: number }>

const newTally = (unmatched: RowAmount): Tally => ({
  matched: { rows: 0, timeNs: 0 },
  ambiguous: { rows: 0, timeNs: 0 },
  unmatched: { ...unmatched },
})

function keyedRows(
  timeline: Timeline,
  nameClass: Int32Array,
  deviceOf: (device: number) => number | undefined,
  shiftNs: number,
): KeyedRows {
  const { kernels, lanes } = timeline
  const byKey = new Map<string, number[]>()
  const unkeyed = { rows: 0, timeNs: 0 }
  for (let row = 0; row < kernels.length; row += 1) {
    const device = deviceOf(lanes[kernels.lane[row] as number]?.device ?? -1)
    const name = nameClass[kernels.name[row] as number] as number
    if (device === undefined || name < 0) {
      unkeyed.rows += 1
      unkeyed.timeNs += kernels.durationNs[row] as number
      continue
    }
    const key = `${device} ${name}`
    const list = byKey.get(key)
    if (list === undefined) byKey.set(key, [row])
    else list.push(row)
  }
  for (const list of byKey.values()) list.sort((a, b) => (kernels.startNs[a] as number) - (kernels.startNs[b] as number))
  return { timeline, shiftNs, byKey, unkeyed }
}

/** Clusters of rows that reach one another: one of each side is a pair, several are ambiguous, of one side alone unmatched. */
function pair(
  left: KeyedRows,
  leftRows: readonly number[],
  right: KeyedRows,
  rightRows: readonly number[],
  errorNs: number,
  tallies: { readonly left: Tally; readonly right: Tally },
): void {
  const startOf = ({ timeline, shiftNs }: KeyedRows, rows: readonly number[], at: number): number =>
    at < rows.length ? (timeline.kernels.startNs[rows[at] as number] as number) + shiftNs : Number.POSITIVE_INFINITY
  let [l, r, lastNs] = [0, 0, Number.NEGATIVE_INFINITY]
  const cluster = { left: { rows: 0, timeNs: 0 }, right: { rows: 0, timeNs: 0 } }
  const close = (): void => {
    const state =
      cluster.left.rows === 0 || cluster.right.rows === 0
        ? 'unmatched'
        : cluster.left.rows + cluster.right.rows === 2
          ? 'matched'
          : 'ambiguous'
    for (const side of ['left', 'right'] as const) {
      tallies[side][state].rows += cluster[side].rows
      tallies[side][state].timeNs += cluster[side].timeNs
      cluster[side] = { rows: 0, timeNs: 0 }
    }
  }
  while (l < leftRows.length || r < rightRows.length) {
    const [nextLeft, nextRight] = [startOf(left, leftRows, l), startOf(right, rightRows, r)]
    const isLeft = nextLeft <= nextRight
    const startNs = isLeft ? nextLeft : nextRight
    if (startNs - lastNs > errorNs) close()
    const [side, row] = isLeft ? [left, leftRows[l] as number] : [right, rightRows[r] as number]
    const sum = cluster[isLeft ? 'left' : 'right']
    sum.rows += 1
    sum.timeNs += side.timeline.kernels.durationNs[row] as number
    lastNs = startNs
    if (isLeft) l += 1
    else r += 1
  }
  close()
}
