/** GPUs, metrics and tier from the label sets of all DCGM series in a window. */
import type { ProbedFleet, ProbedGpu, ProbedMetric } from '#formats/dcgm-probe.ts'
import { dcgmFieldOf, dcgmFields } from '#model/dcgm-fields.ts'
import { gpuOf, type LabelSet } from './label-roles.ts'

export interface FoundSeries {
  readonly name: string
  readonly labels: LabelSet
}

interface Gpu {
  readonly uuid?: string
  readonly host?: string
  readonly index?: string
  readonly model?: string
  readonly pods: Set<string>
  readonly migInstances: Set<string>
  hasProf: boolean
}

function isProf(name: string): boolean {
  const field = dcgmFieldOf(name)?.field
  return field?.group === 'prof' && field.kind !== 'counter'
}

export function gpusIn(series: readonly FoundSeries[]): ProbedGpu[] {
  const gpus = new Map<string, Gpu>()
  for (const { name, labels } of series) {
    const identity = gpuOf(labels)
    if (identity === undefined) continue
    const { key, pod, migInstance, ...rest } = identity
    const gpu: Gpu = gpus.get(key) ?? { ...rest, pods: new Set(), migInstances: new Set(), hasProf: false }
    if (pod !== undefined) gpu.pods.add(pod)
    if (migInstance !== undefined) gpu.migInstances.add(migInstance)
    gpu.hasProf ||= isProf(name)
    gpus.set(key, gpu)
  }
  const sorted = [...gpus.values()].sort(byPlace)
  return sorted.map((gpu) => ({ ...gpu, pods: [...gpu.pods].sort(), migInstances: [...gpu.migInstances].sort() }))
}

/** Host, then index as a number, then UUID. */
function byPlace(a: Gpu, b: Gpu): number {
  const [hostA, hostB] = [a.host ?? '', b.host ?? '']
  if (hostA !== hostB) return hostA < hostB ? -1 : 1
  const difference = Number(a.index ?? 0) - Number(b.index ?? 0)
  if (difference !== 0) return difference
  return (a.uuid ?? '') < (b.uuid ?? '') ? -1 : 1
}

/** In the order of the table of fields. @param spacing seconds between samples by metric name, where it was seen. */
export function metricsIn(series: readonly FoundSeries[], spacing: ReadonlyMap<string, number>): ProbedMetric[] {
  return dcgmFields.flatMap((field) =>
    field.names.flatMap((name): ProbedMetric[] => {
      const own = series.filter((each) => each.name === name.name)
      const gpus = new Set(own.flatMap(({ labels }) => gpuOf(labels)?.key ?? []))
      if (own.length === 0 || gpus.size === 0) return []
      const scrapeIntervalS = spacing.get(name.name)
      return [
        {
          quantity: field.quantity,
          name: name.name,
          fieldId: name.fieldId,
          kind: field.kind,
          unit: field.unit,
          factor: name.factor,
          group: field.group,
          series: own.length,
          gpus: gpus.size,
          ...(scrapeIntervalS === undefined ? {} : { scrapeIntervalS }),
        },
      ]
    }),
  )
}

/** Quantities of the profiling group without which figures are unavailable (trap E8): not every field that exists. */
const wantedProf = ['dram-active', 'tensor-active', 'sm-active', 'pcie-transmit', 'pcie-receive', 'nvlink-transmit', 'nvlink-receive']

export function missingFrom(metrics: readonly ProbedMetric[]): string[] {
  return wantedProf.filter((quantity) => !metrics.some((metric) => metric.quantity === quantity))
}

/** HBM traffic and tensor activity are what the profiling group is for. */
export function tierOf(metrics: readonly ProbedMetric[]): ProbedFleet['tier'] {
  if (metrics.length === 0) return 'absent'
  return metrics.some(({ quantity }) => quantity === 'dram-active' || quantity === 'tensor-active') ? 'prof' : 'counter'
}
