/**
 * Compares what `timeline --json` and `kernels --json` say with the independent truth of a real capture, to the nanosecond.
 * Used by the tests and by `prove`, so both ask the same questions of the real output.
 */

import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import { Checks, type Comparison } from './checks.ts'

interface TruthTotals {
  count: number
  sum_ns: number
  bytes?: number
}
interface TruthBusy {
  union_ns: number
  first_start: number
  last_end: number
  span_ns: number
  top5_gaps?: { ns: number; start: number; end: number }[]
}
interface TruthTop {
  name: string
  total_ns: number
  count: number
}
export interface CaptureTruth {
  kind: string
  kernels: TruthTotals & {
    per_device: Record<string, TruthTotals & { union_ns?: number }>
    distinct?: number
    distinct_short?: number
    distinct_demangled?: number
    longest?: { ns: number } | null
    top5?: TruthTop[]
    top5_short?: TruthTop[]
    top5_demangled?: TruthTop[]
  }
  memcpy: TruthTotals & { by_copyKind?: Record<string, TruthTotals> }
  memset: TruthTotals
  graph_trace?: TruthTotals
  busy: Record<string, TruthBusy>
  overall?: { first_start: number; last_end: number; span_ns: number }
  runtime_api?: { count: number; sum_ns: number; top5?: TruthTop[] }
  nvtx?: { ranges: number; top5: TruthTop[] }
  baseTimeNanoseconds?: string | null
  sha256: string
  file?: string
}

const total = <T>(rows: readonly T[], value: (row: T) => number): number => rows.reduce((sum, row) => sum + value(row), 0)

/** `true` rows whose duration is zero count in the truth's span only when the tool counted them; none of the captures has such a device. */
export function compareTimeline(ours: TimelineSummary, truth: CaptureTruth): Comparison {
  const checks = new Checks()
  const { devices } = ours
  checks.equal(
    'kernels.count',
    total(devices, (d) => d.kernels.count),
    truth.kernels.count,
  )
  checks.equal(
    'kernels.sumNs',
    total(devices, (d) => d.kernels.sumNs),
    truth.kernels.sum_ns,
  )
  checks.equal(
    'memcpy.count',
    total(devices, (d) => d.memcpy.count),
    truth.memcpy.count,
  )
  checks.equal(
    'memcpy.sumNs',
    total(devices, (d) => d.memcpy.sumNs),
    truth.memcpy.sum_ns,
  )
  if (truth.memcpy.bytes !== undefined)
    checks.equal(
      'memcpy.bytes',
      total(devices, (d) => d.memcpy.bytes ?? 0),
      truth.memcpy.bytes,
    )
  checks.equal(
    'memset.count',
    total(devices, (d) => d.memset.count),
    truth.memset.count,
  )
  checks.equal(
    'memset.sumNs',
    total(devices, (d) => d.memset.sumNs),
    truth.memset.sum_ns,
  )
  checks.equal(
    'graphTraces.count',
    total(devices, (d) => d.graphTraces.count),
    truth.graph_trace?.count ?? 0,
  )
  checks.equal(
    'graphTraces.sumNs',
    total(devices, (d) => d.graphTraces.sumNs),
    truth.graph_trace?.sum_ns ?? 0,
  )
  if (truth.memset.bytes !== undefined)
    checks.equal(
      'memset.bytes',
      total(devices, (d) => d.memset.bytes ?? 0),
      truth.memset.bytes,
    )
  for (const [ordinal, expected] of Object.entries(truth.kernels.per_device)) {
    const rows = devices.filter((d) => String(d.device) === ordinal)
    checks.equal(
      `device ${ordinal} kernels.count`,
      total(rows, (d) => d.kernels.count),
      expected.count,
    )
    checks.equal(
      `device ${ordinal} kernels.sumNs`,
      total(rows, (d) => d.kernels.sumNs),
      expected.sum_ns,
    )
    const [only] = rows
    if (rows.length === 1 && only !== undefined && only.graphTraces.count === 0 && expected.union_ns !== undefined)
      checks.equal(`device ${ordinal} union of kernels`, kernelUnionNs(only), expected.union_ns)
  }
  compareBusy(checks, ours, truth)
  compareCopies(checks, ours, truth)
  compareHostCalls(checks, ours, truth)
  return checks
}

