/** Reads a counter capture and gives its results as plain values, for tests. */
import type { Capture, Loss } from '#model/capture.ts'
import type { KernelCounters } from '#model/kernel-counters.ts'
import { defaultReadLimits, type Reader } from '#model/reader.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { readers } from '#readers/registry.ts'

export interface ReadCounters {
  readonly capture: Capture
  readonly counters: KernelCounters
  readonly losses: readonly Loss[]
}

export function readerOf(path: string): Reader {
  const probe = openProbe(path)
  const reader = readers.find(({ detect }) => detect(probe) !== undefined)
  probe.close()
  if (reader === undefined) throw new Error(`no reader claims ${path}`)
  return reader
}

export async function readCounters(path: string): Promise<ReadCounters> {
  const { capture, losses } = await readerOf(path).read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
  if (capture.kernelCounters === undefined) throw new Error(`${path} has no counters`)
  return { capture, counters: capture.kernelCounters, losses }
}

/** Metric name -> value of one result: number, text, or NaN where the source holds no value. */
export function metricsOf(counters: KernelCounters, result: number): Map<string, number | string> {
  const values = new Map<string, number | string>()
  for (let at = counters.valueStart[result] ?? 0; at < (counters.valueStart[result + 1] ?? 0); at += 1) {
    const text = counters.valueText?.[at] ?? -1
    const name = counters.metrics[counters.valueMetric[at] ?? -1]?.name ?? '?'
    values.set(name, text >= 0 ? (counters.texts[text] ?? '?') : (counters.value[at] ?? Number.NaN))
  }
  return values
}
