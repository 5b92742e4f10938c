/** A day of many GPUs for measuring speed: exporter-faithful labels and number formats, levels of a loaded fleet. */
import { drawDevices } from '../../sim/dcgm/device.ts'
import { exportedMetrics } from '../../sim/dcgm/exported-metrics.ts'
import { seriesLabels } from '../../sim/dcgm/labels.ts'
import { type DcgmScenario, loadWindow, plainScenario } from '../../sim/dcgm/scenario.ts'
import { valueAt as levelOf } from '../../sim/dcgm/signal.ts'
import { remoteWrite, type WrittenSeries } from './remote-write.ts'
import type { Service } from './service.ts'

export interface Day {
  readonly startMs: number
  readonly endMs: number
  readonly metrics: readonly string[]
  readonly gpus: number
  /** Samples within the window, of all metrics. */
  readonly samples: number
}

const STEP_MS = 15_000
/** Samples of one request: half an hour of all series. */
const PER_REQUEST = 120

/** Moves by up to a tenth around its level, once per collect interval; a counter grows by about as much as it should. */
function valueAt(series: number, at: number, level: number, isInteger: boolean, grows: boolean): number {
  const mixed = (Math.imul(series * 31 + (at >> 1), 0x9e3779b1) >>> 0) / 2 ** 32
  if (grows) return Math.trunc(1_000_000_000 + at * (STEP_MS / 1000) * level + mixed)
  const value = level * (0.95 + 0.05 * mixed)
  return isInteger ? Math.trunc(value) : Math.round(value * 1e6) / 1e6
}

/** Prometheus must have been started with `--web.enable-remote-write-receiver`. */
export async function writeDay(service: Service, hours: number, nodes: number): Promise<Day> {
  const scenario: DcgmScenario = { ...plainScenario, nodes, exporter: '4.8', honorLabels: false, loadS: 600 }
  const metrics = exportedMetrics(scenario.exporter, [])
  const loadedMs = loadWindow(scenario).startMs + 60_000
  const heads = drawDevices(scenario).flatMap((device) =>
    metrics.map((metric) => ({
      metric,
      level: metric.quantities.reduce((sum, quantity) => sum + levelOf(device.signals[quantity] ?? [], loadedMs), 0) * metric.scale,
      labels: {
        __name__: metric.name,
        ...seriesLabels(scenario, device, undefined, { namespace: 'inference', pod: `vllm-${device.node}`, container: 'vllm' }, undefined),
      },
    })),
  )
  const count = (hours * 3_600_000) / STEP_MS
  const startMs = scenario.fromMs
  for (let from = 1; from <= count; from += PER_REQUEST) {
    const indices = Array.from({ length: Math.min(PER_REQUEST, count - from + 1) }, (_, at) => from + at)
    const timesMs = indices.map((at) => startMs + at * STEP_MS)
    const series = heads.map(({ metric, level, labels }, head): WrittenSeries => {
      const values = indices.map((at) => valueAt(head, at, level, metric.format === 'integer', metric.sampling === 'integral'))
      return { labels, timesMs, values }
    })
    await remoteWrite(service, series)
  }
  return {
    startMs,
    endMs: startMs + count * STEP_MS,
    metrics: metrics.map(({ name }) => name),
    gpus: heads.length / metrics.length,
    samples: heads.length * count,
  }
}
