/** Resource rows of `dcgm_correlation.json`: each says what it measured, against which peak, and what it may and may not be called. */

import { dtypeOf } from '#analysis/ceiling-metric.ts'
import { type Ceiling, type Ceilings, computeCeiling, type Hardware, memoryCeiling } from '#analysis/ceilings.ts'
import type { DcgmResource } from '#formats/dcgm-correlation.ts'
import type { BoardStats } from './board-stats.ts'
import { linkResources } from './link-resources.ts'
import type { Readings } from './readings.ts'
import { boundsOf, solFields } from './resource-fields.ts'
import { tensorBound } from './tensor-bound.ts'

export interface ResourceContext {
  readonly hardware: Hardware
  readonly ceilings: Ceilings
  readonly durationS: number
  /** Data type that the deployment multiplies in; absent = not declared, and then no figure is of a type. */
  readonly dtype?: string
}

/** Peak keys of rows without a ceiling of their own. */
export const TENSOR_WITHOUT_DTYPE = 'tensor_pipe_active'

export function resourceRows(readings: Readings, context: ResourceContext): DcgmResource[] {
  const { hardware, durationS } = context
  return [
    ...(readings.dram === undefined ? [] : [memoryRow(readings.dram, context)]),
    ...(readings.tensor === undefined ? [] : [tensorRow(readings.tensor, readings.smClock, context)]),
    ...linkResources('nvlink', readings.nvlink, hardware, durationS),
    ...linkResources('pcie', readings.pcie, hardware, durationS),
    ...linkResources('c2c', readings.c2c, hardware, durationS),
  ]
}

/** What the bus gives at the memory clock is what the ratio is of; the published figure may be rounded or of another part. */
function theoreticalBandwidth(hardware: Hardware): Ceiling | undefined {
  for (const [metric, ceiling] of hardware.ceilings) if (metric.endsWith('_from_bus_tbps')) return ceiling
  return memoryCeiling(hardware)
}

/** Hopper and newer report a share of bandwidth; older parts cycles in which the interface was active (facts/dcgm.md section 2.5). */
function isBandwidthShare({ arch }: Hardware): boolean {
  const capability = /^sm_(\d+)$/.exec(arch ?? '')?.[1]
  return capability === undefined || Number(capability) >= 90
}

function memoryRow(stats: BoardStats, { hardware, durationS }: ResourceContext): DcgmResource {
  const bus = theoreticalBandwidth(hardware)
  const published = memoryCeiling(hardware)
  const bytesPerS = bus?.baseValue === undefined ? undefined : stats.mean * bus.baseValue
  const isShare = isBandwidthShare(hardware)
  return {
    resource: 'hbm',
    is_headline: true,
    standing: 'measured',
    peak_key: published?.metric ?? 'hbm_active',
    metric: stats.metrics.join(', '),
    is_fallback: false,
    n_gpus: stats.gpus,
    unit: 'ratio',
    ...boundsOf(stats),
    measured_bytes_total: bytesPerS === undefined ? null : bytesPerS * durationS * stats.gpus,
    measured_bytes_per_s: bytesPerS ?? null,
    measured_tflops_avg: null,
    ...solFields(bytesPerS, bus, stats.gpus),
    sol_pct: stats.mean * 100,
    may_be_called: isShare
      ? 'share of the theoretical DRAM bandwidth that was used, reads and writes together'
      : 'share of cycles in which the DRAM interface was active',
    must_not_be_called: 'bandwidth of one kernel, memory in use, or a share of what is achievable (the ratio is never divided by 0.8)',
    notes: [
      ...(bus !== undefined && bus !== published
        ? [
            `bytes are of ${bus.path} (${bus.value} ${bus.units}, ${bus.notes ?? 'bus times memory clock'}), not of the published ${published?.value} ${published?.units}`,
          ]
        : []),
      ...(bus === undefined ? ['this hardware has no memory bandwidth in the file of ceilings: the ratio stands alone'] : []),
    ],
  }
}

/** Tensor pipes multiply FP64 at a peak of their own; FP32 they take as TF32, so a vector peak is never put above tensor activity. */
function tensorType(given: string): string {
  const dtype = dtypeOf(given.toLowerCase())
  return dtype === 'fp64' ? 'fp64_tc' : dtype === 'fp32' ? 'tf32' : dtype
}

function tensorRow(stats: BoardStats, smClock: BoardStats | undefined, context: ResourceContext): DcgmResource {
  const { hardware, ceilings, dtype } = context
  const wanted = dtype === undefined ? undefined : tensorType(dtype)
  const peak = wanted === undefined ? undefined : computeCeiling(hardware, wanted)
  const bound = wanted === undefined ? undefined : tensorBound(stats.mean, smClock, hardware, ceilings, wanted)
  const sol = bound === undefined ? {} : { sol_pct: bound.ratioAtMost * 100 }
  return {
    resource: 'tensor-pipe',
    is_headline: true,
    standing: bound === undefined ? 'measured' : 'upper-bound',
    peak_key: peak?.metric ?? TENSOR_WITHOUT_DTYPE,
    metric: stats.metrics.join(', '),
    is_fallback: false,
    n_gpus: stats.gpus,
    unit: 'ratio',
    ...boundsOf(stats),
    measured_bytes_total: null,
    measured_bytes_per_s: null,
    measured_tflops_avg: bound === undefined ? null : bound.flopsPerSAtMost / 1e12,
    ...solFields(undefined, peak, stats.gpus),
    ...sol,
    may_be_called: 'share of cycles in which any tensor pipe was active, averaged over SMs',
    must_not_be_called: 'FLOP/s, MFU, or a measured share of a data type’s peak: it is blind to the type and counts padding',
    notes: tensorNotes(bound, wanted, peak, hardware),
  }
}

function tensorNotes(
  bound: ReturnType<typeof tensorBound>,
  dtype: string | undefined,
  peak: Ceiling | undefined,
  hardware: Hardware,
): string[] {
  if (dtype === undefined)
    return ['no data type was declared (--dtype): activity only, and per type the bounds in tensor_bounds, of which at most one can hold']
  if (peak === undefined) return [`${hardware.key} has no dense ${dtype} peak: activity only`]
  if (bound === undefined) return [`SM count, rate or clock of ${hardware.key} are not in this file of ceilings: activity only`]
  const clock = bound.clock === 'measured-mean' ? 'the mean SM clock of the window' : 'the maximum SM clock (none was exported)'
  return [
    `sol_pct and measured_tflops_avg are upper bounds: as if every active cycle were full ${dtype} work, at ${clock}`,
    ...(bound.ratioAtMost > 1
      ? [
          'above 100 %: the SM clock is above the one at which the peak is published, which legitimately allows it, or not all work is of this type',
        ]
      : []),
  ]
}
