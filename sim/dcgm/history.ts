/** What a Prometheus has after scraping a scenario: series with samples as text, the way an exporter prints them. */
import { Random } from '#base/random.ts'
import { type Device, drawDevices, type Instance } from './device.ts'
import { type ExportedMetric, exportedMetrics, formatted } from './exported-metrics.ts'
import { type Labels, seriesLabels, targetLabels } from './labels.ts'
import { drawPods, type Pod, tenancies } from './pods.ts'
import { type DcgmScenario, loadWindow } from './scenario.ts'
import { integrator, type Signal, valueAt } from './signal.ts'

export interface RecordedSeries {
  readonly name: string
  readonly labels: Labels
  readonly timesMs: readonly number[]
  readonly values: readonly string[]
}

export interface Clockwork {
  /** Times at which Prometheus scraped this host. */
  readonly scrapesMs: readonly number[]
  /** Latest time at or before `timeMs` at which DCGM took its values there. */
  readonly watchedAt: (timeMs: number) => number
}

/** Where node 1 was not scraped; empty otherwise. */
export function gapOf(scenario: DcgmScenario, node: number): { readonly fromMs: number; readonly toMs: number } | undefined {
  if (scenario.gapS === 0 || node !== 1) return undefined
  const { startMs } = loadWindow(scenario)
  const fromMs = startMs + Math.round((scenario.loadS * 1000) / 3)
  return { fromMs, toMs: fromMs + scenario.gapS * 1000 }
}

/** Hosts are scraped and watched at phases of their own; scrapes are late by up to 3 ms. */
export function clockwork(scenario: DcgmScenario, node: number): Clockwork {
  const random = new Random(scenario.seed, `clock ${node}`)
  const scrapePhaseMs = random.integer(0, scenario.scrapeIntervalS * 1000 - 1)
  const watchPhaseMs = random.integer(0, scenario.collectIntervalS * 1000 - 1)
  const untilMs = loadWindow(scenario).endMs + scenario.idleS * 1000
  const gap = gapOf(scenario, node)
  const collectMs = scenario.collectIntervalS * 1000
  const scrapesMs: number[] = []
  // The first two intervals are blank: DCGM has nothing to average over yet.
  for (let at = scenario.fromMs + 2 * collectMs + scrapePhaseMs; at < untilMs; at += scenario.scrapeIntervalS * 1000) {
    const timeMs = at + (random.uniform() < 0.1 ? random.integer(1, 3) : 0)
    if (gap === undefined || timeMs < gap.fromMs || timeMs >= gap.toMs) scrapesMs.push(timeMs)
  }
  const originMs = scenario.fromMs + watchPhaseMs
  return { scrapesMs, watchedAt: (timeMs) => originMs + Math.floor((timeMs - originMs) / collectMs) * collectMs }
}

/** When the counters of a device began again; undefined: never. Shortly after a scrape, as it may happen. */
export function resetOf(scenario: DcgmScenario, device: Device): number | undefined {
  if (!scenario.counterReset || device.node !== 0 || device.index !== 1) return undefined
  const { startMs } = loadWindow(scenario)
  return startMs + Math.round((scenario.loadS * 1000 * 2) / 3)
}

/** Counters had run before the recording began: joules and seconds since the driver was loaded. */
const COUNTED_BEFORE: Readonly<Record<string, number>> = { 'board-power': 1_234_567, 'power-limited': 4321 }

function sampler(metric: ExportedMetric, signals: Readonly<Record<string, Signal>>, scenario: DcgmScenario, resetMs: number | undefined) {
  const parts = metric.quantities.map((quantity) => signals[quantity] ?? [])
  const sums = parts.map(integrator)
  const before = COUNTED_BEFORE[metric.quantities[0] ?? ''] ?? 0
  const collectMs = scenario.collectIntervalS * 1000
  return (watchedMs: number): string => {
    let value = 0
    if (metric.sampling === 'point') value = valueAt(parts[0] ?? [], watchedMs)
    else if (metric.sampling === 'average')
      value = sums.reduce((sum, of) => sum + (of(watchedMs) - of(watchedMs - collectMs)) / scenario.collectIntervalS, 0)
    else {
      const [of] = sums
      const isReset = resetMs !== undefined && watchedMs >= resetMs
      value = of === undefined ? 0 : isReset ? of(watchedMs) - of(resetMs) : before + of(watchedMs)
    }
    return formatted(value * metric.scale, metric.format)
  }
}

