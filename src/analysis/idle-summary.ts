/** Idle gaps of one device as the format says them: histogram, the largest with their neighbours, and the causes. */
import { attributeIdle, gapsByTime, type IdleOptions, idleCategories, MAX_UNKNOWN_RATIO } from '#analysis/idle.ts'
import { gapBinEdgesNs } from '#analysis/idle-histogram.ts'
import type { LaunchJoin, NoLaunchJoin } from '#analysis/launch-join.ts'
import type { DeviceSweep } from '#analysis/sweep-account.ts'
import { noActivity, rowOfActivity, tableOfActivity } from '#analysis/sweep-input.ts'
import type { DeviceSummary } from '#formats/timeline-summary.ts'
import { copyKinds, type Timeline } from '#model/timeline.ts'

type IdleGapsSummary = DeviceSummary['idleGaps']
type Neighbour = NonNullable<IdleGapsSummary['largest'][number]['before']>

/** Range texts listed: a person reads ten. */
const MAX_RANGE_TEXTS = 10

function neighbour(timeline: Timeline, reference: number): Neighbour | undefined {
  if (reference === noActivity) return undefined
  const row = rowOfActivity(reference)
  const stream = (lane: number | undefined): { stream?: number } => {
    const found = lane === undefined ? undefined : timeline.lanes[lane]?.stream
    return found === undefined ? {} : { stream: found }
  }
  switch (tableOfActivity(reference)) {
    case 0: {
      const name = timeline.kernelNames[timeline.kernels.name[row] ?? -1]?.shortName
      return { kind: 'kernel', ...(name === undefined ? {} : { name }), ...stream(timeline.kernels.lane[row]) }
    }
    case 1: {
      const id = timeline.graphs.graphId?.[row] ?? 0
      return { kind: 'graph', ...(id === 0 ? {} : { name: `graph ${id}` }), ...stream(timeline.graphs.lane[row]) }
    }
    case 2:
      return { kind: 'memcpy', name: copyKinds[timeline.memcpys.copyKind[row] ?? 0] ?? 'unknown', ...stream(timeline.memcpys.lane[row]) }
    default:
      return { kind: 'memset', ...stream(timeline.memsets.lane[row]) }
  }
}

function histogramOf(sweep: DeviceSweep): IdleGapsSummary['histogram'] {
  return gapBinEdgesNs.flatMap((fromNs, bin) => {
    const count = sweep.gapCounts[bin] ?? 0
    // The last edge is 5e15 ns, beyond any capture that doubles hold exactly: its bin ends at the next step of the scale.
    return count === 0 ? [] : [{ fromNs, toNs: gapBinEdgesNs[bin + 1] ?? 1e16, count, totalNs: sweep.gapTotalsNs[bin] ?? 0 }]
  })
}

function attributionOf(
  timeline: Timeline,
  sweep: DeviceSweep,
  join: LaunchJoin | NoLaunchJoin,
  options: IdleOptions,
): IdleGapsSummary['attribution'] {
  if (sweep.gaps === undefined || join.state !== 'joined') return undefined
  const { byCategoryNs, gapsByCategory, unknownRatio, causesClaimable, rangeTexts, totalNs } = attributeIdle(
    timeline,
    sweep.gaps,
    join,
    options,
  )
  const causes = idleCategories
    .map((cause, index) => ({ cause, totalNs: byCategoryNs[index] ?? 0, gaps: gapsByCategory[index] ?? 0 }))
    .filter((row) => row.totalNs > 0)
    .map((row) => ({ ...row, ratio: row.totalNs / totalNs }))
    .sort((a, b) => b.totalNs - a.totalNs)
  const reason =
    totalNs === 0
      ? 'the device was never idle between its first and last activity'
      : `launch calls are missing for ${Math.round(unknownRatio * 100)} % of the idle time; above ${MAX_UNKNOWN_RATIO * 100} % no cause is claimed`
  return {
    causes,
    unknownRatio,
    claimable: causesClaimable,
    ...(causesClaimable ? {} : { reason }),
    rangeTexts: rangeTexts.slice(0, MAX_RANGE_TEXTS),
  }
}

/** Causes come only where host calls were read and the sweep kept its gaps. */
export function summarizeIdle(
  timeline: Timeline,
  sweep: DeviceSweep,
  join: LaunchJoin | NoLaunchJoin,
  options: IdleOptions = {},
): IdleGapsSummary {
  const attribution = attributionOf(timeline, sweep, join, options)
  const ordered = gapsByTime(sweep.largest)
  const causes = attribution === undefined ? undefined : attributeIdle(timeline, ordered.gaps, join, { perGap: true }).categoryOfGap
  const causeOfPlace = new Map([...ordered.places].map((place, at) => [place, causes?.[at]]))
  const largest = Array.from({ length: sweep.largest.length }, (_, gap) => {
    const startNs = sweep.largest.startNs[gap] ?? Number.NaN
    const endNs = sweep.largest.endNs[gap] ?? Number.NaN
    const before = neighbour(timeline, sweep.largest.before[gap] ?? noActivity)
    const after = neighbour(timeline, sweep.largest.after[gap] ?? noActivity)
    const cause = idleCategories[causeOfPlace.get(gap) ?? -1]
    return {
      startNs,
      endNs,
      durationNs: endNs - startNs,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(cause === undefined ? {} : { cause }),
    }
  })
  return { count: sweep.gapCount, histogram: histogramOf(sweep), largest, ...(attribution === undefined ? {} : { attribution }) }
}
