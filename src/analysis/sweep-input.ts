/**
 * What a sweep reads: every activity of a device as sorted sources, with the class of each row.
 *
 * `as number` on typed-array reads: indices come from name ids, copy kinds and lane ids that the reader bounds.
 */
import { orderLanes } from '#analysis/lanes.ts'
import { type ActivityTable, copyKinds, type Timeline } from '#model/timeline.ts'

/** Activity classes of a device, each one bit of a sweep's mask. `graph` rows are opaque: nobody knows what ran inside. */
export const activityClasses = ['compute', 'communication', 'copy-in', 'copy-out', 'copy-device', 'memset', 'graph'] as const
export type ActivityClass = (typeof activityClasses)[number]

/** The tables that hold device work. Annotations, synchronisations and overhead are not work (traps A6, C7). */
export const activityTables = ['kernels', 'graphs', 'memcpys', 'memsets'] as const
export type ActivityTableName = (typeof activityTables)[number]

/** Rows of one table, ascending by start: those of one lane, or all where the file holds them in order and they are one process's. */
export interface ActivitySource {
  /** Index into `activityTables`. */
  readonly table: number
  /** Index into `Timeline.lanes`; -1: all lanes of a device that one process used. */
  readonly lane: number
  readonly startNs: Float64Array
  readonly durationNs: Uint32Array | Float64Array
  readonly order: Uint32Array | undefined
  readonly from: number
  readonly to: number
  /** Class of a row = `classByKey[key[row]]`, or `classByKey[0]` without `key`. */
  readonly key: Int32Array | Uint8Array | undefined
  readonly classByKey: Uint8Array
}

/** A timeline prepared for any number of sweeps. Orders are computed once; rows are never copied. */
export interface SweepInput {
  readonly timeline: Timeline
  /** Per device, in the order of `activityTables` and lanes. */
  readonly sourcesByDevice: readonly (readonly ActivitySource[])[]
}

/** A row of any activity table in one number: the table in the two high bits, the row below (up to 2^30 rows a table). */
export const noActivity = 0xffffffff
export const activityReference = (table: number, row: number): number => table * 0x40000000 + row
export const tableOfActivity = (reference: number): number => reference >>> 30
export const rowOfActivity = (reference: number): number => reference & 0x3fffffff

/** Class bit index per copy kind. Unknown directions count as copies on the device: they occupy it, and claim no link. */
const classOfCopyKind = Uint8Array.from(copyKinds, (kind) => {
  if (kind === 'host-to-device') return activityClasses.indexOf('copy-in')
  if (kind === 'device-to-host') return activityClasses.indexOf('copy-out')
  return activityClasses.indexOf('copy-device')
})

/**
 * Groups all activities by device.
 * @param communicationByName 1 for each kernel name id that communicates (see `communicationNames` in families.ts), else 0.
 */
export function prepareSweep(timeline: Timeline, communicationByName: Uint8Array): SweepInput {
  const { kernels, graphs, memcpys, memsets, lanes } = timeline
  const tables: readonly ActivityTable[] = [kernels, graphs, memcpys, memsets]
  const keys = [kernels.name, undefined, memcpys.copyKind, undefined]
  const classes = [
    communicationByName.length > 0 ? communicationByName : Uint8Array.of(0),
    Uint8Array.of(activityClasses.indexOf('graph')),
    classOfCopyKind,
    Uint8Array.of(activityClasses.indexOf('memset')),
  ]
  const sourcesByDevice: ActivitySource[][] = timeline.devices.map(() => [])
  const single = onlyDeviceOfOneProcess(timeline)
  for (const [index, table] of tables.entries()) {
    const rows = {
      table: index,
      startNs: table.startNs,
      durationNs: table.durationNs,
      key: keys[index],
      classByKey: classes[index] as Uint8Array,
    }
    if (single !== undefined && table.length > 0 && isAscending(table)) {
      sourcesByDevice[single]?.push({ ...rows, lane: -1, order: undefined, from: 0, to: table.length })
      continue
    }
    const { offsets, order } = orderLanes(table, lanes.length)
    for (let lane = 0; lane < lanes.length; lane += 1) {
      const from = offsets[lane] as number
      const to = offsets[lane + 1] as number
      if (from < to) sourcesByDevice[lanes[lane]?.device ?? -1]?.push({ ...rows, lane, order, from, to })
    }
  }
  return { timeline, sourcesByDevice }
}

/** The device that all lanes belong to, where one process made them all: then nobody asks for a part of its rows. */
function onlyDeviceOfOneProcess({ lanes }: Timeline): number | undefined {
  const [first] = lanes
  const isOne = first !== undefined && lanes.every(({ device, process }) => device === first.device && process === first.process)
  return isOne ? first.device : undefined
}

/** Tools write most exports in order of start (all 11 real ones that hold kernels): then lanes need no sorting and no merging. */
function isAscending({ length, startNs }: ActivityTable): boolean {
  for (let row = 1; row < length; row += 1) if ((startNs[row] as number) < (startNs[row - 1] as number)) return false
  return true
}
