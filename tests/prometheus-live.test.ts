/** The client against a real Prometheus and a real VictoriaMetrics: every sample of a generated history, at whatever window edges. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawHistory, type RecordedSeries, recordedSeries } from '../sim/dcgm/history.ts'
import { awkwardScenario, type DcgmScenario, loadWindow, steadyWindow } from '../sim/dcgm/scenario.ts'
import type { SampledSeries } from '../src/model/series-source.ts'
import { openPrometheus, type PrometheusSource } from '../src/sources/prometheus/client.ts'
import { labelKey } from '../src/sources/prometheus/merge-series.ts'
import { type Loopback, startLoopback } from './support/loopback-server.ts'
import { prometheusAbsent, prometheusWith, victoriaAbsent, victoriaWith } from './support/prometheus-service.ts'
import type { Service } from './support/service.ts'

const scenario: DcgmScenario = { ...awkwardScenario, seed: 20261129, exporter: '4.8', gpusPerNode: 4, loadS: 3600, honorLabels: false }
const history = drawHistory(scenario)
const recorded = [...recordedSeries(history)]
const { startMs, endMs } = steadyWindow(scenario)

/** A series in one line: labels, number of samples, and a hash of all times and values. */
function line(key: string, samples: readonly string[]): string {
  return `${key} ${samples.length} ${createHash('sha256').update(samples.join(' ')).digest('hex').slice(0, 12)}`
}

/** What the server must give for a metric in (fromMs, toMs]. The generator may list one series in several stretches. */
function wanted(name: string, fromMs: number, toMs: number, keep: (series: RecordedSeries) => boolean = () => true): string[] {
  const byKey = new Map<string, string[]>()
  for (const series of recorded) {
    if (series.name !== name || !keep(series)) continue
    const key = labelKey({ __name__: name, ...series.labels })
    const samples = byKey.get(key) ?? []
    for (const [at, timeMs] of series.timesMs.entries())
      if (timeMs > fromMs && timeMs <= toMs) samples.push(`${timeMs}:${Number(series.values[at])}`)
    byKey.set(key, samples)
  }
  return [...byKey]
    .filter(([, samples]) => samples.length > 0)
    .map(([key, samples]) => line(key, samples))
    .sort()
}

function found(series: readonly SampledSeries[]): string[] {
  return series
    .map(({ labels, timesMs, values }) =>
      line(
        labelKey(labels),
        [...timesMs].map((timeMs, at) => `${timeMs}:${values[at]}`),
      ),
    )
    .sort()
}

const DRAM = 'DCGM_FI_PROF_DRAM_ACTIVE'
const servers = [
  { kind: 'prometheus', absent: prometheusAbsent, start: () => prometheusWith(history) },
  { kind: 'victoriametrics', absent: victoriaAbsent, start: () => victoriaWith(history) },
] as const

