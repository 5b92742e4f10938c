/**
 * Compares what `timeline --json` and `decode-budget --json` say of a generated case with the truth that the generator wrote.
 * Tests ask in process, `prove` asks the built binary: both through `ask`, so both ask the same questions.
 */
import type { BudgetDevice, DecodeBudget } from '#formats/decode-budget.ts'
import type { DeviceSummary, TimelineSummary } from '#formats/timeline-summary.ts'
import type { CaseTruth, DeviceTruth, FileTruth, IdleCause, Spread } from '#sim/truth-types.ts'
import { Checks, type Comparison } from './checks.ts'

/** The parsed answer of a command, whatever it says; throws where the program gave none. */
export type Ask = (args: readonly string[]) => Promise<unknown>

/** The tolerance of the issue: the larger of 2 % of the part and 0.2 % of the step. */
const ofPart = 0.02
const ofStep = 0.002

/** The tolerance between a capture and its driver. */
const reconciliationTolerance = 0.1

/**
 * Idle time on the way to the device is cut differently by an analysis, which does not know the simulated device's latency:
 * up to this share of the idle time may stand under another cause.
 */
const idleTolerance = 0.02

/** Rows of equal ordinals are told apart by uuid or process. */
function sameDevice<T extends { readonly device: number; readonly uuid?: string }>(
  rows: readonly T[],
  truth: DeviceTruth,
  pidsOf: (row: T) => readonly (number | undefined)[],
): T | undefined {
  const byOrdinal = rows.filter((row) => row.device === truth.ordinal)
  if (byOrdinal.length < 2) return byOrdinal[0]
  return byOrdinal.find((row) => row.uuid === truth.uuid) ?? byOrdinal.find((row) => pidsOf(row).includes(truth.pid))
}

const activityKinds = ['kernels', 'graphTraces', 'memcpy', 'memset'] as const

type Activities = Pick<DeviceSummary, 'kernels' | 'graphTraces' | 'memcpy' | 'memset' | 'busyNs' | 'firstStartNs' | 'lastEndNs'>

/** `shiftNs`: what the truth's times lack to be those of our origin. */
function compareActivities(checks: Checks, ours: Activities, truth: DeviceTruth, shiftNs: number): void {
  for (const kind of activityKinds) {
    checks.equal(`${kind} count`, ours[kind].count, truth[kind].count)
    checks.equal(`${kind} sumNs`, ours[kind].sumNs, truth[kind].sumNs)
  }
  checks.equal('memcpy bytes', ours.memcpy.bytes ?? 0, truth.memcpy.bytes)
  checks.equal('busyNs', ours.busyNs, truth.busyNs)
  checks.equal('firstStartNs', ours.firstStartNs, truth.firstStartNs + shiftNs)
  checks.equal('lastEndNs', ours.lastEndNs, truth.lastEndNs + shiftNs)
}

function compareOverlap(checks: Checks, ours: DeviceSummary, truth: DeviceTruth): void {
  const { overlap } = truth
  checks.equal('overlap idleNs', ours.overlap.idleNs, overlap.idleNs)
  checks.equal('overlap communicationExposedNs', ours.overlap.communicationExposedNs, overlap.communicationExposedNs)
  checks.equal('overlap copyExposedNs', ours.overlap.copyExposedNs + ours.overlap.memsetOnlyNs, overlap.copyExposedNs)
  // What runs beside an opaque graph is neither hidden nor alone: only the sum can be known there.
  const beside = ours.overlap.computeOnlyNs + ours.overlap.communicationHiddenNs + ours.overlap.copyHiddenNs + ours.overlap.otherMixtureNs
  const alone = overlap.computeAloneNs + overlap.communicationHiddenNs + overlap.copyHiddenNs + overlap.bothHiddenNs
  checks.equal('overlap with work', beside + ours.overlap.graphOpaqueNs, alone + overlap.opaqueGraphAloneNs)
  if (truth.graphTraces.count > 0) return
  checks.equal('overlap computeOnlyNs', ours.overlap.computeOnlyNs, overlap.computeAloneNs)
  checks.equal('overlap communicationHiddenNs', ours.overlap.communicationHiddenNs, overlap.communicationHiddenNs)
}

