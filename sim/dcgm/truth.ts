/** What is true of a window: signals integrated exactly, never the samples. */
import type { Device, Instance } from './device.ts'
import { exportedMetrics } from './exported-metrics.ts'
import { type DcgmHistory, gapOf } from './history.ts'
import { tenancies } from './pods.ts'
import type { Window } from './scenario.ts'
import { integral, type Signal } from './signal.ts'

export interface QuantityTruth {
  /** SI, time-weighted over the whole window. */
  readonly mean: number
  /** The same without the time in which the node was not scraped. */
  readonly observedMean: number
  /** Of the pieces that lie in the window. */
  readonly min: number
  readonly max: number
}

export interface GpuTruth {
  readonly uuid: string
  readonly host: string
  readonly index: number
  readonly isBystander: boolean
  /** Pods that held it within the window, sorted. */
  readonly pods: readonly string[]
  /** Share of the window in which its node was scraped, 0..1. */
  readonly coverage: number
  readonly quantities: Readonly<Record<string, QuantityTruth>>
  readonly energyJ: number
  readonly powerLimitedS: number
  /** MIG instances; the quantities above are then the whole device's. */
  readonly instances: readonly {
    readonly id: string
    readonly profile: string
    readonly quantities: Readonly<Record<string, QuantityTruth>>
  }[]
}

export interface DcgmTruth {
  readonly startMs: number
  readonly endMs: number
  readonly durationS: number
  /** What a deployment should have had, the missing one included; bystanders not. */
  readonly expectedGpus: number
  readonly exportedGpus: number
  readonly collectIntervalS: number
  readonly scrapeIntervalS: number
  readonly gpus: readonly GpuTruth[]
}

function quantityTruth(
  signal: Signal,
  { startMs, endMs }: Window,
  gap: { readonly fromMs: number; readonly toMs: number } | undefined,
): QuantityTruth {
  const wholeS = (endMs - startMs) / 1000
  const total = integral(signal, startMs, endMs)
  const gapFromMs = gap === undefined ? endMs : Math.max(startMs, gap.fromMs)
  const gapToMs = gap === undefined ? endMs : Math.min(endMs, gap.toMs)
  const gapS = Math.max(0, gapToMs - gapFromMs) / 1000
  const lost = gapS === 0 ? 0 : integral(signal, gapFromMs, gapToMs)
  const inside = signal.filter((piece) => piece.toMs > startMs && piece.fromMs < endMs).map(({ value }) => value)
  return {
    mean: total / wholeS,
    observedMean: gapS >= wholeS ? Number.NaN : (total - lost) / (wholeS - gapS),
    min: Math.min(...inside),
    max: Math.max(...inside),
  }
}

function quantitiesOf(history: DcgmHistory, of: Device | Instance, node: number, window: Window): Record<string, QuantityTruth> {
  const exported = new Set(exportedMetrics(history.scenario.exporter, history.scenario.without).flatMap(({ quantities }) => quantities))
  const gap = gapOf(history.scenario, node)
  const entries = Object.entries(of.signals).filter(([quantity]) => exported.has(quantity))
  return Object.fromEntries(entries.map(([quantity, signal]) => [quantity, quantityTruth(signal, window, gap)]))
}

function gpuTruth(history: DcgmHistory, device: Device, window: Window): GpuTruth {
  const { scenario, pods } = history
  const { startMs, endMs } = window
  const gap = gapOf(scenario, device.node)
  const lostMs = gap === undefined ? 0 : Math.max(0, Math.min(endMs, gap.toMs) - Math.max(startMs, gap.fromMs))
  const held = tenancies(scenario, device, pods).filter((each) => each.toMs > startMs && each.fromMs < endMs)
  return {
    uuid: device.uuid,
    host: device.host,
    index: device.index,
    isBystander: device.isBystander,
    pods: [...new Set(held.map(({ pod }) => pod.pod))].sort(),
    coverage: 1 - lostMs / (endMs - startMs),
    quantities: quantitiesOf(history, device, device.node, window),
    energyJ: integral(device.signals['board-power'] ?? [], startMs, endMs),
    powerLimitedS: integral(device.signals['power-limited'] ?? [], startMs, endMs),
    instances: device.instances.map((instance) => ({
      id: instance.id,
      profile: instance.profile,
      quantities: quantitiesOf(history, instance, device.node, window),
    })),
  }
}

export function truthIn(history: DcgmHistory, window: Window): DcgmTruth {
  const { scenario, devices } = history
  return {
    ...window,
    durationS: (window.endMs - window.startMs) / 1000,
    expectedGpus: scenario.nodes * scenario.gpusPerNode,
    exportedGpus: devices.filter(({ isBystander }) => !isBystander).length,
    collectIntervalS: scenario.collectIntervalS,
    scrapeIntervalS: scenario.scrapeIntervalS,
    gpus: devices.map((device) => gpuTruth(history, device, window)),
  }
}
