/** What both kinds of file, reports and CSV pages, have in common as a capture. */
import type { Capability, Capture } from '#model/capture.ts'
import type { CounterMetric, CounterProcess, CounterResult, KernelCounters } from '#model/kernel-counters.ts'
import type { Device } from '#model/timeline.ts'
import type { FinishedColumns, Writable } from './counter-columns.ts'

const noTimeline: Capability = { state: 'absent', reason: 'kernels are replayed one by one: there is no timeline' }

export interface CaptureParts {
  readonly kind: string
  readonly version?: string
  readonly columns: FinishedColumns
  readonly processes: readonly CounterProcess[]
  readonly sections: readonly string[]
  readonly devices: readonly Device[]
  readonly clockControl?: string
  readonly holdsRules: boolean
  readonly facts: Readonly<Record<string, string>>
  readonly inventory: Readonly<Record<string, number>>
}

export function buildCapture(parts: CaptureParts): Capture {
  const { columns, clockControl, processes, sections } = parts
  const kernelCounters: KernelCounters = {
    metrics: columns.metrics,
    results: withLaunchFacts(columns),
    processes,
    sections,
    valueStart: columns.valueStart,
    valueMetric: columns.valueMetric,
    value: columns.value,
    ...(columns.valueText === undefined ? {} : { valueText: columns.valueText }),
    texts: columns.texts,
    holdsRules: parts.holdsRules,
    ...(clockControl === undefined ? {} : { clockControl }),
  }
  return {
    kind: parts.kind,
    tool: { name: 'NVIDIA Nsight Compute', ...(parts.version === undefined ? {} : { version: parts.version }) },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: parts.devices,
    capabilities: {
      kernels: noTimeline,
      copies: noTimeline,
      'host-calls': noTimeline,
      ranges: noTimeline,
      'os-calls': noTimeline,
      'kernel-statistics': { state: 'absent', reason: 'replayed launches are no sample of a run' },
      'kernel-counters':
        columns.results.length > 0 ? { state: 'available' } : { state: 'absent', reason: 'the file holds no profiled kernel' },
      'device-identity': { state: 'absent', reason: 'a kernel profile names the model of a GPU, not which one it is' },
    },
    kernelCounters,
    graphMode: 'unknown',
    diagnostics: [],
    facts: parts.facts,
    inventory: parts.inventory,
  }
}

/** 31 years: no launch, but what damaged bytes say. */
const LONGEST_NS = 1e18

/** Duration and device stand among the metrics. A duration that is NaN or 0 was not measured. Written into the results: a copy of each is slow. */
function withLaunchFacts({ results, metrics, valueStart, valueMetric, value }: FinishedColumns): readonly CounterResult[] {
  const duration = metrics.findIndex(({ role }) => role?.of === 'duration')
  const device = metrics.findIndex(({ name }) => name === 'launch__device_id')
  for (let index = 0; index < results.length; index++) {
    const result = results[index] as Writable // below the length
    let durationAt = -1
    let deviceAt = -1
    const end = valueStart[index + 1] ?? 0
    for (let at = valueStart[index] ?? 0; at < end; at++) {
      const metric = valueMetric[at]
      if (metric === duration) durationAt = at
      else if (metric === device) deviceAt = at
    }
    const durationNs = durationAt < 0 ? Number.NaN : (value[durationAt] ?? Number.NaN)
    const ordinal = deviceAt < 0 ? Number.NaN : (value[deviceAt] ?? Number.NaN)
    if (result.device === undefined && Number.isInteger(ordinal) && ordinal >= 0) result.device = ordinal
    if (durationNs >= 1 && durationNs < LONGEST_NS) result.durationNs = durationNs
  }
  return results
}

/** From `device__attribute_…` values, wherever they stand. */
export function deviceFrom(ordinal: number, name: string | undefined, attribute: (key: string) => number | string | undefined): Device {
  const number = (key: string): number | undefined => {
    const value = attribute(`device__attribute_${key}`)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  const model = name ?? attribute('device__attribute_display_name')
  const [major, minor] = [number('compute_capability_major'), number('compute_capability_minor')]
  const smCount = number('multiprocessor_count')
  const memoryBytes = number('total_memory')
  const [domain, bus, slot] = [number('pci_domain_id'), number('pci_bus_id'), number('pci_device_id')]
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  return {
    ordinal,
    processes: [],
    ...(typeof model === 'string' && model !== '' ? { name: model } : {}),
    ...(major === undefined || minor === undefined ? {} : { computeCapability: `${major}.${minor}` }),
    ...(smCount === undefined ? {} : { smCount }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(domain === undefined || bus === undefined || slot === undefined
      ? {}
      : { pciAddress: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.0` }),
  }
}

/** The first values of each name: attributes repeat in every result. */
export function attributesOf(columns: FinishedColumns, result: number): (key: string) => number | string | undefined {
  const byName = new Map<string, number | string>()
  for (let at = columns.valueStart[result] ?? 0; at < (columns.valueStart[result + 1] ?? 0); at += 1) {
    const metric: CounterMetric | undefined = columns.metrics[columns.valueMetric[at] ?? -1]
    if (metric === undefined || !metric.name.startsWith('device__attribute_')) continue
    const text = columns.valueText?.[at] ?? -1
    byName.set(metric.name, text >= 0 ? (columns.texts[text] ?? '') : (columns.value[at] ?? Number.NaN))
  }
  return (key) => byName.get(key)
}