type IdleParts = Readonly<Record<'sync' | 'launch' | 'host' | 'queued', number>>

/** Kineto has no operating-system calls, so waiting and computing are one there, and here. */
function idleParts(of: (cause: IdleCause) => number): IdleParts {
  return { sync: of('sync'), launch: of('launch'), host: of('host-wait') + of('host-compute'), queued: of('queued') }
}

const causesOf: Readonly<Record<IdleCause, readonly string[]>> = {
  sync: ['synchronisation', 'sync-return'],
  launch: ['launch-limited'],
  'host-wait': ['host-wait'],
  'host-compute': ['host-busy'],
  queued: ['queued', 'inside-graph'],
}

/** Idle time that rows may be missing from is no idle time, and has no causes. */
function compareIdle(checks: Checks, ours: DeviceSummary, truth: DeviceTruth): void {
  const { idleByCause } = truth
  const { attribution } = ours.idleGaps
  const isTold = idleByCause !== undefined && truth.overlap.idleNs > 0
  checks.equal('idle causes are told', attribution?.claimable === true, isTold)
  if (idleByCause === undefined || attribution === undefined || !isTold) return
  const ourNs = (cause: IdleCause): number =>
    attribution.causes.filter((row) => causesOf[cause].includes(row.cause)).reduce((sum, row) => sum + row.totalNs, 0)
  const found = idleParts(ourNs)
  const expected = idleParts((cause) => idleByCause[cause])
  for (const [name, ns] of Object.entries(expected))
    checks.near(`idle by ${name}`, found[name as keyof IdleParts], ns, idleTolerance * truth.overlap.idleNs)
}

export function compareTimelineOfCase(ours: TimelineSummary, truth: FileTruth): Comparison {
  const checks = new Checks()
  if (truth.originStated) checks.equal('originNs', ours.originNs, truth.originNs)
  const shiftNs = Number(BigInt(truth.originNs) - BigInt(ours.originNs))
  const active = truth.devices.filter((device) => activityKinds.some((kind) => device[kind].count > 0))
  const physical = truth.devicesTold ? active.length : new Set(active.map(({ ordinal }) => ordinal)).size
  checks.equal('devices', ours.devices.length, physical)
  for (const expected of active) {
    const device = new Checks()
    const row = sameDevice(ours.devices, expected, ({ processes }) => processes.map(({ pid }) => pid))
    const process = row?.processes.find(({ pid }) => pid === expected.pid)
    if (row === undefined) device.wrong('is not listed')
    else if (!truth.devicesTold && process !== undefined) compareActivities(device, process, expected, shiftNs)
    else {
      compareActivities(device, row, expected, shiftNs)
      compareOverlap(device, row, expected)
      if (ours.coverage.idleClaimable.state !== 'no') compareIdle(device, row, expected)
      else device.equal('idle causes are claimed', row.idleGaps.attribution?.claimable === true, false)
    }
    checks.add(device, `rank ${expected.rank} `)
  }
  return checks
}

const spreadKeys = [
  ['medianNs', 'median'],
  ['meanNs', 'mean'],
  ['p25Ns', 'p25'],
  ['p75Ns', 'p75'],
  ['p99Ns', 'p99'],
] as const

function compareDeviceBudget(checks: Checks, ours: BudgetDevice, truth: DeviceTruth): void {
  const { decode } = truth
  if (decode === undefined) {
    checks.equal('state', ours.state, 'unknown')
    return
  }
  checks.equal('steps', ours.steps?.count, truth.steps.length)
  checks.equal('decode steps that count', ours.steps?.cadences, decode.steps)
  checks.equal('class', ours.verdict?.class, decode.class)
  const { hostGapNs, busyNs, cadenceNs, communication } = ours
  const measured = { ...ours.parts, hostGapNs, busyNs, cadenceNs, communicationUnionNs: communication?.unionNs }
  for (const [name, spread] of Object.entries(measured)) {
    const expected: Spread = decode.parts[name as keyof typeof measured]
    for (const [key, theirs] of spreadKeys) {
      const tolerance = Math.max(ofPart * expected[theirs], ofStep * decode.parts.cadenceNs.median)
      checks.near(`${name} ${key}`, spread?.[key], expected[theirs], tolerance)
    }
  }
}

