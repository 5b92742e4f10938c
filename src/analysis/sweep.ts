/**
 * Where device time goes: one sweep over every activity of one physical device.
 *
 * Rows arrive by ascending start, so a class is active exactly until the latest end seen of it: seven numbers are the whole state.
 * Each elementary interval goes to one class; the parts sum to the window, exactly (integers below 2^53).
 * Streams overlap, and so may rows of one stream (graph nodes, programmatic dependent launches): never add durations up.
 *
 * `as number` on typed-array reads: masks stay below 128, positions within a source's [from, to).
 */
import { type DeviceSweep, SweepAccount, type SweepOptions } from '#analysis/sweep-account.ts'
import { GapColumns } from '#analysis/sweep-gaps.ts'
import type { ActivitySource, SweepInput } from '#analysis/sweep-input.ts'
import { mergeSources } from '#analysis/sweep-merge.ts'

/** The sweep of one device; undefined where it has no activity and no window is given. Devices are indices into `Timeline.devices`. */
export function sweepDevice(input: SweepInput, device: number, options: SweepOptions = {}): DeviceSweep | undefined {
  const sources = input.sourcesByDevice[device] ?? []
  const window = options.window ?? extentOf(sources)
  if (window === undefined) return undefined
  // A gap ends with a row or with the window.
  const mostGaps = sources.reduce((rows, source) => rows + source.to - source.from, 1)
  const gaps = options.gapsFromNs === undefined ? undefined : new GapColumns(mostGaps)
  const sweep = new SweepAccount(window.fromNs, window.toNs, options, gaps)
  mergeSources(sources, sweep)
  return sweep.finish()
}

/** First start and last end of a device's activities; undefined when there are none. */
export function extentOf(sources: readonly ActivitySource[]): { fromNs: number; toNs: number } | undefined {
  if (sources.length === 0) return undefined
  let fromNs = Number.POSITIVE_INFINITY
  let toNs = Number.NEGATIVE_INFINITY
  for (const { startNs, durationNs, order, from, to } of sources) {
    for (let position = from; position < to; position += 1) {
      const row = order === undefined ? position : (order[position] as number)
      const start = startNs[row] as number
      const end = start + (durationNs[row] as number)
      if (start < fromNs) fromNs = start
      if (end > toNs) toNs = end
    }
  }
  return { fromNs, toNs }
}
