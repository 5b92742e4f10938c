/**
 * Durations of rows gathered by group, and their statistics: a counting sort, then a quickselect per group.
 *
 * `as number` on typed-array reads: rows stay below `length`, groups below `groups`.
 */
import { medianInPlace } from '#base/statistics.ts'

export interface DurationRows {
  readonly length: number
  readonly durationNs: Uint32Array | Float64Array
  /** Column of key ids, mapped to groups by `groupOfKey`; a negative group leaves the row out. */
  readonly key: Int32Array
  readonly groupOfKey: Int32Array
  readonly groups: number
}

/** Only rows with `selected[column[row]] === 1`. */
export interface RowSelection {
  readonly column: Uint16Array | Uint32Array
  readonly selected: Uint8Array
}

export interface GroupedDurations {
  /** Durations of group g: `values[offsets[g]] … values[offsets[g + 1] - 1]`. */
  readonly offsets: Uint32Array
  readonly values: Uint32Array | Float64Array
}

/** Moves the durations of the selected rows beside those of the same group. */
export function gatherDurations(rows: DurationRows, selection?: RowSelection): GroupedDurations {
  const { length, durationNs, key, groupOfKey, groups } = rows
  const offsets = new Uint32Array(groups + 1)
  for (let row = 0; row < length; row += 1) {
    if (selection !== undefined && selection.selected[selection.column[row] as number] !== 1) continue
    const group = groupOfKey[key[row] as number] as number
    if (group >= 0) offsets[group + 1] = (offsets[group + 1] as number) + 1
  }
  for (let group = 0; group < groups; group += 1) offsets[group + 1] = (offsets[group + 1] as number) + (offsets[group] as number)
  const next = offsets.slice(0, groups)
  const total = offsets[groups] as number
  const values = durationNs instanceof Uint32Array ? new Uint32Array(total) : new Float64Array(total)
  for (let row = 0; row < length; row += 1) {
    if (selection !== undefined && selection.selected[selection.column[row] as number] !== 1) continue
    const group = groupOfKey[key[row] as number] as number
    if (group < 0) continue
    const at = next[group] as number
    values[at] = durationNs[row] as number
    next[group] = at + 1
  }
  return { offsets, values }
}

export interface DurationSpread {
  readonly count: number
  readonly totalNs: number
  readonly minNs: number
  /** May end in .5. */
  readonly medianNs: number
  readonly maxNs: number
  /** Sample deviation (n - 1), 0 for one row, as `nsys stats` prints. */
  readonly standardDeviationNs: number
}

/** Statistics of one group; undefined when it has no rows. Reorders the group's values. */
export function spreadOfGroup(grouped: GroupedDurations, group: number): DurationSpread | undefined {
  const { values, offsets } = grouped
  const from = offsets[group] as number
  const to = offsets[group + 1] as number
  if (from === to) return undefined
  let totalNs = 0
  let minNs = Number.POSITIVE_INFINITY
  let maxNs = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i += 1) {
    const value = values[i] as number
    totalNs += value
    if (value < minNs) minNs = value
    if (value > maxNs) maxNs = value
  }
  const count = to - from
  const center = totalNs / count
  let squares = 0
  for (let i = from; i < to; i += 1) {
    const difference = (values[i] as number) - center
    squares += difference * difference
  }
  const standardDeviationNs = count > 1 ? Math.sqrt(squares / (count - 1)) : 0
  return { count, totalNs, minNs, maxNs, medianNs: minNs === maxNs ? minNs : medianInPlace(values, from, to), standardDeviationNs }
}
