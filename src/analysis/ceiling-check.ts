/** Do published peaks follow from SM count, clock and FLOP per SM and clock? Rows that do not are reported, never mended in silence. */
import type { Ceiling, Ceilings, Hardware } from '#analysis/ceilings.ts'

export interface DerivedPeak {
  readonly path: string
  readonly publishedPerS: number
  readonly derivedPerS: number
  /** Published over derived. */
  readonly ratio: number
}

export interface CeilingCheck {
  /** Dense peaks whose hardware and architecture say enough. */
  readonly compared: number
  readonly agreeing: number
  readonly disagreeing: readonly DerivedPeak[]
  /** Dense peaks that nothing could be derived for. */
  readonly notDerivable: readonly string[]
}

/** Published peaks are rounded to two or three digits: 2 % is the largest rounding among those that are right. */
export const AGREEING_RATIO = 0.02

/** Vector units run at the highest clock; makers quote tensor peaks at a lower one. */
const atHighestClock = new Set(['fp64', 'fp64_tc', 'fp32', 'fp32_matrix'])

export function checkCeilings(ceilings: Ceilings): CeilingCheck {
  const rows: DerivedPeak[] = []
  const notDerivable: string[] = []
  for (const hardware of ceilings.hardware.values()) {
    for (const ceiling of hardware.ceilings.values()) {
      const { quantity, baseValue } = ceiling
      if (quantity.kind !== 'compute' || quantity.sparsity !== 'dense' || baseValue === undefined) continue
      const derivedPerS = derivedPeak(hardware, ceilings.rates[hardware.arch ?? ''] ?? {}, quantity.dtype)
      if (derivedPerS === undefined) notDerivable.push(ceiling.path)
      else rows.push({ path: ceiling.path, publishedPerS: baseValue, derivedPerS, ratio: baseValue / derivedPerS })
    }
  }
  const disagreeing = rows.filter(({ ratio }) => Math.abs(ratio - 1) > AGREEING_RATIO)
  return { compared: rows.length, agreeing: rows.length - disagreeing.length, disagreeing, notDerivable }
}

/** SM count x FLOP per SM and clock x clock, x the share of that rate that the product is sold with. */
function derivedPeak(hardware: Hardware, rates: Readonly<Record<string, number>>, dtype: string): number | undefined {
  const accumulates16 = dtype.endsWith('_acc16')
  const type = accumulates16 ? dtype.slice(0, -'_acc16'.length) : dtype
  // FP16 and BF16 run at one rate on every part since sm_80; sm_75 has only FP16.
  const rate = rates[type] ?? (type === 'fp16' ? rates['bf16'] : undefined)
  const smCount = numberOf(hardware.ceilings.get('sm_count'))
  const clockHz = numberOf(hardware.ceilings.get(atHighestClock.has(type) ? 'clock_max_mhz' : 'clock_tensor_mhz'))
  if (rate === undefined || smCount === undefined || clockHz === undefined) return undefined
  const factor = accumulates16 ? 1 : (hardware.tensorRateFactors[type] ?? 1)
  return smCount * rate * clockHz * factor
}

function numberOf(ceiling: Ceiling | undefined): number | undefined {
  if (ceiling === undefined) return undefined
  return ceiling.baseValue ?? (typeof ceiling.value === 'number' ? ceiling.value : undefined)
}
