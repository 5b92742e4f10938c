/**
 * Attribution that observations can contradict (facts/dcgm.md section 6.2): per category the bytes and operations of one launch from
 * counters (ncu), times launches from a timeline (nsys), scaled to the measured window; what the DCGM total has beyond that is a row of
 * its own. Nothing is distributed: categories need not sum to the total.
 */
import type { DcgmAttribution, DcgmCategory } from '#formats/dcgm-correlation.ts'
import type { MemoryOperation } from '#formats/timeline-summary.ts'
import type { LaunchPrice, PricedKernel } from './priced-kernels.ts'

export interface Launches {
  /** Over all traced devices. */
  readonly kernels: readonly PricedKernel[]
  readonly copies: readonly MemoryOperation[]
  readonly devices: number
}

export interface Scaling {
  /** Work of the measured window over work of the traced one. */
  readonly factor: number
  readonly from: string
  readonly isByTime: boolean
}

export interface Totals {
  /** Of all measured GPUs over the window. */
  readonly bytes: number | undefined
  readonly gpus: number
  /** Share of the window that its edges leave open: two collect intervals over its length. */
  readonly edgeRatio: number
  readonly memoryBytesPerS: number | undefined
  readonly memoryKey: string | undefined
}

export interface CounterAttribution {
  readonly categories: readonly DcgmCategory[]
  readonly attribution: DcgmAttribution
}

/** Below it a residual is what runs at other clocks, other cache states and other prompts leave (facts/dcgm.md section 6.2). */
const TOLERANCE_PCT = 10
export const UNATTRIBUTED = 'unattributed'

class CategorySum {
  allNs = 0
  coveredNs = 0
  flopsNs = 0
  computeNs = 0
  bytes = 0
  flops = 0
  computeS = 0
  ceiling: string | undefined
}

export function attributeByCounters(
  launches: Launches,
  scaling: Scaling,
  totals: Totals,
  remarks: readonly string[] = [],
): CounterAttribution {
  const perGpu = scaling.factor / launches.devices
  const whole = perGpu * totals.gpus
  const sums = new Map<string, CategorySum>()
  let variance = 0
  for (const { category, launches: count, timeNs, price } of launches.kernels) {
    const sum = sums.get(category) ?? new CategorySum()
    sums.set(category, sum)
    sum.allNs += timeNs
    if (price === undefined) continue
    addPrice(sum, price, count, timeNs)
    variance += (count * whole * price.bytesError) ** 2
  }
  const allNs = [...sums.values()].reduce((total, { allNs: ns }) => total + ns, 0)
  const categories = [...sums].map(([category, sum]) => categoryRow(category, sum, allNs, whole, totals))
  const copies = copyRow(launches.copies, whole)
  const rows = [
    ...categories.sort((a, b) => (b.time_share_pct ?? 0) - (a.time_share_pct ?? 0) || (a.category < b.category ? -1 : 1)),
    ...copies,
  ]
  const attributed = rows.reduce((total, { attributed_bytes_total: bytes }) => total + (bytes ?? 0), 0)
  const coveredNs = [...sums.values()].reduce((total, { coveredNs: ns }) => total + ns, 0)
  const attribution = reconciled(attributed, Math.sqrt(variance), scaling, totals, coveredNs / allNs)
  return { categories: [...rows, ...residualRow(attribution)], attribution: { ...attribution, notes: [...remarks, ...attribution.notes] } }
}

function addPrice(sum: CategorySum, { bytes, flops, computeS, computeCeiling }: LaunchPrice, count: number, totalNs: number): void {
  if (bytes !== undefined) {
    sum.coveredNs += totalNs
    sum.bytes += count * bytes
  }
  if (flops !== undefined) {
    sum.flopsNs += totalNs
    sum.flops += count * flops
  }
  if (computeS === undefined) return
  sum.computeNs += totalNs
  sum.computeS += count * computeS
  sum.ceiling ??= computeCeiling
}

