/** Why clocks were held down, from the bitmask of raw samples: PromQL has no bitwise operator (facts/dcgm.md section 2.6). */
import { type Cadence, longestSupportMs, type TimedValues } from './cadence.ts'
import type { TimeWindow } from './window-mean.ts'

/** NVML's nvmlClocksEventReasons. Idle and clocks that somebody set are no throttling. */
export const throttleReasons = {
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal: 0x20,
  hw_thermal: 0x40,
  hw_power_brake: 0x80,
} as const
export type ThrottleReason = keyof typeof throttleReasons

export interface Throttling {
  /** Share of the sampled time with any of the reasons, 0 to 1. */
  readonly any: number
  readonly reasons: Readonly<Partial<Record<ThrottleReason, number>>>
  readonly coverage: number
}

/** Undefined where no sample lies in the window. */
export function throttlingOf({ timesMs, values }: TimedValues, { startMs, endMs }: TimeWindow, cadence: Cadence): Throttling | undefined {
  const longest = longestSupportMs(cadence)
  const shares = new Map<ThrottleReason, number>()
  let all = 0
  let any = 0
  for (let at = 0; at < timesMs.length; at += 1) {
    const to = Math.min(timesMs[at] ?? 0, endMs)
    const from = Math.max(at === 0 ? to - cadence.scrapeMs : (timesMs[at - 1] ?? 0), (timesMs[at] ?? 0) - longest, startMs)
    if (to <= from) continue
    // Bits above 31 would be cut by `&`, and none is a reason.
    const mask = (values[at] ?? 0) % 0x100
    const held = (Object.keys(throttleReasons) as ThrottleReason[]).filter((reason) => (mask & throttleReasons[reason]) !== 0)
    all += to - from
    if (held.length > 0) any += to - from
    for (const reason of held) shares.set(reason, (shares.get(reason) ?? 0) + to - from)
  }
  if (all <= 0) return undefined
  const reasons = Object.fromEntries([...shares].map(([reason, ms]) => [reason, ms / all]))
  return { any: any / all, reasons, coverage: Math.min(1, all / (endMs - startMs)) }
}
