/** The account of a capture's time per physical device: the pure part of `sextant timeline`. */
import { communicatingNames } from '#analysis/budget-families.ts'
import { computeCoverage } from '#analysis/coverage.ts'
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { summarizeIdle } from '#analysis/idle-summary.ts'
import { kernelPlaces } from '#analysis/kernel-places/kernel-places.ts'
import { type ActivityTotals, addLanes, type LaneTotals, totalsByLane } from '#analysis/lane-totals.ts'
import { joinLaunches, type LaunchJoin, type NoLaunchJoin } from '#analysis/launch-join.ts'
import { memoryOperations } from '#analysis/memory-operations.ts'
import { summarizeOverlap } from '#analysis/overlap.ts'
import { computeRangePaths } from '#analysis/range-paths.ts'
import { sweepDevice } from '#analysis/sweep.ts'
import { prepareSweep, type SweepInput } from '#analysis/sweep-input.ts'
import { SextantError } from '#base/errors.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { DeviceSummary, TimelineSummary } from '#formats/timeline-summary.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { Device, Timeline } from '#model/timeline.ts'

export interface TimelineSummaryOptions {
  /** The join, where it is computed anyway. */
  readonly join?: LaunchJoin | NoLaunchJoin
  /** Gaps listed per device; 20 unless told. */
  readonly largestGaps?: number
}

/** Everything but `sources`, which the command adds. Throws `missing_data` for captures without a timeline. */
export function summarizeTimeline(
  capture: Capture,
  losses: readonly Loss[],
  families: FamilyRules,
  options: TimelineSummaryOptions = {},
): Omit<TimelineSummary, 'sources'> {
  const { timeline } = capture
  if (timeline === undefined) {
    throw new SextantError(
      'missing_data',
      'the capture holds no timeline',
      'Give a trace instead of a summary: an nsys SQLite export, a parquet folder or a kineto trace.',
    )
  }
  const join = options.join ?? joinLaunches(timeline)
  const context: DeviceContext = {
    timeline,
    join,
    input: prepareSweep(timeline, communicatingNames(timeline, families)),
    totals: totalsByLane(timeline),
    families,
    paths: join.state === 'joined' ? computeRangePaths(timeline) : undefined,
    largestGaps: options.largestGaps ?? 20,
  }
  const devices = timeline.devices.flatMap((device, index) => summarizeDevice(context, device, index) ?? [])
  const unknownFamilyRatio = unknownRatio(timeline, context.totals[0]?.byNameNs, families)
  const coverage = computeCoverage(capture, losses, join)
  return {
    schema: 'timeline-summary/1',
    kind: capture.kind,
    originNs: capture.clock.originNs,
    epoch: capture.clock.epoch,
    resolutionNs: capture.clock.resolutionNs,
    graphMode: capture.graphMode,
    ...(capture.rank === undefined ? {} : { rank: capture.rank }),
    ...(capture.worldSize === undefined ? {} : { worldSize: capture.worldSize }),
    devices: devices
      .map((device) => withinCoverage(device, coverage))
      .sort((a, b) => a.device - b.device || compareText(a.uuid, b.uuid) || a.firstStartNs - b.firstStartNs),
    memoryOperations: memoryOperations(timeline),
    ...(unknownFamilyRatio === undefined ? {} : { unknownFamilyRatio }),
    coverage,
    losses: [...losses],
  }
}

const compareText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

/** Time that lost rows may fill is not idle, so it has no causes either (trap B1). */
function withinCoverage(device: DeviceSummary, { idleClaimable }: Coverage): DeviceSummary {
  const { attribution } = device.idleGaps
  if (attribution === undefined || idleClaimable.state !== 'no') return device
  return {
    ...device,
    idleGaps: { ...device.idleGaps, attribution: { ...attribution, claimable: false, reason: idleClaimable.reason } },
  }
}

interface DeviceContext {
  readonly timeline: Timeline
  readonly join: LaunchJoin | NoLaunchJoin
  readonly input: SweepInput
  readonly totals: readonly LaneTotals[]
  readonly families: FamilyRules
  readonly paths: ReturnType<typeof computeRangePaths>
  readonly largestGaps: number
}

