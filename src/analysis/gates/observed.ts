/** Figures that several gates look at. */
import type { GateContext } from './gate.ts'

/** Rows that took device time, of any table. */
export function deviceRows({ coverage }: GateContext): number {
  return coverage.kernels.count + coverage.graphRows + coverage.copies + coverage.memsets
}

/** Launch calls of kernels and graphs, undefined where host calls are not there to count. */
export function launchCalls({ coverage }: GateContext): number | undefined {
  if (coverage.launches === undefined && coverage.graphLaunches === undefined) return undefined
  return (coverage.launches?.calls ?? 0) + (coverage.graphLaunches?.launches ?? 0)
}

export interface Extent {
  readonly startNs: number
  readonly endNs: number
}

/** Several gates ask for the same extent, and each costs a pass over the rows. Keyed weakly by timeline or table, so nothing outlives it. */
const extents = new WeakMap<object, Extent | null>()

function extentOnce(owner: object, compute: () => Extent | undefined): Extent | undefined {
  const known = extents.get(owner)
  if (known !== undefined) return known ?? undefined
  const extent = compute()
  extents.set(owner, extent ?? null)
  return extent
}

function extentOf(
  tables: readonly { length: number; startNs: Float64Array; durationNs: Uint32Array | Float64Array }[],
): Extent | undefined {
  let startNs = Number.POSITIVE_INFINITY
  let endNs = Number.NEGATIVE_INFINITY
  for (const table of tables) {
    for (let row = 0; row < table.length; row++) {
      const start = table.startNs[row] ?? 0
      const end = start + (table.durationNs[row] ?? 0)
      if (start < startNs) startNs = start
      if (end > endNs) endNs = end
    }
  }
  return startNs <= endNs ? { startNs, endNs } : undefined
}

/** From the first device row's start to the last one's end; undefined without device rows. */
export function deviceExtent({ capture }: GateContext): Extent | undefined {
  const { timeline } = capture
  if (timeline === undefined) return undefined
  return extentOnce(timeline, () => extentOf([timeline.kernels, timeline.graphs, timeline.memcpys, timeline.memsets]))
}

/** The same over calls of the device's runtime and driver. */
export function hostExtent({ capture }: GateContext): Extent | undefined {
  const calls = capture.timeline?.hostCalls
  return calls === undefined ? undefined : extentOnce(calls, () => extentOf([calls]))
}

export const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`
export const seconds = (ns: number): string => `${(ns / 1e9).toPrecision(3)} s`
