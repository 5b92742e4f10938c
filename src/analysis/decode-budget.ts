/** The decode budget of any number of captures: every device judged on its own, then over ranks. */
import { communicatingNames } from '#analysis/budget-families.ts'
import { computeCoverage } from '#analysis/coverage.ts'
import { isTruncationLoss } from '#analysis/coverage-statements.ts'
import { type BudgetOptions, type DeviceAnswer, measureDevice } from '#analysis/device-budget.ts'
import { buildSequences, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { joinLaunches } from '#analysis/launch-join.ts'
import { matchRanks, type RankMember } from '#analysis/rank-collectives.ts'
import type { NoSteps } from '#analysis/step.ts'
import { classify } from '#analysis/step-class.ts'
import { annotatedRanges } from '#analysis/step-ranges.ts'
import { detectSteps } from '#analysis/steps.ts'
import { mean } from '#base/statistics.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { BudgetDevice, BudgetUnknown, DecodeBudget, RankAccount, Shares } from '#formats/decode-budget.ts'
import type { NextLever } from '#formats/source.ts'
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

type Refusal = Omit<BudgetUnknown, 'device'>

/** Everything of `decode-budget/1` but its sources, which only the caller knows. */
export function buildDecodeBudget(
  captures: readonly BudgetCapture[],
  families: FamilyRules,
  options: DecodeBudgetOptions = {},
): Omit<DecodeBudget, 'sources'> {
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
    const rank = rankOf(capture, timeline, device)
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

function rankOf(capture: Capture, timeline: Timeline, device: Device): number | undefined {
  const ranks = new Set(device.processes.flatMap((process) => timeline.processes[process]?.rank ?? []))
  const [only] = ranks
  return ranks.size === 1 ? only : timeline.devices.length === 1 ? capture.rank : undefined
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

const cutShort: Refusal = {
  code: 'file-ends-early',
  reason: 'the file ends early: the steps before its end are complete and measured, the last one is left out',
  settledBy: 'a capture that was stopped properly',
}

function unknownDevice(refusal: Refusal): DeviceAnswer {
  const next: NextLever = {
    lever: `a new capture: ${refusal.settledBy}`,
    expectedUnlock: 'none claimed: the budget is unknown',
    gate: 'sextant gates passes on it',
  }
  return { budget: { state: 'unknown', next }, unknowns: [refusal] }
}

/** Rows are missing, so idle time is not idle and steps may be missing (traps B1, B22). */
function refusedByCoverage(coverage: Coverage): Refusal | undefined {
  if (coverage.idleClaimable.state !== 'no') return undefined
  const { reason } = coverage.idleClaimable
  const { kernels, graphRows, copies, memsets, launches, graphLaunches } = coverage
  const launched = (launches?.calls ?? 0) + (graphLaunches?.launches ?? 0)
  if (kernels.count + graphRows === 0) {
    if (launched === 0) return { code: 'no-steps', reason, settledBy: 'traffic during the window' }
    const what = copies + memsets === 0 ? 'no-device-rows' : 'rows-dropped'
    return { code: what, reason, settledBy: 'a profiler whose CUPTI matches the driver (Gate 0), then the same window again' }
  }
  if ((graphLaunches?.withoutRows ?? 0) > 0 || coverage.replays !== undefined) {
    return { code: 'under-recorded', reason, settledBy: 'graphs recorded in full: --cuda-graph-trace=node, a shorter window' }
  }
  return { code: 'rows-dropped', reason, settledBy: 'a shorter window or larger buffers, until no rows are lost' }
}

const codeOfNoSteps: Readonly<Record<NoSteps['code'], Refusal['code']>> = {
  'no-activity': 'no-steps',
  'shared-device': 'shared-device',
  'no-repeating-motif': 'no-steps',
  'too-few-steps': 'too-few-steps',
  irregular: 'irregular-steps',
  impure: 'unlike-steps',
  'autocorrelation-disagrees': 'signals-disagree',
}

function refusedBySteps({ code, reason }: NoSteps): Refusal {
  return {
    code: codeOfNoSteps[code],
    reason,
    settledBy:
      code === 'shared-device'
        ? 'a capture with one engine on the device'
        : 'a longer window of steady decode at one concurrency, with engine step annotations',
  }
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

function overallOf(devices: readonly BudgetDevice[]): DecodeBudget['overall'] {
  const measured = devices.filter((device) => device.state === 'measured')
  const counts = { measuredDevices: measured.length, unknownDevices: devices.length - measured.length }
  const shareList = measured.flatMap((device) => device.shares ?? [])
  if (shareList.length === 0) return { class: 'unknown', ...counts }
  const average = (cause: keyof Shares): number => mean(shareList.map((shares) => shares[cause]))
  const shares: Shares = {
    kernel: average('kernel'),
    host: average('host'),
    communication: average('communication'),
    copy: average('copy'),
  }
  const found = classify(shares)
  const medians = measured.flatMap((device) => device.cadenceNs?.medianNs ?? [])
  const reconciliations = measured.flatMap((device) => device.reconciliation ?? [])
  return {
    class: found.class,
    shares,
    marginRatio: found.marginRatio,
    ...counts,
    cadenceSpreadRatio: (Math.max(...medians) - Math.min(...medians)) / Math.min(...medians),
    ...(reconciliations.length === 0 ? {} : { reconciledDevices: reconciliations.filter(({ reconciled }) => reconciled).length }),
  }
}

function overallNext(devices: readonly BudgetDevice[], unknowns: readonly BudgetUnknown[], account: RankAccount | undefined): NextLever {
  const measured = devices.filter((device) => device.state === 'measured')
  const suspect = measured.find((device) => device.verdict?.isSuspect === true)
  if (suspect !== undefined) return suspect.next
  if (account?.straggler !== undefined && account.skewNs > account.floorNs) {
    const who = account.straggler.rank === undefined ? `device ${account.straggler.device}` : `rank ${account.straggler.rank}`
    return {
      lever: `rank imbalance (L36 to L38): ${who} arrives last at ${(account.straggler.lateRatio * 100).toFixed(0)} % of the collectives`,
      expectedUnlock: `at most the skew: ${Math.round(account.medianSkewNs)} ns per collective (median) against a floor of ${Math.round(account.medianFloorNs)} ns`,
      gate: 'skew per collective down in a new capture of all ranks, and TPOT down',
    }
  }
  const [first] = measured
  if (first !== undefined) return first.next
  const [why] = unknowns
  return {
    lever: `a new capture: ${why?.settledBy ?? 'traffic during the window'}`,
    expectedUnlock: 'none claimed: the budget is unknown',
    gate: 'sextant gates passes on it',
  }
}
