/** The decode budget of any number of captures: every device judged on its own, then over ranks. */

import { communicatingNames } from '#analysis/budget-families.ts'
import { cutShort, type Refusal, refusedByCoverage, refusedBySteps, unknownDevice } from '#analysis/budget-refusals.ts'
import { rankOfDevice, requireSelection } from '#analysis/budget-selection.ts'
import { computeCoverage } from '#analysis/coverage.ts'
import { isTruncationLoss } from '#analysis/coverage-statements.ts'
import { type BudgetOptions, type DeviceAnswer, measureDevice } from '#analysis/device-budget.ts'
import { buildSequences, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { joinLaunches } from '#analysis/launch-join.ts'
import { overallNext, overallOf } from '#analysis/overall-budget.ts'
import { matchRanks, type RankMember } from '#analysis/rank-collectives.ts'
import type { NoSteps } from '#analysis/step.ts'
import { annotatedRanges } from '#analysis/step-ranges.ts'
import { detectSteps } from '#analysis/steps.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { BudgetDevice, BudgetUnknown, DecodeBudget, RankAccount } from '#formats/decode-budget.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { Device, Timeline } from '#model/timeline.ts'

export interface BudgetCapture {
  readonly capture: Capture
  readonly losses: readonly Loss[]
  /** Computed when absent. */
  readonly coverage?: Coverage
}

export interface DecodeBudgetOptions extends BudgetOptions {
  /** Only devices with this ordinal. */
  readonly device?: number
  /** Only captures or processes of this rank. */
  readonly rank?: number
}

interface DeviceCase {
  readonly captureIndex: number
  readonly capture: Capture
  readonly timeline: Timeline
  readonly device: Device
  readonly rank: number | undefined
  readonly sequence: DeviceSequence
  readonly coverage: Coverage
  /** The file ends early, and what precedes the cut is complete. */
  readonly isCutShort: boolean
  readonly steps: ReturnType<typeof detectSteps>
}

/** Everything of `decode-budget/1` but its sources, which only the caller knows. Throws `missing_data` where the options select nothing. */
export function buildDecodeBudget(
  captures: readonly BudgetCapture[],
  families: FamilyRules,
  options: DecodeBudgetOptions = {},
): Omit<DecodeBudget, 'sources'> {
  requireSelection(captures, options)
  const cases = captures.flatMap((entry, index) => casesOf(entry, index, families, options))
  const unknowns: BudgetUnknown[] = captures.flatMap((entry, index) => withoutDevices(entry, index, cases))
  const match = matchRanks(rankMembers(cases))
  const account = match?.state === 'matched' ? match.account : undefined
  if (match?.state === 'not-matched') {
    unknowns.push({
      code: 'ranks-not-matched',
      reason: match.reason,
      settledBy: 'captures of all ranks over the same window, with collective sequence numbers',
    })
  }
  const devices = cases.map((entry, index): BudgetDevice => {
    const answer = answerDevice(entry, families, options, account?.members.some(({ device }) => device === index) ? account : undefined)
    for (const unknown of answer.unknowns) unknowns.push({ ...unknown, device: index })
    return { ...identityOf(entry), ...answer.budget }
  })
  const overall = overallOf(devices)
  return {
    schema: 'decode-budget/1',
    captures: captures.map(({ capture }) => ({
      kind: capture.kind,
      tool: [capture.tool.name, capture.tool.version].filter((word) => word !== undefined).join(' '),
      ...(capture.rank === undefined ? {} : { rank: capture.rank }),
      overhead: isDistorted(capture) ? 'distorting' : 'low',
    })),
    devices,
    overall,
    ...(account === undefined ? {} : { ranks: account }),
    unknowns,
    next: overallNext(devices, unknowns, account),
  }
}

/** The framework profiler's overhead distorts shares (facts/kineto.md section 9); nsys costs about 5 %. */
function isDistorted(capture: Capture): boolean {
  return capture.kind === 'kineto'
}

function casesOf(
  { capture, losses, coverage }: BudgetCapture,
  captureIndex: number,
  families: FamilyRules,
  options: DecodeBudgetOptions,
): DeviceCase[] {
  const { timeline } = capture
  if (timeline === undefined) return []
  const join = joinLaunches(timeline)
  const ranges = annotatedRanges(timeline)
  const { counted, isCutShort } = recordingOf({ capture, losses, ...(coverage === undefined ? {} : { coverage }) }, join)
  const sequences = buildSequences(timeline, communicatingNames(timeline, families))
  return sequences.flatMap((sequence, index): DeviceCase[] => {
    const device = timeline.devices[index]
    if (device === undefined || sequence.length === 0) return []
    const rank = rankOfDevice(capture, timeline, device)
    if (options.device !== undefined && device.ordinal !== options.device) return []
    if (options.rank !== undefined && rank !== options.rank) return []
    return [
      {
        captureIndex,
        capture,
        timeline,
        device,
        rank,
        sequence,
        coverage: counted,
        isCutShort,
        steps: detectSteps(timeline, sequence, ranges, join),
      },
    ]
  })
}

/**
 * Coverage as far as steps need it. A file that ends early has lost its tail; where launches vouch for every row before it, the steps
 * before the cut are whole, and the last one is left out (trap A12).
 */
function recordingOf(
  { capture, losses, coverage }: BudgetCapture,
  join: ReturnType<typeof joinLaunches>,
): { counted: Coverage; isCutShort: boolean } {
  const counted = coverage ?? computeCoverage(capture, losses, join)
  if (counted.idleClaimable.state !== 'no' || !losses.some(isTruncationLoss)) return { counted, isCutShort: false }
  const rest = computeCoverage(
    capture,
    losses.filter((loss) => !isTruncationLoss(loss)),
    join,
  )
  return rest.idleClaimable.state === 'yes' ? { counted: rest, isCutShort: true } : { counted, isCutShort: false }
}

function rankMembers(cases: readonly DeviceCase[]): RankMember[] {
  return cases.map(({ sequence, timeline, rank }, device) => ({ device, sequence, timeline, ...(rank === undefined ? {} : { rank }) }))
}

function identityOf({
  captureIndex,
  device,
  rank,
  timeline,
}: DeviceCase): Pick<BudgetDevice, 'capture' | 'device' | 'uuid' | 'name' | 'rank' | 'processes'> {
  return {
    capture: captureIndex,
    device: device.ordinal,
    ...(device.uuid === undefined ? {} : { uuid: device.uuid }),
    ...(device.name === undefined ? {} : { name: device.name }),
    ...(rank === undefined ? {} : { rank }),
    processes: device.processes.map((process) => timeline.processes[process]?.pid ?? -1),
  }
}

function answerDevice(
  entry: DeviceCase,
  families: FamilyRules,
  options: DecodeBudgetOptions,
  account: RankAccount | undefined,
): DeviceAnswer {
  const { coverage, steps, timeline, sequence, capture } = entry
  const refusal = refusedByCoverage(coverage) ?? (steps.state === 'unknown' ? refusedBySteps(steps) : undefined)
  if (refusal !== undefined || steps.state === 'unknown') return unknownDevice(refusal ?? refusedBySteps(steps as NoSteps))
  const waiting = account === undefined ? 0 : account.members.reduce((sum, member) => sum + member.waitedNs, 0) / account.members.length
  const communicationCap = account === undefined || account.floorNs === 0 ? 1 : account.floorNs / (account.floorNs + waiting)
  const ranksKnown = account !== undefined
  const answer = measureDevice({
    timeline,
    sequence,
    steps,
    families,
    isDistorted: isDistorted(capture),
    ranksKnown,
    communicationCap,
    options,
  })
  if (entry.isCutShort) return { ...answer, unknowns: [...answer.unknowns, cutShort] }
  if (coverage.idleClaimable.state === 'yes') return answer
  const unproven: Refusal = {
    code: 'recording-unproven',
    reason: coverage.idleClaimable.reason,
    settledBy: 'a capture with host API rows of the launching processes, so that launches can be counted against device rows',
  }
  return { ...answer, unknowns: [...answer.unknowns, unproven] }
}

/** Captures in which no device did anything still get a named answer. */
function withoutDevices({ capture, losses, coverage }: BudgetCapture, index: number, cases: readonly DeviceCase[]): BudgetUnknown[] {
  if (cases.some((entry) => entry.captureIndex === index)) return []
  if (capture.timeline === undefined) {
    return [{ code: 'no-steps', reason: `capture ${index} holds no timeline`, settledBy: 'the trace itself instead of its summary' }]
  }
  const refusal = refusedByCoverage(coverage ?? computeCoverage(capture, losses))
  return [
    refusal ?? {
      code: 'no-steps',
      reason: `capture ${index} holds no activity of the devices asked for`,
      settledBy: 'a capture under load',
    },
  ]
}
