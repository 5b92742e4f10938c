/**
 * Counts, sums, bytes and extent per lane, in one pass over each table; lanes then add up to devices and processes.
 *
 * `as number` on typed-array reads: rows stay below the table's length, lanes below the lane count.
 */
import { activityTables } from '#analysis/sweep-input.ts'
import type { ActivityTable, Timeline } from '#model/timeline.ts'

export interface LaneTotals {
  readonly counts: Float64Array
  readonly sumsNs: Float64Array
  readonly firstStartNs: Float64Array
  readonly lastEndNs: Float64Array
  readonly bytes: Float64Array
  readonly withoutBytes: Float64Array
  /** Kernels only: nanoseconds by name id, from the same pass. */
  readonly byNameNs: Float64Array
}

interface TotalsOptions {
  readonly bytes?: Float64Array
  readonly name?: Int32Array
  /** Distinct names. */
  readonly names?: number
}

function totalsOf(table: ActivityTable, lanes: number, { bytes, name, names = 0 }: TotalsOptions = {}): LaneTotals {
  const totals: LaneTotals = {
    counts: new Float64Array(lanes),
    sumsNs: new Float64Array(lanes),
    firstStartNs: new Float64Array(lanes).fill(Number.POSITIVE_INFINITY),
    lastEndNs: new Float64Array(lanes).fill(Number.NEGATIVE_INFINITY),
    bytes: new Float64Array(lanes),
    withoutBytes: new Float64Array(lanes),
    byNameNs: new Float64Array(names),
  }
  addRows(table, totals, name)
  if (bytes !== undefined) addBytes(table, bytes, totals)
  return totals
}

function addRows({ length, startNs, durationNs, lane }: ActivityTable, totals: LaneTotals, name: Int32Array | undefined): void {
  const { counts, sumsNs, firstStartNs, lastEndNs, byNameNs } = totals
  for (let row = 0; row < length; row += 1) {
    const l = lane[row] as number
    const start = startNs[row] as number
    const duration = durationNs[row] as number
    if (name !== undefined) byNameNs[name[row] as number] = (byNameNs[name[row] as number] as number) + duration
    counts[l] = (counts[l] as number) + 1
    sumsNs[l] = (sumsNs[l] as number) + duration
    if (start < (firstStartNs[l] as number)) firstStartNs[l] = start
    if (start + duration > (lastEndNs[l] as number)) lastEndNs[l] = start + duration
  }
}

function addBytes(table: ActivityTable, bytes: Float64Array, totals: LaneTotals): void {
  for (let row = 0; row < table.length; row += 1) {
    const l = table.lane[row] as number
    const size = bytes[row] as number
    if (Number.isNaN(size)) totals.withoutBytes[l] = (totals.withoutBytes[l] as number) + 1
    else totals.bytes[l] = (totals.bytes[l] as number) + size
  }
}

/** In the order of `activityTables`. */
export function totalsByLane(timeline: Timeline): LaneTotals[] {
  const { kernels, graphs, memcpys, memsets } = timeline
  const lanes = timeline.lanes.length
  return [
    totalsOf(kernels, lanes, { name: kernels.name, names: timeline.kernelNames.length }),
    totalsOf(graphs, lanes),
    totalsOf(memcpys, lanes, { bytes: memcpys.bytes }),
    totalsOf(memsets, lanes, { bytes: memsets.bytes }),
  ]
}

interface Totals {
  readonly count: number
  readonly sumNs: number
}
interface ByteTotals extends Totals {
  readonly bytes?: number
  readonly rowsWithoutBytes?: number
}

export interface ActivityTotals {
  readonly kernels: Totals
  readonly graphTraces: Totals
  readonly memcpy: ByteTotals
  readonly memset: ByteTotals
  readonly firstStartNs: number
  readonly lastEndNs: number
}

/** Adds up the lanes; undefined when they hold no row. */
export function addLanes(totals: readonly LaneTotals[], lanes: readonly number[]): ActivityTotals | undefined {
  const sum = (column: Float64Array | undefined): number => lanes.reduce((total, lane) => total + (column?.[lane] ?? 0), 0)
  let firstStartNs = Number.POSITIVE_INFINITY
  let lastEndNs = Number.NEGATIVE_INFINITY
  for (const table of totals) {
    for (const lane of lanes) {
      firstStartNs = Math.min(firstStartNs, table.firstStartNs[lane] as number)
      lastEndNs = Math.max(lastEndNs, table.lastEndNs[lane] as number)
    }
  }
  if (lastEndNs === Number.NEGATIVE_INFINITY) return undefined
  const plain = (name: (typeof activityTables)[number]): Totals => {
    const table = totals[activityTables.indexOf(name)]
    return { count: sum(table?.counts), sumNs: sum(table?.sumsNs) }
  }
  const withBytes = (name: (typeof activityTables)[number]): ByteTotals => {
    const table = totals[activityTables.indexOf(name)]
    const { count, sumNs } = plain(name)
    const rowsWithoutBytes = sum(table?.withoutBytes)
    const known = count === 0 || rowsWithoutBytes < count
    return { count, sumNs, ...(known ? { bytes: sum(table?.bytes) } : {}), ...(rowsWithoutBytes > 0 ? { rowsWithoutBytes } : {}) }
  }
  return {
    kernels: plain('kernels'),
    graphTraces: plain('graphs'),
    memcpy: withBytes('memcpys'),
    memset: withBytes('memsets'),
    firstStartNs,
    lastEndNs,
  }
}