/** Undefined for a device without activities: devices come from events, not from the machine's inventory (trap C18). */
function summarizeDevice(context: DeviceContext, device: Device, index: number): DeviceSummary | undefined {
  const { timeline, input, join, paths, families } = context
  const lanes = timeline.lanes.flatMap((lane, id) => (lane.device === index ? [id] : []))
  const totals = addLanes(context.totals, lanes)
  if (totals === undefined) return undefined
  const sweep = sweepDevice(input, index, {
    window: { fromNs: totals.firstStartNs, toNs: totals.lastEndNs },
    largestGaps: context.largestGaps,
    ...(join.state === 'joined' ? { gapsFromNs: 0 } : {}),
  })
  if (sweep === undefined) return undefined
  const spanNs = totals.lastEndNs - totals.firstStartNs
  return {
    device: device.ordinal,
    ...(device.uuid === undefined ? {} : { uuid: device.uuid }),
    ...(device.pciAddress === undefined ? {} : { pciAddress: device.pciAddress }),
    ...(device.name === undefined ? {} : { name: device.name }),
    ...(device.host === undefined ? {} : { host: device.host }),
    ...totals,
    busyNs: sweep.busyNs,
    spanNs,
    idleNs: sweep.idleNs,
    busyRatio: spanNs > 0 ? sweep.busyNs / spanNs : 0,
    processes: summarizeProcesses(context, index, lanes, totals, sweep.busyNs),
    overlap: summarizeOverlap(sweep),
    ...(join.state === 'joined' && sweep.gaps !== undefined && timeline.hostCalls !== undefined
      ? { kernelPlaces: kernelPlaces(timeline, index, sweep.gaps, join, families) }
      : {}),
    idleGaps: summarizeIdle(timeline, sweep, join, paths === undefined ? {} : { paths }),
  }
}

function summarizeProcesses(
  context: DeviceContext,
  device: number,
  lanes: readonly number[],
  all: ActivityTotals,
  busyNs: number,
): DeviceSummary['processes'] {
  const { timeline, input } = context
  const ids = [...new Set(lanes.map((lane) => timeline.lanes[lane]?.process ?? -1))].sort((a, b) => a - b)
  return ids.flatMap((id) => {
    const process = timeline.processes[id]
    const own = lanes.filter((lane) => timeline.lanes[lane]?.process === id)
    const totals = ids.length === 1 ? all : addLanes(context.totals, own)
    if (process === undefined || totals === undefined) return []
    return [
      {
        ...(process.pid < 0 ? {} : { pid: process.pid }),
        ...(process.name === undefined ? {} : { name: process.name }),
        ...(process.rank === undefined ? {} : { rank: process.rank }),
        ...totals,
        busyNs: ids.length === 1 ? busyNs : busyOfLanes(input, device, new Set(own)),
      },
    ]
  })
}

function busyOfLanes(input: SweepInput, device: number, lanes: ReadonlySet<number>): number {
  const sources = (input.sourcesByDevice[device] ?? []).filter((source) => lanes.has(source.lane))
  return sweepDevice({ ...input, sourcesByDevice: [sources] }, 0, { largestGaps: 0 })?.busyNs ?? 0
}

/** Share of kernel time without a family; undefined without kernels. `byNameNs`: nanoseconds by name id. */
function unknownRatio({ kernels, kernelNames }: Timeline, byNameNs: Float64Array | undefined, families: FamilyRules): number | undefined {
  if (kernels.length === 0 || byNameNs === undefined) return undefined
  let totalNs = 0
  let unknownNs = 0
  for (const [name, kernel] of kernelNames.entries()) {
    const durationNs = byNameNs[name] as number // as long as the names
    totalNs += durationNs
    if (classifyKernelName(kernel, families).family === undefined) unknownNs += durationNs
  }
  return totalNs > 0 ? unknownNs / totalNs : 0
}