/** CUPTI's copy kinds; what is not listed stands under `other`. */
const directions: Readonly<Record<string, string>> = {
  1: 'host-to-device',
  2: 'device-to-host',
  8: 'device-to-device',
  9: 'host-to-host',
  10: 'peer-to-peer',
}

function compareCopies(checks: Checks, ours: TimelineSummary, truth: CaptureTruth): void {
  for (const [kind, expected] of Object.entries(truth.memcpy.by_copyKind ?? {})) {
    const direction = directions[kind]
    if (direction === undefined) continue
    const row = ours.memoryOperations.find((each) => each.operation === 'memcpy' && each.direction === direction)
    checks.equal(`copies ${direction} count`, row?.count ?? 0, expected.count)
    checks.equal(`copies ${direction} totalNs`, row?.totalNs ?? 0, expected.sum_ns)
    if (expected.bytes !== undefined) checks.equal(`copies ${direction} bytes`, row?.bytes ?? 0, expected.bytes)
  }
}

const withoutSuffix = (name: string): string => name.replace(/(_v\d+)+$/, '')

/** Rows of eventClass 67 repeat calls: the truth counts them, we leave them out and say so in the losses. */
function compareHostCalls(checks: Checks, { hostCalls, losses }: TimelineSummary, { runtime_api: truth }: CaptureTruth): void {
  if (truth === undefined) return
  const repeated = losses.find(({ code }) => code === 'repeated-host-calls')?.count ?? 0
  const calls = hostCalls?.calls ?? []
  checks.equal('API calls', total(calls, ({ count }) => count) + repeated, truth.count)
  checks.equal('API calls recorded', hostCalls !== undefined, truth.count > 0)
  if (repeated > 0) return
  checks.equal(
    'API sumNs',
    total(calls, ({ totalNs }) => totalNs),
    truth.sum_ns,
  )
  for (const expected of truth.top5 ?? []) {
    // Versions of one function are one row of ours, several of the truth's: only a lone one can be compared.
    const name = withoutSuffix(expected.name)
    const row = calls.find((call) => call.name === name || call.name === expected.name)
    if ((row?.count ?? 0) < expected.count) checks.wrong(`API ${expected.name} count: ours ${row?.count}, truth ${expected.count}`)
    else if (row?.count === expected.count) checks.equal(`API ${expected.name} totalNs`, row.totalNs, expected.total_ns)
  }
}

/** Every class of time in which a kernel runs. */
function kernelUnionNs({ overlap }: TimelineSummary['devices'][number]): number {
  const { computeOnlyNs, communicationExposedNs, communicationHiddenNs, copyHiddenNs, otherMixtureNs } = overlap
  return computeOnlyNs + communicationExposedNs + communicationHiddenNs + copyHiddenNs + otherMixtureNs
}