for (const { kind, absent, start } of servers) {
  describe.skipIf(absent !== undefined)(absent ?? kind, () => {
    let service: Service
    let source: PrometheusSource
    beforeAll(async () => {
      service = await start()
      source = openPrometheus(service.url, { env: {}, attempts: 1 })
    })
    afterAll(async () => {
      await source?.close()
      await service?.stop()
    })

    test('it is recognised', async () => {
      expect((await source.server()).kind).toBe(kind)
    })

    test('every sample of the window, with its own time, and nothing at the left edge', async () => {
      // Edges on samples: the first of them must be left out, the last must be in.
      const times = recorded.find(({ name, labels }) => name === DRAM && labels['gpu'] === '0')?.timesMs ?? []
      const onEdges = [times[10] ?? 0, times[60] ?? 0] as const
      for (const [fromMs, toMs] of [[startMs, endMs], onEdges, [startMs + 1, startMs + 7]] as const) {
        const { series, warnings } = await source.rawSamples(DRAM, fromMs, toMs)
        expect(found(series)).toEqual(wanted(DRAM, fromMs, toMs))
        expect(warnings).toEqual([])
      }
      const counters = await source.rawSamples('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1"}', startMs, endMs)
      expect(found(counters.series)).toEqual(
        wanted('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', startMs, endMs, ({ labels }) => labels['gpu'] === '1'),
      )
    })

    test('label sets are those with a sample in the window, or a part that says so', async () => {
      // Shortly after the pod was replaced: its old series are in the same block, without a sample.
      const load = loadWindow(scenario)
      const fromMs = (load.startMs + load.endMs) / 2 + 300_000
      const { labelSets, truncated } = await source.labelSets(DRAM, fromMs, fromMs + 120_000, 100)
      expect(truncated).toBe(false)
      expect(labelSets.map(labelKey).sort()).toEqual(
        wanted(DRAM, fromMs, fromMs + 120_000).map((each) => each.slice(0, each.lastIndexOf(']') + 1)),
      )
      expect(await source.labelSets(DRAM, startMs, endMs, 3)).toMatchObject({
        truncated: true,
        labelSets: expect.objectContaining({ length: 3 }),
      })
      expect(await source.labelSets('DCGM_FI_PROF_PIPE_INT_ACTIVE', startMs, endMs, 3)).toEqual({
        labelSets: [],
        truncated: false,
        warnings: [],
      })
    })

    test('an expression at one instant', async () => {
      const { series } = await source.instant('min(up)', startMs + (scenario.loadS * 1000) / 3)
      expect(series.map(({ labels, values }) => [labels, values[0]])).toEqual([[{}, 0]])
      await expect(source.instant('sum(', startMs)).rejects.toMatchObject({
        code: 'query_refused',
        message: expect.stringMatching(/parse|unparsed|missing/),
      })
    })
  })
}

describe.skipIf(prometheusAbsent !== undefined)(prometheusAbsent ?? 'a Prometheus with small limits', () => {
  let service: Service
  beforeAll(async () => {
    service = await prometheusWith(history, ['--query.max-samples=100'])
  })
  afterAll(() => service?.stop())

  test('a window that holds more samples than the server loads is read in parts, each sample once', async () => {
    const source = openPrometheus(service.url, { env: {}, attempts: 1 })
    const { series } = await source.rawSamples(DRAM, startMs, endMs)
    expect(found(series)).toEqual(wanted(DRAM, startMs, endMs))
    await source.close()
  })

  test('a limit that no splitting helps is told in the words of the server', async () => {
    const source = openPrometheus(service.url, { env: {}, attempts: 1 })
    await expect(source.instant(`sum(count_over_time(${DRAM}[1h]))`, endMs)).rejects.toMatchObject({
      code: 'query_too_large',
      message: expect.stringContaining('too many samples'),
    })
    await source.close()
  })
})

describe.skipIf(prometheusAbsent !== undefined)(prometheusAbsent ?? 'a gateway that refuses ranges in instant queries', () => {
  let service: Service
  let gateway: Loopback
  beforeAll(async () => {
    service = await prometheusWith(history)
    gateway = await startLoopback(async ({ path, form }, response) => {
      const query = form.get('query') ?? ''
      if (/^DCGM\w+(?:\{.*\})?\[/.test(query)) {
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end('{"status":"error","errorType":"bad_data","error":"invalid expression type \\"range vector\\""}')
        return
      }
      const answer = await fetch(service.url + path, { method: 'POST', body: form })
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(await answer.text())
    })
  })
  afterAll(async () => {
    await gateway?.stop()
    await service?.stop()
  })

  test('range queries give the same samples, none repeated and none carried over a gap; more than 11,000 points are split', async () => {
    const source = openPrometheus(gateway.url, { env: {}, attempts: 1 })
    const selector = `${DRAM}{gpu=~"0|1"}`
    const { series, warnings } = await source.rawSamples(selector, startMs, endMs)
    expect(found(series)).toEqual(wanted(DRAM, startMs, endMs, ({ labels }) => ['0', '1'].includes(labels['gpu'] ?? '')))
    expect(warnings).toEqual(['the server refuses raw samples; they were read step by step'])
    // 80,000 s at steps of 5 s: two parts.
    const long = await source.rawSamples(selector, startMs - 70_000_000, endMs)
    expect(found(long.series)).toEqual(wanted(DRAM, 0, endMs, ({ labels }) => ['0', '1'].includes(labels['gpu'] ?? '')))
    expect(gateway.asked.filter(({ path }) => path.endsWith('query_range')).length).toBeGreaterThanOrEqual(6)
    await source.close()
  })
})