function categoryRow(category: string, sum: CategorySum, allNs: number, whole: number, totals: Totals): DcgmCategory {
  const bandwidth = sum.coveredNs > 0 ? sum.bytes / (sum.coveredNs / 1e9) : null
  const solBandwidth = bandwidth === null || totals.memoryBytesPerS === undefined ? null : (bandwidth / totals.memoryBytesPerS) * 100
  const solCompute = sum.computeNs > 0 ? (sum.computeS / (sum.computeNs / 1e9)) * 100 : null
  const bound = solBandwidth === null || solCompute === null ? null : solCompute > solBandwidth ? 'compute' : 'bandwidth'
  return {
    category,
    time_share_pct: allNs > 0 ? (sum.allNs / allNs) * 100 : null,
    attributed_bytes_total: sum.coveredNs > 0 ? sum.bytes * whole : null,
    attributed_flops_total: sum.flopsNs > 0 ? sum.flops * whole : null,
    effective_bw_during_category_window: bandwidth,
    effective_tflops_during_category_window: sum.flopsNs > 0 ? sum.flops / (sum.flopsNs / 1e9) / 1e12 : null,
    sol_pct_bw: solBandwidth,
    sol_pct_compute: solCompute,
    bound,
    ceiling_metric: bound === 'compute' ? (sum.ceiling ?? null) : bound === 'bandwidth' ? (totals.memoryKey ?? null) : null,
    covered_pct: sum.allNs > 0 ? (sum.coveredNs / sum.allNs) * 100 : null,
  }
}

/** DRAM accesses per byte copied on the devices traced: within one device it is read and written. */
const accesses: Readonly<Record<string, number>> = { 'device-to-device': 2, 'host-to-host': 0 }

function copyRow(copies: readonly MemoryOperation[], whole: number): DcgmCategory[] {
  if (copies.length === 0) return []
  const bytes = copies.reduce((total, { bytes: each = 0, direction = '' }) => total + each * (accesses[direction] ?? 1), 0)
  return [{ ...emptyRow('copies and memsets'), attributed_bytes_total: bytes * whole }]
}

function residualRow({ residual_bytes: bytes }: DcgmAttribution): DcgmCategory[] {
  return bytes === null ? [] : [{ ...emptyRow(UNATTRIBUTED), attributed_bytes_total: bytes }]
}

export function emptyRow(category: string): DcgmCategory {
  return {
    category,
    time_share_pct: null,
    attributed_bytes_total: null,
    attributed_flops_total: null,
    effective_bw_during_category_window: null,
    effective_tflops_during_category_window: null,
    sol_pct_bw: null,
    sol_pct_compute: null,
    bound: null,
    ceiling_metric: null,
  }
}

function reconciled(attributed: number, error: number, scaling: Scaling, totals: Totals, covered: number): DcgmAttribution {
  const measured = totals.bytes
  const shared = {
    basis: 'counters-times-launches' as const,
    scale: scaling.factor,
    scale_from: scaling.from,
    attributed_bytes_total: attributed,
  }
  const notes = [
    `counters cover ${((covered || 0) * 100).toFixed(1)} % of the kernel time: what has no counters is in the residual`,
    'ncu flushes caches before every replay unless --cache-control none was given: its bytes are then too high',
    ...(scaling.isByTime
      ? ['scaled by time, as if the trace were a fair sample of the window: tracing slows the host down; give --traced-tokens or steps']
      : []),
  ]
  if (measured === undefined || measured <= 0)
    return {
      ...shared,
      measured_bytes_total: null,
      residual_bytes: null,
      residual_pct: null,
      state: 'unknown',
      notes: [...notes, 'DCGM gave no bytes to reconcile with'],
    }
  if (!(covered > 0))
    return {
      ...shared,
      measured_bytes_total: measured,
      residual_bytes: measured - attributed,
      residual_pct: ((measured - attributed) / measured) * 100,
      state: 'unknown',
      notes: [...notes, 'no kernel of the timeline has counters: these are reports of other kernels'],
    }
  const residual = measured - attributed
  const tolerance = Math.max(TOLERANCE_PCT, 200 * Math.hypot(error / measured, totals.edgeRatio))
  const pct = (residual / measured) * 100
  return {
    ...shared,
    measured_bytes_total: measured,
    residual_bytes: residual,
    residual_pct: pct,
    tolerance_pct: tolerance,
    state: Math.abs(pct) <= tolerance ? 'reconciled' : 'not-reconciled',
    notes:
      pct < -tolerance ? [...notes, 'more was attributed than was measured: scale, kernels or caches are not those of the window'] : notes,
  }
}
