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

interface Row {
  readonly startNs: number
  readonly durationNs: number
}

/** matched + ambiguous + unmatched = all kernel rows, on both sides. */
export function joinRows(input: RowJoinInput): RowJoin {
  const left = rowsByKey(input.left, input.nameClass.left, (device) => input.deviceOf.get(device), 0)
  const right = rowsByKey(input.right, input.nameClass.right, (device) => device, input.shiftNs)
  const sides = { left: new Tally(left.unkeyed), right: new Tally(right.unkeyed) }
  for (const key of new Set([...left.rows.keys(), ...right.rows.keys()])) {
    pair(left.rows.get(key) ?? [], right.rows.get(key) ?? [], input.errorNs, sides)
  }
  return { left: sides.left.side(), right: sides.right.side() }
}

class Tally {
  readonly #sums = { matched: { rows: 0, timeNs: 0 }, ambiguous: { rows: 0, timeNs: 0 }, unmatched: { rows: 0, timeNs: 0 } }

  constructor(unkeyed: readonly Row[]) {
    for (const row of unkeyed) this.add('unmatched', row)
  }

  add(state: keyof RowSide, { durationNs }: Row): void {
    const sum = this.#sums[state]
    sum.rows += 1
    sum.timeNs += durationNs
  }

  side(): RowSide {
    return this.#sums
  }
}

function rowsByKey(
  { kernels, lanes }: Timeline,
  nameClass: Int32Array,
  deviceOf: (device: number) => number | undefined,
  shiftNs: number,
): { readonly rows: ReadonlyMap<string, Row[]>; readonly unkeyed: readonly Row[] } {
  const rows = new Map<string, Row[]>()
  const unkeyed: Row[] = []
  for (let index = 0; index < kernels.length; index += 1) {
    const row = { startNs: (kernels.startNs[index] as number) + shiftNs, durationNs: kernels.durationNs[index] as number }
    const device = deviceOf(lanes[kernels.lane[index] as number]?.device ?? -1)
    const name = nameClass[kernels.name[index] as number] as number
    if (device === undefined || name < 0) {
      unkeyed.push(row)
      continue
    }
    const key = `${device} ${name}`
    const list = rows.get(key)
    if (list === undefined) rows.set(key, [row])
    else list.push(row)
  }
  for (const list of rows.values()) list.sort((a, b) => a.startNs - b.startNs)
  return { rows, unkeyed }
}

/** Clusters of rows that reach one another: one of each side is a pair, several are ambiguous, of one side alone unmatched. */
function pair(left: readonly Row[], right: readonly Row[], errorNs: number, tallies: { left: Tally; right: Tally }): void {
  const all = [...left.map((row) => ({ row, side: 'left' as const })), ...right.map((row) => ({ row, side: 'right' as const }))]
  all.sort((a, b) => a.row.startNs - b.row.startNs)
  for (let from = 0; from < all.length; ) {
    let to = from + 1
    while (to < all.length && (all[to]?.row.startNs ?? 0) - (all[to - 1]?.row.startNs ?? 0) <= errorNs) to += 1
    const cluster = all.slice(from, to)
    const ofLeft = cluster.filter(({ side }) => side === 'left').length
    const ofRight = cluster.length - ofLeft
    const state = ofLeft === 0 || ofRight === 0 ? 'unmatched' : ofLeft === 1 && ofRight === 1 ? 'matched' : 'ambiguous'
    for (const { row, side } of cluster) tallies[side].add(state, row)
    from = to
  }
}
