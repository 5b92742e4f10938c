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

/**
 * Adds the plain metrics that follow one another from `start` on, each behind `tag` and its length; returns where the first of another
 * shape, or another field, begins.
 */
export function addPlainMetrics(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  tag: number,
  columns: CounterColumns,
): number {
  let at = start
  while (at + 2 <= end && bytes[at] === tag) {
    const length = bytes[at + 1] as number
    const next = at + 2 + length
    if (length >= 0x80 || next > end || !addPlainMetric(bytes, view, at + 2, next, columns)) break
    at = next
  }
  return at
}

/** Adds it and returns true; false, with nothing done, where it has any other shape: then the general way must be taken. */
export function addPlainMetric(bytes: Uint8Array, view: DataView, start: number, end: number, columns: CounterColumns): boolean {
  let at = start
  if (at + 4 > end || bytes[at] !== NAME_ID) return false
  let name = bytes[at + 1] as number
  at += 2
  if (name >= 0x80) {
    const next = bytes[at++] as number
    // Beyond 2^14 names the general way does.
    if (next >= 0x80) return false
    name = (name & 0x7f) | (next << 7)
  }
  if (bytes[at] !== VALUE || at + 2 + (bytes[at + 1] as number) !== end || (bytes[at + 1] as number) >= 0x80) return false
  const kind = bytes[at + 2]
  at += 3
  if (kind === DOUBLE && at + 8 === end) columns.number(name, view.getFloat64(at, true))
  else if (kind === FLOAT && at + 4 === end) columns.number(name, view.getFloat32(at, true))
  else if ((kind === UINT32 || kind === UINT64) && at < end) {
    // Up to 49 bits are exact in a double, and so is each step towards them.
    if (end - at > 7) return false
    let value = 0
    let scale = 1
    for (; at < end - 1; at++) {
      const byte = bytes[at] as number
      if (byte < 0x80) return false
      value += (byte & 0x7f) * scale
      scale *= 128
    }
    const last = bytes[at] as number
    if (last >= 0x80) return false
    columns.number(name, value + last * scale)
  } else return false
  return true
}
