/** One field over the window: a row per GPU, and what was found wrong with its samples. */
import { emptyIntervals } from '#base/intervals.ts'
import type { MeasuredGpu, MeasuredQuantity } from '#formats/dcgm-measurement.ts'
import { type Cadence, lagMs } from './cadence.ts'
import { counterDelta, isNoCounter, looksCumulative } from './counter-delta.ts'
import type { Excluded } from './excluded-time.ts'
import type { FindingList } from './finding-list.ts'
import type { FieldSamples, GpuSamples } from './gpu-samples.ts'
import { type TimeWindow, windowMean } from './window-mean.ts'

export interface FieldContext {
  readonly window: TimeWindow
  readonly cadence: Cadence
  readonly findings: FindingList
  readonly excluded: ReadonlyMap<string, Excluded>
}

/** Undefined where no GPU has a usable sample in the window. */
export function measuredField({ field, gpus, unidentified }: FieldSamples, context: FieldContext): MeasuredQuantity | undefined {
  const { findings } = context
  if (unidentified > 0) {
    const text = `${unidentified} series of ${field.names[0]?.name} name neither a UUID nor a host: two nodes could not be told apart, so they are left out`
    findings.add('warning', 'unidentified-series', text)
  }
  const rows: MeasuredGpu[] = []
  const metrics = new Set<string>()
  for (const samples of gpus) {
    sayQuality(field.quantity, samples, findings)
    const row = field.kind === 'counter' ? counterRow(samples, field.quantity, context) : gaugeRow(samples, field, context)
    if (row === undefined) continue
    rows.push(row)
    for (const name of samples.names) metrics.add(name)
  }
  if (rows.length === 0) return undefined
  const { quantity, unit, kind, group } = field
  return { quantity, unit, kind, group, metrics: [...metrics].sort(), gpus: rows }
}

function gaugeRow(samples: GpuSamples, field: FieldSamples['field'], context: FieldContext): MeasuredGpu | undefined {
  const { id, board } = samples.gpu
  const { window, cadence, findings } = context
  if (field.kind === 'rate' && looksCumulative(samples)) {
    const text = `${field.quantity} only ever grew: it is a sum under the name of a rate, and is not used`
    findings.add('error', 'rate-only-grows', text, id)
    return undefined
  }
  const excluded = context.excluded.get(board)
  const set = (field.group === 'prof' ? excluded?.profiling : excluded?.all) ?? emptyIntervals
  const lag = lagMs(cadence, field.kind === 'point' ? 'reading' : 'average')
  const found = windowMean(samples, window, cadence, { lag, ...(set.starts.length === 0 ? {} : { excluded: set }) })
  if (found === undefined) return undefined
  const { outer, ...rest } = found
  const most = field.unit === 'ratio' ? 1 : Number.POSITIVE_INFINITY
  return { gpu: id, ...rest, ...(outer === undefined ? {} : { outer: Math.min(outer, most) }) }
}

function counterRow(samples: GpuSamples, quantity: string, { window, cadence, findings }: FieldContext): MeasuredGpu | undefined {
  const { id } = samples.gpu
  if (isNoCounter(samples)) {
    const text = `${quantity} falls at more than every tenth sample: it is a rate that somebody called a counter, and is not used`
    findings.add('error', 'no-counter', text, id)
    return undefined
  }
  const delta = counterDelta(samples, window, cadence)
  if (delta === undefined) return undefined
  const { perS, total, coverage, resets, steppedBack } = delta
  if (resets > 0) {
    const text = `${quantity} began anew inside the window (driver reload): what it gained in that interval is taken at the mean of the rest`
    findings.add('warning', 'counter-reset', text, id)
  }
  if (steppedBack > 0)
    findings.add('info', 'counter-stepped-back', `${quantity} stepped back a little and came again: clocks of two scrapers`, id)
  return { gpu: id, mean: perS, coverage, samples: delta.samples, total, ...(resets > 0 ? { resets } : {}) }
}

function sayQuality(quantity: string, { gpu, dropped, repeated, conflicting, timesMs }: GpuSamples, findings: FindingList): void {
  if (dropped > 0) {
    const text = `values of ${quantity} that are no measurement (blanks, sentinels, ratios above 1) were left out, not taken as zero`
    findings.add('info', 'blank-values', text, gpu.id)
  }
  if (conflicting > 0) {
    const text = `${quantity} has two values at ${conflicting} of ${timesMs.length} instants: the larger was kept (shared GPU, or two exporters)`
    findings.add('warning', 'conflicting-series', text, gpu.id)
  } else if (repeated > 0) {
    // One finding for all fields: the cause is the same.
    findings.add('info', 'repeated-series', 'several series describe one GPU (time slicing, job mapping, MIG): counted once', gpu.board)
  }
}
