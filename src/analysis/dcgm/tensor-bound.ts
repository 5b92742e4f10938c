/**
 * What tensor activity allows to be said of FLOP/s: an upper bound per data type. Activity counts cycles, is blind to the type, and counts
 * padding and partial tiles (facts/dcgm.md sections 2.4 and 6); NVIDIA gives no conversion.
 */
import { type Ceiling, type Ceilings, computeCeiling, type Hardware } from '#analysis/ceilings.ts'
import type { BoardStats } from './board-stats.ts'

export interface TensorBound {
  readonly dtype: string
  readonly peak: Ceiling
  /** activity x SM count x FLOP per SM and clock x clock; of one GPU. */
  readonly flopsPerSAtMost: number
  /** Of the published peak; above 1 where the clock is above the one that the peak is published at. */
  readonly ratioAtMost: number
  readonly clock: 'measured-mean' | 'maximum'
}

/** Types that tensor pipes compute with, as far as the hardware has a peak for them. FP64 on tensor cores has its own field (DFMA). */
const dtypes = ['fp4', 'fp6', 'fp8', 'int8', 'bf16', 'fp16', 'tf32'] as const

function numberAt({ ceilings }: Hardware, metric: string): number | undefined {
  const value = ceilings.get(metric)?.value
  return typeof value === 'number' ? value : undefined
}

/** Undefined where the hardware has no such peak, or its rate per SM and clock is not known (files of other tools). */
export function tensorBound(
  activity: number,
  smClock: BoardStats | undefined,
  hardware: Hardware,
  ceilings: Ceilings,
  dtype: string,
): TensorBound | undefined {
  const peak = computeCeiling(hardware, dtype)
  const smCount = numberAt(hardware, 'sm_count')
  const rate = ceilings.rates[hardware.arch ?? '']?.[dtype === 'fp16' ? 'bf16' : dtype]
  const most = numberAt(hardware, 'clock_max_mhz')
  const clockHz = smClock?.mean ?? (most === undefined ? undefined : most * 1e6)
  if (peak?.baseValue === undefined || smCount === undefined || rate === undefined || clockHz === undefined) return undefined
  const flopsPerSAtMost = activity * smCount * rate * (hardware.tensorRateFactors[dtype] ?? 1) * clockHz
  return {
    dtype,
    peak,
    flopsPerSAtMost,
    ratioAtMost: flopsPerSAtMost / peak.baseValue,
    clock: smClock === undefined ? 'maximum' : 'measured-mean',
  }
}

export function tensorBounds(activity: number, smClock: BoardStats | undefined, hardware: Hardware, ceilings: Ceilings): TensorBound[] {
  return dtypes.flatMap((dtype) => tensorBound(activity, smClock, hardware, ceilings, dtype) ?? [])
}
