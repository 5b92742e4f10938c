/**
 * Compares what `timeline --json` and `kernels --json` say with the independent truth of a real capture, to the nanosecond.
 * Used by the tests and by `prove`, so both ask the same questions of the real output.
 */

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
    per_device: Record<string, TruthTotals>
    top5?: TruthTop[]
    top5_short?: TruthTop[]
    top5_demangled?: TruthTop[]
  }
  memcpy: TruthTotals
  memset: TruthTotals
  graph_trace?: TruthTotals
  busy: Record<string, TruthBusy>
  baseTimeNanoseconds?: string | null
  sha256: string
}

export interface TimelineJson {
  originNs: string
  sources: { path: string; sha256: string }[]
  devices: {
    device: number
    kernels: { count: number; sumNs: number }
    graphTraces: { count: number; sumNs: number }
    memcpy: { count: number; sumNs: number; bytes?: number }
    memset: { count: number; sumNs: number; bytes?: number }
    busyNs: number
    firstStartNs?: number
    lastEndNs?: number
    idleGaps?: { largest: { startNs: number; endNs: number; durationNs?: number }[] }
  }[]
}

export interface KernelsJson {
  kernels: { name: string; shortName: string; count: number; totalNs: number }[]
}

export interface Comparison {
  checked: number
  mismatches: string[]
}

class Checks implements Comparison {
  checked = 0
  readonly mismatches: string[] = []
  equal(what: string, ours: unknown, truth: unknown): void {
    this.checked += 1
    if (ours !== truth) this.mismatches.push(`${what}: ours ${String(ours)}, truth ${String(truth)}`)
  }
}

const total = <T>(rows: readonly T[], value: (row: T) => number): number => rows.reduce((sum, row) => sum + value(row), 0)

/** `true` rows whose duration is zero count in the truth's span only when the tool counted them; none of the captures has such a device. */
export function compareTimeline(ours: TimelineJson, truth: CaptureTruth): Comparison {
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
  }
  compareBusy(checks, ours, truth)
  return checks
}

function compareBusy(checks: Checks, ours: TimelineJson, truth: CaptureTruth): void {
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
  checks.equal('devices that did work', ours.devices.filter((d) => d.busyNs > 0).length, Object.keys(truth.busy).length)
}

export function compareKernels(ours: KernelsJson, truth: CaptureTruth): Comparison {
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
        total(by(key, expected.name), (k) => k.count),
        expected.count,
      )
      checks.equal(
        `${key} ${expected.name} totalNs`,
        total(by(key, expected.name), (k) => k.totalNs),
        expected.total_ns,
      )
    }
  }
  checks.equal(
    'kernels count',
    total(ours.kernels, (k) => k.count),
    truth.kernels.count,
  )
  checks.equal(
    'kernels totalNs',
    total(ours.kernels, (k) => k.totalNs),
    truth.kernels.sum_ns,
  )
  return checks
}