/** Half-open stretches of recorded time with the labels that the device's series have then. */
function stretches(scenario: DcgmScenario, device: Device, instance: Instance | undefined, pods: readonly Pod[]) {
  const held = tenancies(scenario, device, pods)
  const untilMs = loadWindow(scenario).endMs + scenario.idleS * 1000
  const bounds = [...new Set([scenario.fromMs, untilMs, ...held.flatMap(({ fromMs, toMs }) => [fromMs, toMs])])].sort((a, b) => a - b)
  return bounds.slice(0, -1).flatMap((fromMs, index) => {
    const toMs = bounds[index + 1] as number
    const now = held.filter((tenancy) => tenancy.fromMs <= fromMs && tenancy.toMs >= toMs)
    if (now.length === 0) return [{ fromMs, toMs, labels: seriesLabels(scenario, device, instance, undefined, undefined) }]
    return now.map(({ pod, slice }) => ({ fromMs, toMs, labels: seriesLabels(scenario, device, instance, pod, slice) }))
  })
}

function* deviceSeries(scenario: DcgmScenario, device: Device, pods: readonly Pod[]): Generator<RecordedSeries> {
  const { scrapesMs, watchedAt } = clockwork(scenario, device.node)
  const resetMs = resetOf(scenario, device)
  const instances = device.instances.length === 0 ? [undefined] : device.instances
  for (const metric of exportedMetrics(scenario.exporter, scenario.without)) {
    for (const instance of instances) {
      const signals = metric.level === 'instance' && instance !== undefined ? instance.signals : device.signals
      const sample = sampler(metric, signals, scenario, resetMs)
      const values = scrapesMs.map((timeMs) => sample(watchedAt(timeMs)))
      for (const { fromMs, toMs, labels } of stretches(scenario, device, instance, pods)) {
        const from = scrapesMs.findIndex((timeMs) => timeMs >= fromMs)
        const past = scrapesMs.findIndex((timeMs) => timeMs >= toMs)
        const to = past < 0 ? scrapesMs.length : past
        if (from >= 0 && from < to) yield { name: metric.name, labels, timesMs: scrapesMs.slice(from, to), values: values.slice(from, to) }
      }
    }
  }
}

function* upSeries(scenario: DcgmScenario, hosts: readonly string[]): Generator<RecordedSeries> {
  for (const [node, host] of hosts.entries()) {
    const whole = clockwork({ ...scenario, gapS: 0 }, node).scrapesMs
    const gap = gapOf(scenario, node)
    const values = whole.map((timeMs) => (gap !== undefined && timeMs >= gap.fromMs && timeMs < gap.toMs ? '0' : '1'))
    yield { name: 'up', labels: targetLabels(host, node), timesMs: whole, values }
  }
}

/** kube-state-metrics, scraped with honor_labels as its charts do. */
function* podSeries(pods: readonly Pod[]): Generator<RecordedSeries> {
  const common = { job: 'kube-state-metrics', instance: '10.20.9.4:8080' }
  for (const [index, { namespace, pod, node, fromMs, toMs, labels }] of pods.entries()) {
    const timesMs: number[] = []
    for (let at = fromMs + 7_000; at < toMs; at += 30_000) timesMs.push(at)
    const values = timesMs.map(() => '1')
    const uid = `0b5e${index}c1a-1f9e-4c0e-9d7e-1f0000000000`
    yield {
      name: 'kube_pod_info',
      labels: { ...common, namespace, pod, node, uid, host_ip: '10.20.0.1', pod_ip: `10.30.0.${index}` },
      timesMs,
      values,
    }
    const prefixed = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label_${name}`, value]))
    yield { name: 'kube_pod_labels', labels: { ...common, namespace, pod, uid, ...prefixed }, timesMs, values }
  }
}

export interface DcgmHistory {
  readonly scenario: DcgmScenario
  readonly devices: readonly Device[]
  readonly pods: readonly Pod[]
}

export function drawHistory(scenario: DcgmScenario): DcgmHistory {
  const devices = drawDevices(scenario)
  const hosts = [...new Set(devices.map(({ host }) => host))]
  return { scenario, devices, pods: drawPods(scenario, hosts) }
}

/** Series by series; the same metric's series are not all beside each other. */
export function* recordedSeries({ scenario, devices, pods }: DcgmHistory): Generator<RecordedSeries> {
  for (const device of devices) yield* deviceSeries(scenario, device, pods)
  yield* upSeries(scenario, [...new Set(devices.map(({ host }) => host))])
  yield* podSeries(pods)
}
