/** What may be claimed from an accounted capture: under-recording first, then idle, then busy. */
import type { Claim, Coverage } from '#formats/coverage.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { isTruncationLoss } from './coverage-statements.ts'

type Counted = Omit<Coverage, 'underRecorded' | 'idleClaimable' | 'busyClaimable'>

/** One replay in a hundred moves the busy share by at most one point, which is below what anyone concludes from it. */
const MAX_MISSING_REPLAYS = 0.01
/**
 * Failed launches and launches recorded into graphs through paths that we do not see leave no kernel either, so single launches are
 * judged more mildly: up to a hundredth is normal, beyond a tenth rows are missing (algorithms.md section 2 caps claims at one tenth).
 */
const NORMAL_MISSING_LAUNCHES = 0.01
const MAX_MISSING_LAUNCHES = 0.1
/** Replays of one node set hold equal kernels; conditional nodes and memory nodes make small differences, lost buffers large ones. */
const MIN_PRESENT_KERNELS = 0.9
/** Parts of the window in which the host launched and nothing followed: five parts of a hundred cannot be single lost rows. */
const MAX_SILENT_PARTS = 0.05
/** Kernels whose launch is unknown: above one tenth the host side is trimmed too far to vouch for the device side (algorithms.md section 2). */
const MAX_UNKNOWN_LAUNCHES = 0.1

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`
const no = (reason: string): Claim => ({ state: 'no', reason })
const yes = (reason: string): Claim => ({ state: 'yes', reason })
const unknown = (reason: string): Claim => ({ state: 'unknown', reason })

/** Whether device rows are missing: `yes` with the evidence, `no` when the host side vouches for the device side. */
export function judgeRecording(capture: Capture, counted: Counted, losses: readonly Loss[]): Claim {
  const { kernels, graphRows, launches, graphLaunches, statements } = counted
  const truncation = losses.find(isTruncationLoss)
  if (truncation !== undefined) return yes(`the file ends early: ${truncation.what}`)
  const deviceRows = kernels.count + graphRows + counted.copies + counted.memsets
  const launched = (launches?.calls ?? 0) + (graphLaunches?.launches ?? 0)
  // CUPTI range profiling replays kernels to count: it records counters and no activity (facts/traps.md C8).
  if (deviceRows === 0 && (capture.inventory['cuda_profiler_range'] ?? 0) > 0)
    return unknown('the trace holds counter ranges only: no timeline of device rows')
  if (deviceRows === 0 && launched > 0) return yes(`${launched} launches and no device row: the profiler recorded nothing on the device`)
  // A count that cannot move the busy share is shown with the statements and refuses nothing.
  const weighs = (lost: number | undefined): boolean => lost === undefined || lost > MAX_MISSING_REPLAYS * (deviceRows + lost)
  const weighty = statements.filter((statement) => statement.concerns === 'device' && weighs(statement.count))
  const said = weighty.find(({ certainty }) => certainty === 'certain')
  if (said !== undefined) return yes(`the ${said.source === 'loss' ? 'reader' : 'capture'} says that rows are missing: ${said.text}`)
  const missing = judgeReplays(counted) ?? judgeLaunches(counted)
  if (missing !== undefined) return missing
  const hedged = weighty.find(({ certainty }) => certainty === 'possible')
  // nsys hedges in most captures. Where every launch has its rows and every kernel its launch, the rows themselves answer.
  const isComplete = kernels.launchUnknown === 0 && (launches?.withoutRows ?? 0) + (graphLaunches?.withoutRows ?? 0) === 0 && launched > 0
  if (hedged !== undefined && !isComplete) return unknown(`the capture says that rows may be missing: ${hedged.text}`)
  if (counted.joined.state !== 'yes') return unknown(`launches cannot be counted against device rows: ${counted.joined.reason}`)
  if (launched === 0 && kernels.count + graphRows === 0) return unknown('no launch and no kernel: there is nothing to compare')
  const unknownRatio = kernels.count === 0 ? 0 : (kernels.launchUnknown - kernels.launchedBefore) / kernels.count
  if (unknownRatio > MAX_UNKNOWN_LAUNCHES) {
    return unknown(
      `${percent(unknownRatio)} of ${kernels.count} kernels have no launch call in the capture, so missing kernels would not show either`,
    )
  }
  return no('every launch that should have left device rows did, within the tolerance')
}

function judgeReplays({ graphLaunches, replays }: Counted): Claim | undefined {
  if (graphLaunches === undefined || graphLaunches.launches === 0) return undefined
  const { launches, withoutRows, withGraphRow, withNodeRows } = graphLaunches
  if (withoutRows / launches > MAX_MISSING_REPLAYS) {
    const expected =
      replays === undefined ? '' : `; ${replays.presentKernels} of about ${replays.expectedKernels} graph kernels are present`
    return yes(
      `${withoutRows} of ${launches} graph launches left no device row (${withGraphRow} have a graph row, ${withNodeRows} node rows)${expected}`,
    )
  }
  if (replays?.byNodeSet === true && replays.presentRatio < MIN_PRESENT_KERNELS) {
    return yes(
      `${replays.presentKernels} of about ${replays.expectedKernels} kernels of graph replays are present (${percent(replays.presentRatio)})`,
    )
  }
  return undefined
}

function judgeLaunches({ launches, overTime }: Counted): Claim | undefined {
  const silent = overTime?.silentRatio ?? 0
  if (silent > MAX_SILENT_PARTS) {
    return yes(`in ${percent(silent)} of the window the host launched work and no device row followed`)
  }
  if (launches === undefined || launches.calls === 0) return undefined
  const ratio = launches.withoutRows / launches.calls
  const figures = `${launches.withoutRows} of ${launches.calls} kernel launches (${percent(ratio)}) left no device row`
  if (ratio > MAX_MISSING_LAUNCHES) return yes(figures)
  if (ratio > NORMAL_MISSING_LAUNCHES) return unknown(`${figures}: failed launches or lost rows, which the capture cannot tell apart`)
  return undefined
}

/** Idle time is what no row covers: claimable only where missing rows are ruled out. */
export function judgeIdle(counted: Counted, underRecorded: Claim): Claim {
  if (counted.kernels.count + counted.graphRows === 0) {
    const launched = (counted.launches?.calls ?? 0) + (counted.graphLaunches?.launches ?? 0)
    return no(launched > 0 ? `${underRecorded.reason}; that is a capture bug, not an idle device` : 'no kernel and no graph was recorded')
  }
  if (underRecorded.state === 'yes') return no(underRecorded.reason)
  if (underRecorded.state === 'unknown') return unknown(underRecorded.reason)
  return yes(underRecorded.reason)
}

/** Busy time of an under-recorded capture is a lower bound; of a framework profiler it is distorted by its overhead (facts/kineto.md section 9). */
export function judgeBusy(capture: Capture, idle: Claim): Claim {
  if (idle.state === 'no') return no(`busy time is a lower bound only: ${idle.reason}`)
  if (capture.kind === 'kineto') {
    return unknown(
      'the framework profiler slows the host and stretches kernels (kineto read 20 % busy where nsys read 12 %): use host gaps, not the busy share',
    )
  }
  return idle
}