function compareBusy(checks: Checks, ours: TimelineSummary, truth: CaptureTruth): void {
  // Without a base, a kineto truth gives epoch nanoseconds (rounded by its own doubles); ours are relative to originNs.
  const absolute = truth.kind === 'kineto' && truth.baseTimeNanoseconds == null
  const place = (ns: number | undefined): string =>
    ns === undefined ? 'absent' : absolute ? String(BigInt(ours.originNs) + BigInt(ns)) : String(ns)
  for (const [ordinal, expected] of Object.entries(truth.busy)) {
    const rows = ours.devices.filter((d) => String(d.device) === ordinal)
    const [row] = rows
    if (rows.length !== 1 || row === undefined) {
      checks.equal(`rows of device ${ordinal}`, rows.length, 1)
      continue
    }
    checks.equal(`device ${ordinal} busyNs`, row.busyNs, expected.union_ns)
    const span = (row.lastEndNs ?? Number.NaN) - (row.firstStartNs ?? Number.NaN)
    checks.equal(`device ${ordinal} span`, span, expected.span_ns)
    if (!absolute) {
      checks.equal(`device ${ordinal} firstStartNs`, place(row.firstStartNs), String(expected.first_start))
      checks.equal(`device ${ordinal} lastEndNs`, place(row.lastEndNs), String(expected.last_end))
    } else {
      checks.equal(`device ${ordinal} firstStartNs`, Number(place(row.firstStartNs)), expected.first_start)
    }
    const gaps = (row.idleGaps?.largest ?? []).map((gap) => gap.endNs - gap.startNs)
    for (const [index, gap] of (expected.top5_gaps ?? []).entries()) checks.equal(`device ${ordinal} gap ${index}`, gaps[index], gap.ns)
  }
  if (truth.overall !== undefined && !absolute) {
    checks.equal('first start', Math.min(...ours.devices.map((d) => d.firstStartNs)), truth.overall.first_start)
    checks.equal('last end', Math.max(...ours.devices.map((d) => d.lastEndNs)), truth.overall.last_end)
  }
  checks.equal('devices that did work', ours.devices.filter((d) => d.busyNs > 0).length, Object.keys(truth.busy).length)
}

export function compareKernels(ours: KernelSummary, truth: CaptureTruth): Comparison {
  const checks = new Checks()
  const by = (key: 'name' | 'shortName', name: string) => ours.kernels.filter((kernel) => kernel[key] === name)
  const tops = [
    ['name', truth.kernels.top5_demangled ?? truth.kernels.top5 ?? []],
    ['shortName', truth.kernels.top5_short ?? []],
  ] as const
  for (const [key, rows] of tops) {
    for (const expected of rows) {
      checks.equal(
        `${key} ${expected.name} count`,
        total(by(key, expected.name), (k) => k.count ?? Number.NaN),
        expected.count,
      )
      checks.equal(
        `${key} ${expected.name} totalNs`,
        total(by(key, expected.name), (k) => k.totalNs ?? Number.NaN),
        expected.total_ns,
      )
    }
  }
  const { distinct, distinct_demangled: demangled, distinct_short: short, longest } = truth.kernels
  if ((demangled ?? distinct) !== undefined) checks.equal('distinct names', ours.kernels.length, demangled ?? distinct)
  if (short !== undefined) checks.equal('distinct short names', new Set(ours.kernels.map((row) => row.shortName)).size, short)
  if (longest != null) checks.equal('longest kernel', Math.max(...ours.kernels.map((row) => row.maxNs ?? 0)), longest.ns)
  checks.equal(
    'kernels count',
    total(ours.kernels, (k) => k.count ?? Number.NaN),
    truth.kernels.count,
  )
  checks.equal(
    'kernels totalNs',
    total(ours.kernels, (k) => k.totalNs ?? Number.NaN),
    truth.kernels.sum_ns,
  )
  return checks
}

/** `ours`: kernels --by-nvtx. Durations of ranges are not in the output; how many there are of each text is. */
export function compareRanges(ours: KernelSummary, truth: CaptureTruth): Comparison {
  const checks = new Checks()
  const rows = ours.byRange?.rows ?? []
  for (const expected of truth.nvtx?.top5 ?? [])
    checks.equal(`ranges ${expected.name}`, rows.find(({ text }) => text === expected.name)?.ranges, expected.count)
  const { outside, unmatched } = ours.byRange ?? {}
  const own = total(rows, ({ ownKernels }) => ownKernels) + (outside?.kernels ?? 0) + (unmatched?.kernels ?? 0)
  checks.equal('kernels in, outside and unmatched', own, truth.kernels.count)
  return checks
}
