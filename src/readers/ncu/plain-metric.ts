/**
 * The metric as nearly every result stores it: `NameId`, then one number, nothing else. Read in one step, because a capture holds millions.
 *
 * Typed-array reads use `as number`: noUncheckedIndexedAccess types them as possibly undefined, and `end` lies within the bytes.
 */
import type { CounterColumns } from './counter-columns.ts'

const NAME_ID = 0x08
const VALUE = 0x12
const FLOAT = 0x15
const DOUBLE = 0x19
const UINT32 = 0x20
const UINT64 = 0x28

/** Tag, length, `NameId` and value of one byte each at least. */
const LEAST_BYTES = 8

/**
 * Adds the plain metrics that follow one another from `start` on, each behind `tag` and its length; returns where the first of another
 * shape, or another field, begins: that one must be read the general way.
 */
export function addPlainMetrics(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  tag: number,
  columns: CounterColumns,
): number {
  if (bytes[start] !== tag) return start
  let row = columns.rows
  const { ids, values } = columns.room(Math.ceil((end - start) / LEAST_BYTES))
  let metric = start
  while (metric + 2 <= end && bytes[metric] === tag) {
    const length = bytes[metric + 1] as number
    const next = metric + 2 + length
    let at = metric + 2
    if (length < 4 || length >= 0x80 || next > end || bytes[at] !== NAME_ID) break
    let name = bytes[at + 1] as number
    at += 2
    if (name >= 0x80) {
      const high = bytes[at++] as number
      // Beyond 2^14 names the general way does.
      if (high >= 0x80) break
      name = (name & 0x7f) | (high << 7)
    }
    if (bytes[at] !== VALUE || at + 2 + (bytes[at + 1] as number) !== next) break
    const kind = bytes[at + 2]
    at += 3
    let value: number
    if (kind === DOUBLE && at + 8 === next) value = view.getFloat64(at, true)
    else if (kind === FLOAT && at + 4 === next) value = view.getFloat32(at, true)
    else if (kind === UINT32 || kind === UINT64) {
      value = plainInteger(bytes, at, next)
      if (value < 0) break
    } else break
    ids[row] = name
    values[row] = value
    row++
    metric = next
  }
  columns.wrote(row)
  return metric
}

/** -1 where the bytes are no varint of their length, or hold more than 49 bits: those are exact in a double, and so is each step towards them. */
function plainInteger(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > 7) return -1
  let value = 0
  let scale = 1
  for (let at = start; at < end - 1; at++) {
    const byte = bytes[at] as number
    if (byte < 0x80) return -1
    value += (byte & 0x7f) * scale
    scale *= 128
  }
  const last = bytes[end - 1] as number
  return last >= 0x80 ? -1 : value + last * scale
}
