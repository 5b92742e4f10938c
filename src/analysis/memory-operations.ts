/**
 * Copies by direction, and memsets, over the whole capture: what `nsys stats` prints as cuda_gpu_mem_time_sum, which is its oracle.
 *
 * `as number` on typed-array reads: rows stay below the table's length.
 */
import { type DurationSpread, gatherDurations, spreadOfGroup } from '#analysis/grouped-durations.ts'
import type { MemoryOperation } from '#formats/timeline-summary.ts'
import { copyKinds, type Timeline } from '#model/timeline.ts'

/** By falling total time, then by name. Operations that did not happen are not listed. */
export function memoryOperations({ memcpys, memsets }: Timeline): MemoryOperation[] {
  const directions = Int32Array.from(memcpys.copyKind)
  const copies = gatherDurations({
    length: memcpys.length,
    durationNs: memcpys.durationNs,
    key: directions,
    groupOfKey: Int32Array.from(copyKinds, (_, index) => index),
    groups: copyKinds.length,
  })
  const found: MemoryOperation[] = copyKinds.flatMap((direction, index) => {
    const spread = spreadOfGroup(copies, index)
    return spread === undefined
      ? []
      : [
          {
            operation: 'memcpy',
            direction,
            ...figures(spread),
            ...bytesOf(memcpys.bytes, directions, index),
            ...pageableOf(memcpys.pageable, directions, index),
          },
        ]
  })
  const all = new Int32Array(memsets.length)
  const sets = gatherDurations({
    length: memsets.length,
    durationNs: memsets.durationNs,
    key: all,
    groupOfKey: Int32Array.of(0),
    groups: 1,
  })
  const spread = spreadOfGroup(sets, 0)
  if (spread !== undefined) found.push({ operation: 'memset', ...figures(spread), ...bytesOf(memsets.bytes, all, 0) })
  return found.sort((a, b) => b.totalNs - a.totalNs || (label(a) < label(b) ? -1 : 1))
}

const label = ({ operation, direction }: MemoryOperation): string => `${operation} ${direction ?? ''}`

const figures = ({ count, totalNs, minNs, medianNs, maxNs }: DurationSpread) => ({ count, totalNs, minNs, medianNs, maxNs })

function bytesOf(bytes: Float64Array, groups: Int32Array, group: number): Pick<MemoryOperation, 'bytes' | 'rowsWithoutBytes'> {
  let sum = 0
  let rows = 0
  let without = 0
  for (let row = 0; row < groups.length; row += 1) {
    if (groups[row] !== group) continue
    rows += 1
    const size = bytes[row] as number
    if (Number.isNaN(size)) without += 1
    else sum += size
  }
  return { ...(without < rows ? { bytes: sum } : {}), ...(without > 0 ? { rowsWithoutBytes: without } : {}) }
}

/** Absent where the capture does not record the kind of memory: that is not zero. */
function pageableOf(pageable: Uint8Array | undefined, groups: Int32Array, group: number): Pick<MemoryOperation, 'pageable'> {
  if (pageable === undefined) return {}
  let rows = 0
  for (let row = 0; row < groups.length; row += 1) if (groups[row] === group) rows += pageable[row] as number
  return { pageable: rows }
}
