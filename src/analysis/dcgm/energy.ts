/** Energy over the window, checked against power, and what a token cost (facts/dcgm.md section 5.5). */
import type { DcgmEnergy } from '#formats/dcgm-correlation.ts'
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import type { Readings } from './readings.ts'

/** Counter and integrated power of one board agree within this; more means that one of them is of another window (facts 5.5). */
export const ENERGY_TOLERANCE = 0.03

type Workload = DcgmMeasurement['workload']

/** Undefined where neither energy nor power was measured. */
export function energyOf({ energy, power }: Readings, durationS: number, workload: Workload): DcgmEnergy | undefined {
  const counted = energy?.total
  const powerJoules = power === undefined ? undefined : power.mean * durationS * power.gpus
  const joules = counted ?? powerJoules
  const gpus = counted === undefined ? power?.gpus : energy?.gpus
  if (joules === undefined || gpus === undefined) return undefined
  const comparable = counted !== undefined && powerJoules !== undefined && counted > 0 && energy?.gpus === power?.gpus
  return {
    joules,
    from: counted === undefined ? 'power' : 'counter',
    n_gpus: gpus,
    ...(comparable ? { power_joules: powerJoules, difference_pct: (powerJoules / counted - 1) * 100 } : {}),
    ...tokenFields(joules / durationS, workload),
  }
}

/** Rates over rates: a window inside the benchmark has the benchmark's mean rate of tokens, as far as the load is steady. */
function tokenFields(watts: number, workload: Workload): Partial<DcgmEnergy> {
  if (workload === undefined || watts <= 0) return {}
  const { output_tokens_per_s: output, total_tokens_per_s: total, from } = workload
  return {
    ...(output === undefined || output <= 0 ? {} : { joules_per_output_token: watts / output, output_tokens_per_joule: output / watts }),
    ...(total === undefined || total <= 0 ? {} : { joules_per_total_token: watts / total, total_tokens_per_joule: total / watts }),
    ...(output === undefined && total === undefined ? {} : { tokens_from: from }),
  }
}
