/**
 * Idle gaps that stand apart from all smaller ones: the host's turn between steps, where it takes one.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import type { MainRows } from '#analysis/main-rows.ts'
import { MIN_OCCURRENCES } from '#analysis/step-candidates.ts'
import { median } from '#base/statistics.ts'

/** An idle gap marks something only if it stands apart: twice the next smaller one, so that jitter alone does not make a threshold. */
const GAP_SEPARATION = 2

export interface GapMarks {
  readonly marks: Uint32Array
  readonly thresholdNs: number
  /** Share of intervals between gaps that hold nearly the same number of rows: 1 = strictly periodic. */
  readonly steadiness: number
}

/** Idle gaps that stand apart from all smaller ones and come after nearly the same number of rows each time. */
export function gapMarks(rows: MainRows): GapMarks | undefined {
  const from = Math.max(0, (rows.length - THRESHOLD_ROWS) >> 1)
  const to = Math.min(rows.length, from + THRESHOLD_ROWS)
  const idle = rows.idleBeforeNs
    .slice(from, to)
    .filter((ns) => ns > 0)
    .sort()
  let best: GapMarks | undefined
  const jumps: { ratio: number; thresholdNs: number }[] = []
  for (let i = idle.length - MIN_OCCURRENCES; i > 0; i -= 1) {
    const ratio = (idle[i] as number) / (idle[i - 1] as number)
    if (ratio >= GAP_SEPARATION) jumps.push({ ratio, thresholdNs: idle[i] as number })
  }
  // All gaps are alike and some rows have none before them.
  if (idle.length >= MIN_OCCURRENCES && idle.length < to - from)
    jumps.push({ ratio: Number.POSITIVE_INFINITY, thresholdNs: idle[0] as number })
  for (const { thresholdNs } of jumps) {
    const found = marksAbove(rows, thresholdNs, from, to)
    if (best === undefined || found.steadiness > best.steadiness + 0.05) best = found
  }
  if (best === undefined || best.steadiness < 0.5) return undefined
  return to - from === rows.length ? best : marksAbove(rows, best.thresholdNs, 0, rows.length)
}

/** A threshold is learnt from the middle of a long capture: sorting all gaps of 5M rows costs more than everything else here. */
const THRESHOLD_ROWS = 500_000

function marksAbove(rows: MainRows, thresholdNs: number, from: number, to: number): GapMarks {
  const marks: number[] = []
  for (let i = from; i < to; i += 1) if ((rows.idleBeforeNs[i] as number) >= thresholdNs) marks.push(i)
  const distances = Float64Array.from({ length: Math.max(0, marks.length - 1) }, (_, i) => (marks[i + 1] as number) - (marks[i] as number))
  const middle = median(distances)
  let near = 0
  for (const distance of distances) if (Math.abs(distance - middle) <= 0.02 * middle) near += 1
  return { marks: Uint32Array.from(marks), thresholdNs, steadiness: distances.length === 0 ? 0 : near / distances.length }
}