export function compareBudgetOfCase(ours: DecodeBudget, truth: CaseTruth): Comparison {
  const checks = new Checks()
  const { expectation } = truth
  if (expectation.kind === 'abstain') {
    checks.equal('class of an abstention', ours.overall.class, 'unknown')
    const codes = ours.unknowns.map(({ code }) => code)
    if (codes.some((code) => code === expectation.reason)) checks.checked += 1
    else checks.wrong(`abstention: ours ${codes.join(', ') || 'none'}, truth ${expectation.reason}`)
    return checks
  }
  const isTold = truth.files.every(({ devicesTold }) => devicesTold)
  checks.equal('class', ours.overall.class, isTold ? expectation.class : 'unknown')
  if (!isTold)
    checks.equal(
      'sharing is said',
      ours.unknowns.some(({ code }) => code === 'shared-device'),
      true,
    )
  const rankOfDevice = new Map<number, number>()
  for (const [index, file] of truth.files.entries()) {
    const rows = ours.devices.filter(({ capture }) => capture === index)
    // Processes whose devices cannot be told apart have no budget of their own to compare.
    if (!file.devicesTold) continue
    checks.equal(`devices of ${file.file}`, rows.length, file.devices.length)
    for (const expected of file.devices) {
      const device = new Checks()
      const row = sameDevice(rows, expected, ({ processes }) => processes)
      if (row === undefined) device.wrong('is not listed')
      else {
        rankOfDevice.set(ours.devices.indexOf(row), expected.rank)
        compareDeviceBudget(device, row, expected)
      }
      checks.add(device, `rank ${expected.rank} `)
    }
  }
  // Not every format says its rank: the straggler is named by its device then.
  checks.equal('straggler', rankOfDevice.get(ours.ranks?.straggler?.device ?? -1), truth.straggler?.rank)
  compareReconciliation(checks, ours, truth)
  return checks
}

function compareReconciliation(checks: Checks, ours: DecodeBudget, truth: CaseTruth): void {
  if (truth.driverTpotNs === undefined || truth.tpotNs === undefined) return
  const reconciliation = ours.devices[0]?.reconciliation
  if (reconciliation?.tokensPerStepFrom === 'assumed') {
    // The file does not say how many tokens a step gives: said, instead of a verdict.
    const codes = ours.unknowns.map(({ code }) => code)
    checks.equal('tokens per step are said to be assumed', codes.includes('tokens-per-step-assumed'), true)
    return
  }
  checks.near('time per token', reconciliation?.cadencePerTokenNs, truth.tpotNs, ofPart * truth.tpotNs)
  checks.equal('reconciled', reconciliation?.reconciled, Math.abs(truth.tpotNs / truth.driverTpotNs - 1) <= reconciliationTolerance)
}

/** `files` are the capture files of the case, in the order of `truth.files`. */
export async function compareCase(files: readonly string[], truth: CaseTruth, ask: Ask): Promise<Comparison> {
  const checks = new Checks()
  for (const [index, file] of truth.files.entries()) {
    const ours = (await ask(['timeline', files[index] ?? '', '--json', '--no-cache'])) as TimelineSummary
    checks.add(compareTimelineOfCase(ours, file), 'timeline: ')
  }
  const tpot = truth.driverTpotNs === undefined ? [] : ['--tpot-ms', String(truth.driverTpotNs / 1e6)]
  const budget = (await ask(['decode-budget', ...files, ...tpot, '--json', '--no-cache'])) as DecodeBudget
  checks.add(compareBudgetOfCase(budget, truth), 'decode-budget: ')
  return checks
}
