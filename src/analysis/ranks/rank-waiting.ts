/**
 * Which collectives say what ranks wait for one another, and for whom. A profiler that starts late holds the first collectives of a capture
 * (trap C3), and a stall (a pause of the host, a flush of the profiler) holds one or a few in its middle: neither is how the job runs. A rank
 * whose host paces every step is: its waits are as long, and they come again and again. What would fool this: a pause that recurs on one rank
 * over the whole capture, which nothing here tells from a slow host; it is named, and its cause is for a lever to ask.
 *
 * `as number` on typed-array reads: rows are positions in the columns.
 */
import { median } from '#base/statistics.ts'
import type { Extents } from './extents.ts'

export interface Steady {
  /** Rows, in order of time. */
  readonly kept: readonly number[]
  /** Left out at the beginning, and elsewhere. */
  readonly startSkew: number
  readonly stalls: number
}

/** A collective this many medians long waited for a profiler, a pause or a host: not for what usually runs between two of them. */
const LONG_MEDIANS = 20
/** Fewer than five of a kind repeat nothing (algorithms.md, section 3.6). */
const MIN_RECURRING = 5
/** What recurs is in four of five equal stretches of a capture: one stretch may miss it by chance. */
const STRETCHES = 5
const MIN_STRETCHES = 4
/** The waits that make up four fifths of all waiting, and the part of them that one member must cause to be their cause. */
const MOST_WAITING = 0.8
const ONE_CAUSE = 0.8

export const spreadOf = ({ longest, shortest }: Extents, row: number): number => (longest[row] as number) - (shortest[row] as number)

/** Without what is no part of how the job runs. */
export function steadyRows(extents: Extents): Steady {
  const { endsNs, longest } = extents
  const inTime = rowsInTime(endsNs)
  const limit = LONG_MEDIANS * median(longest)
  const isLong = (row: number): boolean => (longest[row] as number) > limit
  // More than half of them are not.
  const first = inTime.findIndex((row) => !isLong(row))
  const started = inTime.slice(first)
  const long: number[] = []
  for (const [at, row] of started.entries()) if (isLong(row)) long.push(at)
  const kept = recurs(long, started.length) ? started : started.filter((row) => !isLong(row))
  return { kept, startSkew: first, stalls: started.length - kept.length }
}

/** Most captures name one kind of collective, whose rows are in order already. */
function rowsInTime(endsNs: readonly number[]): number[] {
  const rows = endsNs.map((_, row) => row)
  const isOrdered = endsNs.every((end, row) => row === 0 || (endsNs[row - 1] as number) <= end)
  return isOrdered ? rows : rows.sort((a, b) => (endsNs[a] as number) - (endsNs[b] as number) || a - b)
}

/** @param at positions among `of`. */
function recurs(at: readonly number[], of: number): boolean {
  const stretches = new Set(at.map((position) => Math.floor((position * STRETCHES) / of)))
  return at.length >= MIN_RECURRING && stretches.size >= MIN_STRETCHES
}

export interface Pacer {
  readonly member: number
  /** Part of all waiting that was for it. */
  readonly ofWaitRatio: number
}

/**
 * The member that the others wait for again and again, however few of its collectives are late; undefined where waiting has no one cause.
 * @param rows in order of time.
 */
export function pacerOf(extents: Extents, rows: readonly number[]): Pacer | undefined {
  const whole = rows.reduce((sum, row) => sum + spreadOf(extents, row), 0)
  if (whole <= 0) return undefined
  const bySpread = rows
    .map((_, at) => at)
    .sort((a, b) => spreadOf(extents, rows[b] as number) - spreadOf(extents, rows[a] as number) || a - b)
  const most: number[] = []
  const times = new Map<number, number>()
  let held = 0
  for (const at of bySpread) {
    if (held >= MOST_WAITING * whole) break
    const row = rows[at] as number
    const last = extents.last[row] as number
    held += spreadOf(extents, row)
    most.push(at)
    times.set(last, (times.get(last) ?? 0) + 1)
  }
  const [worst] = [...times].toSorted(([, a], [, b]) => b - a)
  if (worst === undefined || worst[1] < ONE_CAUSE * most.length || !recurs(most, rows.length)) return undefined
  return { member: worst[0], ofWaitRatio: waitRatioOf(extents, rows, worst[0]) }
}

/** Part of all waiting that was for `member`; 0 where nobody waited. */
export function waitRatioOf(extents: Extents, rows: readonly number[], member: number): number {
  let [whole, own] = [0, 0]
  for (const row of rows) {
    const spread = spreadOf(extents, row)
    whole += spread
    if (extents.last[row] === member) own += spread
  }
  return whole === 0 ? 0 : own / whole
}
