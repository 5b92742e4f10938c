/**
 * Kernels by the range that launched them.
 *
 * `as number` on typed-array reads: rows stay below the table's length, paths below the path count.
 */
import type { LaunchJoin } from '#analysis/launch-join.ts'
import type { RangePaths } from '#analysis/range-paths.ts'
import type { Timeline } from '#model/timeline.ts'

export interface RangeKernels {
  readonly text: string
  /** Ranges with this text. */
  readonly ranges: number
  /** Kernels launched in such a range or in one inside it; a kernel counts once, however often the text nests in itself. */
  readonly kernels: number
  readonly totalNs: number
  /** Kernels whose innermost range has this text: over all rows these sum to the attributed kernels. */
  readonly ownKernels: number
  readonly ownNs: number
}

export interface KernelsByRange {
  /** By falling total time, then by text. */
  readonly rows: readonly RangeKernels[]
  /** Kernels with a known launch call in no range. */
  readonly outside: { readonly kernels: number; readonly totalNs: number }
  /** Kernels whose launch call is not in the capture. */
  readonly unmatched: { readonly kernels: number; readonly totalNs: number }
  readonly crossThreadRanges: number
  readonly cutRanges: number
}

/** Sums kernels over the paths of their launch calls. Kernels of a graph count for the range of the graph launch. */
export function kernelsByRange(timeline: Timeline, join: LaunchJoin, paths: RangePaths): KernelsByRange {
  const { length, durationNs } = timeline.kernels
  const ownKernels = new Float64Array(paths.text.length)
  const ownNs = new Float64Array(paths.text.length)
  const outside = { kernels: 0, totalNs: 0 }
  const unmatched = { kernels: 0, totalNs: 0 }
  for (let row = 0; row < length; row += 1) {
    const call = join.kernelLaunch[row] as number
    const duration = durationNs[row] as number
    const path = call < 0 ? -1 : (paths.ofCall[call] as number)
    if (path >= 0) {
      ownKernels[path] = (ownKernels[path] as number) + 1
      ownNs[path] = (ownNs[path] as number) + duration
    } else {
      const rest = call < 0 ? unmatched : outside
      rest.kernels += 1
      rest.totalNs += duration
    }
  }
  const rows = sumByText(timeline, paths, ownKernels, ownNs)
  return { rows, outside, unmatched, crossThreadRanges: paths.crossThread, cutRanges: paths.cut }
}

interface MutableRow {
  text: string
  ranges: number
  kernels: number
  totalNs: number
  ownKernels: number
  ownNs: number
}

function sumByText(timeline: Timeline, paths: RangePaths, ownKernels: Float64Array, ownNs: Float64Array): RangeKernels[] {
  const byText = new Map<number, MutableRow>()
  const rowOf = (text: number): MutableRow => {
    const held = byText.get(text)
    if (held !== undefined) return held
    const row = { text: timeline.rangeTexts[text] ?? '', ranges: 0, kernels: 0, totalNs: 0, ownKernels: 0, ownNs: 0 }
    byText.set(text, row)
    return row
  }
  const seen = new Set<number>()
  for (const [path, text] of paths.text.entries()) {
    const own = rowOf(text)
    const kernels = ownKernels[path] as number
    own.ranges += paths.ranges[path] as number
    own.ownKernels += kernels
    own.ownNs += ownNs[path] as number
    if (kernels === 0) continue
    seen.clear()
    for (let at = path; at >= 0; at = paths.parent[at] as number) {
      const around = paths.text[at] as number
      if (seen.has(around)) continue
      seen.add(around)
      const row = rowOf(around)
      row.kernels += kernels
      row.totalNs += ownNs[path] as number
    }
  }
  return [...byText.values()].sort((a, b) => b.totalNs - a.totalNs || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
}
