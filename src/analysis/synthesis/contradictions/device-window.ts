/** What a mean over the window of device counters leaves open: its edges, GPUs that differ, and time outside steady decode. */

import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { DcgmReading } from '#analysis/synthesis/readings.ts'

/** Half the width of what samples at the window's edges leave open, relative to the mean: 2 collect intervals of it (facts/dcgm.md, 5.2). */
export function edgeError({ correlation }: DcgmReading): number {
  const collectS = correlation.measurement?.cadence.collect_interval_s ?? correlation.scrape_interval_s
  return Math.min(0.5, collectS / correlation.duration_s)
}

/** Half the spread over GPUs of one field’s means. */
export function gpuSpread({ correlation }: DcgmReading, quantity: string): number {
  const means = correlation.measurement?.quantities.find((each) => each.quantity === quantity)?.gpus.map(({ mean }) => mean) ?? []
  if (means.length < 2) return 0
  return (Math.max(...means) - Math.min(...means)) / 2
}

/** Share of the time that steps with prompts take; 0 where the trace has none. */
export function mixedTimeShare({ step }: Evidence): number {
  const [ratio, cadence] = [step?.mixedStepRatio?.value ?? 0, step?.mixedCadenceNs?.value ?? 0]
  if (step === undefined || ratio <= 0) return 0
  const [mixed, decode] = [ratio * cadence, (1 - ratio) * step.cadenceNs.value]
  return mixed / (mixed + decode)
}
