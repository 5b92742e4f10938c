/**
 * What a decode budget over several captures keeps of one: every device measured, and its collectives in columns. The timeline, which is
 * hundreds of megabytes for a long capture, can go.
 */
import { communicatingNames } from '#analysis/budget-families.ts'
import { cutShort, type Refusal, refusedByCoverage, refusedBySteps } from '#analysis/budget-refusals.ts'
import { type BudgetSelection, type PresentDevice, presentDevices, rankOfDevice } from '#analysis/budget-selection.ts'
import { computeCoverage } from '#analysis/coverage.ts'
import { isTruncationLoss } from '#analysis/coverage-statements.ts'
import { type BudgetOptions, type DeviceMeasurement, measureDevice } from '#analysis/device-budget.ts'
import { buildSequences, type DeviceSequence } from '#analysis/device-sequence.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { joinLaunches, type LaunchJoin, type NoLaunchJoin } from '#analysis/launch-join.ts'
import { type CollectiveCalls, collectiveCalls } from '#analysis/rank-collectives.ts'
import type { NoSteps, StepSet } from '#analysis/step.ts'
import { annotatedRanges } from '#analysis/step-ranges.ts'
import { detectSteps } from '#analysis/steps.ts'
import type { Coverage } from '#formats/coverage.ts'
import type { BudgetDevice, BudgetUnknown, DecodeBudget } from '#formats/decode-budget.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { Device, Timeline } from '#model/timeline.ts'

/** What else was computed of a capture: pieces that several questions share. */
export interface ComputedOfCapture {
  join(): LaunchJoin | NoLaunchJoin | undefined
  sequences(): readonly DeviceSequence[]
  /** Steps of the device at an index of `Timeline.devices`. */
  stepsOf(device: number): StepSet | NoSteps | undefined
  /** Its collectives. */
  callsOf(device: number): CollectiveCalls
}

export interface BudgetCapture {
  readonly capture: Capture
  readonly losses: readonly Loss[]
  /** Computed when absent, and so is all below. */
  readonly coverage?: Coverage
  readonly computed?: ComputedOfCapture
}

export interface DecodeBudgetOptions extends BudgetOptions, BudgetSelection {}

export interface DeviceCase {
  readonly identity: Pick<BudgetDevice, 'device' | 'uuid' | 'name' | 'rank' | 'processes'>
  readonly calls: CollectiveCalls
  readonly measured: DeviceMeasurement | Refusal
  /** What the recording itself leaves open. */
  readonly caveat?: Refusal
}

export interface CaptureBudget {
  readonly said: DecodeBudget['captures'][number]
  /** What `--device` and `--rank` can select. */
  readonly present: readonly PresentDevice[]
  readonly devices: readonly DeviceCase[]
  /** Why no device of it has an answer; absent where one has. */
  readonly silent?: Omit<BudgetUnknown, 'reason'> & { readonly reason: (index: number) => string }
}

export function measureCapture(entry: BudgetCapture, families: FamilyRules, options: DecodeBudgetOptions): CaptureBudget {
  const { capture } = entry
  const devices = casesOf(entry, families, options)
  return {
    said: {
      kind: capture.kind,
      tool: [capture.tool.name, capture.tool.version].filter((word) => word !== undefined).join(' '),
      ...(capture.rank === undefined ? {} : { rank: capture.rank }),
      overhead: isDistorted(capture) ? 'distorting' : 'low',
    },
    present: presentDevices(capture),
    devices,
    ...(devices.length > 0 ? {} : { silent: withoutDevices(entry) }),
  }
}

/** The framework profiler's overhead distorts shares (facts/kineto.md section 9); nsys costs about 5 %. */
function isDistorted(capture: Capture): boolean {
  return capture.kind === 'kineto'
}

function casesOf(entry: BudgetCapture, families: FamilyRules, options: DecodeBudgetOptions): DeviceCase[] {
  const { capture } = entry
  const { timeline } = capture
  if (timeline === undefined) return []
  const computed = entry.computed ?? computedOf(timeline, families)
  const join = computed.join() ?? joinLaunches(timeline)
  const { counted, isCutShort } = recordingOf(entry, join)
  return computed.sequences().flatMap((sequence, index): DeviceCase[] => {
    const device = timeline.devices[index]
    if (device === undefined || sequence.length === 0) return []
    const rank = rankOfDevice(capture, timeline, device)
    if (options.device !== undefined && device.ordinal !== options.device) return []
    if (options.rank !== undefined && rank !== options.rank) return []
    const steps = computed.stepsOf(index)
    if (steps === undefined) return []
    const refusal = refusedByCoverage(counted) ?? (steps.state === 'unknown' ? refusedBySteps(steps) : undefined)
    const caveat = caveatOf(counted, isCutShort)
    return [
      {
        identity: identityOf(timeline, device, rank),
        calls: computed.callsOf(index),
        measured:
          refusal !== undefined || steps.state === 'unknown'
            ? (refusal ?? refusedBySteps(steps as NoSteps))
            : measureDevice({ timeline, sequence, steps, families, isDistorted: isDistorted(capture), options }),
        ...(caveat === undefined ? {} : { caveat }),
      },
    ]
  })
}

function computedOf(timeline: Timeline, families: FamilyRules): ComputedOfCapture {
  const join = joinLaunches(timeline)
  const ranges = annotatedRanges(timeline)
  const sequences = buildSequences(timeline, communicatingNames(timeline, families))
  return {
    join: () => join,
    sequences: () => sequences,
    stepsOf(device) {
      const sequence = sequences[device]
      return sequence === undefined ? undefined : detectSteps(timeline, sequence, ranges, join)
    },
    callsOf: (device) => collectiveCalls(timeline, sequences[device]),
  }
}

/**
 * Coverage as far as steps need it. A file that ends early has lost its tail; where launches vouch for every row before it, the steps
 * before the cut are whole, and the last one is left out (trap A12).
 */
function recordingOf(
  { capture, losses, coverage }: BudgetCapture,
  join: LaunchJoin | NoLaunchJoin,
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

function caveatOf(coverage: Coverage, isCutShort: boolean): Refusal | undefined {
  if (isCutShort) return cutShort
  if (coverage.idleClaimable.state === 'yes') return undefined
  return {
    code: 'recording-unproven',
    reason: coverage.idleClaimable.reason,
    settledBy: 'a capture with host API rows of the launching processes, so that launches can be counted against device rows',
  }
}

function identityOf(timeline: Timeline, device: Device, rank: number | undefined): DeviceCase['identity'] {
  return {
    device: device.ordinal,
    ...(device.uuid === undefined ? {} : { uuid: device.uuid }),
    ...(device.name === undefined ? {} : { name: device.name }),
    ...(rank === undefined ? {} : { rank }),
    processes: device.processes.map((process) => timeline.processes[process]?.pid ?? -1),
  }
}

/** Captures in which no device did anything still get a named answer. */
function withoutDevices({ capture, losses, coverage }: BudgetCapture): CaptureBudget['silent'] & object {
  if (capture.timeline === undefined) {
    return {
      code: 'no-steps',
      reason: (index) => `capture ${index} holds no timeline`,
      settledBy: 'the trace itself instead of its summary',
    }
  }
  const refusal = refusedByCoverage(coverage ?? computeCoverage(capture, losses))
  if (refusal !== undefined) return { ...refusal, reason: () => refusal.reason }
  return {
    code: 'no-steps',
    reason: (index) => `capture ${index} holds no activity of the devices asked for`,
    settledBy: 'a capture under load',
  }
}
