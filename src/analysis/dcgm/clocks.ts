/** Clocks and throttling in the window: without them no %SoL of compute means anything (facts/dcgm.md section 5.6). */
import type { Hardware } from '#analysis/ceilings.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import type { BoardStats } from './board-stats.ts'

/** Undefined where no SM clock was exported. */
export function clocksOf(
  smClock: BoardStats | undefined,
  throttling: DcgmMeasurement['throttling'],
  { ceilings }: Hardware,
): DcgmCorrelation['clocks'] {
  if (smClock === undefined) return undefined
  const most = ceilings.get('clock_max_mhz')?.value
  const reasons: Record<string, number> = {}
  for (const row of throttling)
    for (const [reason, share] of Object.entries(row.reasons)) reasons[reason] = Math.max(reasons[reason] ?? 0, share * 100)
  return {
    sm_clock_mean_hz: smClock.mean,
    ...(smClock.lowest === undefined ? {} : { sm_clock_min_hz: smClock.lowest }),
    ...(typeof most === 'number' ? { of_max_pct: (smClock.mean / (most * 1e6)) * 100 } : {}),
    ...(throttling.length === 0 ? {} : { throttled_pct: Math.max(...throttling.map(({ any }) => any)) * 100, throttle_reasons: reasons }),
  }
}
