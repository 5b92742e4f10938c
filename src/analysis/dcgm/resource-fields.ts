/** What resource rows share: spread over GPUs, bounds of short windows, and the distance to a peak. */
import type { Ceiling } from '#analysis/ceilings.ts'
import type { DcgmResource } from '#formats/dcgm-correlation.ts'
import type { BoardStats } from './board-stats.ts'

export function boundsOf(
  stats: BoardStats,
): Pick<DcgmResource, 'measured_avg' | 'measured_min' | 'measured_max' | 'imbalance' | 'coverage' | 'inner' | 'outer'> {
  const { mean, min, max, imbalance, coverage, inner, outer } = stats
  return {
    measured_avg: mean,
    ...(min === undefined ? {} : { measured_min: min }),
    ...(max === undefined ? {} : { measured_max: max }),
    ...(imbalance === undefined ? {} : { imbalance }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(inner === undefined ? {} : { inner }),
    ...(outer === undefined ? {} : { outer }),
  }
}

type SolFields = Pick<DcgmResource, 'peak_per_gpu' | 'peak_per_gpu_units' | 'peak_aggregate' | 'sol_pct'>

/** @param valuePerS in the ceiling's base unit, of one GPU. */
export function solFields(valuePerS: number | undefined, peak: Ceiling | undefined, gpus: number): SolFields {
  const value = typeof peak?.value === 'number' ? peak.value : null
  const isKnown = valuePerS !== undefined && peak?.baseValue !== undefined && peak.baseValue > 0
  return {
    peak_per_gpu: value,
    peak_per_gpu_units: peak?.units ?? null,
    peak_aggregate: value === null ? null : value * gpus,
    sol_pct: isKnown ? (valuePerS / (peak.baseValue ?? Number.NaN)) * 100 : null,
  }
}
