/** `dcgm probe` on real servers: what it finds of a generated fleet, against what the generator knows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawHistory } from '../sim/dcgm/history.ts'
import { awkwardScenario, type DcgmScenario, steadyWindow } from '../sim/dcgm/scenario.ts'
import { truthIn } from '../sim/dcgm/truth.ts'
import type { ProbedFleet } from '../src/formats/dcgm-probe.ts'
import { parseLabelSelector } from '../src/model/label-selector.ts'
import { openServer } from '../src/pipeline/dcgm/open-server.ts'
import { type ProbeRequest, probeDcgm } from '../src/pipeline/dcgm/probe.ts'
import { prometheusAbsent, prometheusWith, victoriaAbsent, victoriaWith } from './support/prometheus-service.ts'
import type { Service } from './support/service.ts'

const base: DcgmScenario = { ...awkwardScenario, gpusPerNode: 4, loadS: 2400, gapS: 300 }

interface Fleet {
  readonly title: string
  readonly scenario: DcgmScenario
  readonly server: 'prometheus' | 'victoriametrics'
  readonly exporter: string
  readonly host: string
}

const fleets: readonly Fleet[] = [
  {
    title: '3.x, honor_labels off',
    scenario: { ...base, exporter: '3.x', honorLabels: false },
    server: 'prometheus',
    exporter: '3.x or older',
    host: 'Hostname',
  },
  {
    title: '4.5, honor_labels on',
    scenario: { ...base, exporter: '4.5', honorLabels: true },
    server: 'victoriametrics',
    exporter: '3.x to 4.5',
    host: 'Hostname',
  },
  {
    title: '4.8, honor_labels off',
    scenario: { ...base, exporter: '4.8', honorLabels: false },
    server: 'victoriametrics',
    exporter: '4.6 to 4.8',
    host: 'hostname',
  },
  {
    title: '4.9, honor_labels on',
    scenario: { ...base, exporter: '4.9', honorLabels: true },
    server: 'prometheus',
    exporter: '4.9 or newer',
    host: 'hostname',
  },
]

function codes({ findings }: ProbedFleet): string[] {
  return findings.map(({ code }) => code).sort()
}

for (const { title, scenario, server, exporter, host } of fleets) {
  const absent = server === 'prometheus' ? prometheusAbsent : victoriaAbsent
  describe.skipIf(absent !== undefined)(absent ?? `${title}, ${server}`, () => {
    const history = drawHistory(scenario)
    const window = steadyWindow(scenario)
    const truth = truthIn(history, window)
    let service: Service
    beforeAll(async () => {
      service = await (server === 'prometheus' ? prometheusWith(history) : victoriaWith(history))
    })
    afterAll(() => service?.stop())

    const probe = async (
      given: Partial<ProbeRequest['selection']> & Partial<Omit<ProbeRequest, 'selection'>> = {},
    ): Promise<ProbedFleet> => {
      const { hosts = [], uuids = [], pods = [], namespaces = [], requirements = [], ...rest } = given
      const source = openServer({ url: service.url }, {})
      try {
        return await probeDcgm(source, {
          window,
          podLabels: [],
          maxSeries: 10_000,
          selection: { hosts, uuids, pods, namespaces, requirements },
          ...rest,
        })
      } finally {
        await source.close()
      }
    }

    test('trap E25: the whole fleet under its own names and labels', async () => {
      const found = await probe({ expectedGpus: truth.expectedGpus + 2 })
      expect(found.gpus.map(({ uuid, host: on, index, pods }) => [uuid, on, Number(index), pods])).toEqual(
        truth.gpus.map((gpu) => [
          gpu.uuid,
          gpu.host,
          gpu.index,
          gpu.pods.map((pod) => `${gpu.isBystander ? 'training' : 'inference'}/${pod}`),
        ]),
      )
      expect([found.tier, found.exporters, found.labels.host, found.labels.honorLabels]).toEqual([
        'prof',
        [exporter],
        [host],
        scenario.honorLabels ? 'on' : 'off',
      ])
      expect([found.scrapeIntervalS, found.collectIntervalS, found.collectIntervalFrom]).toEqual([15, 30, 'repeats'])
      expect(found.metrics.map(({ quantity }) => quantity)).toEqual(
        expect.arrayContaining(['dram-active', 'tensor-active', 'energy', 'sm-clock', 'nvlink-both-directions']),
      )
      expect(found.metrics.every(({ gpus, scrapeIntervalS }) => gpus === truth.gpus.length && scrapeIntervalS === 15)).toBe(true)
      expect(codes(found)).toEqual(['exporter-down', 'gpu-count', 'mig', 'pods-changed', 'shared-gpus'])
      expect(found.missing).toEqual([])
    })

    test('trap E24: a selection by pods finds the GPUs of the workload, in either form of honor_labels', async () => {
      const found = await probe({ pods: ['vllm-.*'], namespaces: ['inference'], expectedGpus: truth.exportedGpus })
      expect(found.gpus.map(({ uuid }) => uuid)).toEqual(truth.gpus.filter(({ isBystander }) => !isBystander).map(({ uuid }) => uuid))
      expect(codes(found)).not.toContain('gpu-count')
    })

    test('trap E9: pods by any selector of their labels, through kube-state-metrics', async () => {
      const podLabels = (text: string) => probe({ podLabels: parseLabelSelector(text) })
      const hosts = async (text: string) => [...new Set((await podLabels(text)).gpus.map(({ host: on }) => on))]
      expect(await hosts('app=vllm,role in (decode,other)')).toEqual(['gpu-node-b'])
      expect(await hosts('app!=vllm')).toEqual(['gpu-node-c'])
      expect(await hosts('app.kubernetes.io/name=glm')).toEqual(['gpu-node-a', 'gpu-node-b'])
      await expect(podLabels('release=x')).rejects.toMatchObject({
        code: 'missing_data',
        message: expect.stringContaining('no pod had a label release'),
      })
      await expect(podLabels('app=nobody')).rejects.toMatchObject({ code: 'missing_data' })
    })

    test('hosts, UUIDs and other labels; what selects nothing says so; too much is refused', async () => {
      expect((await probe({ hosts: ['gpu-node-b'] })).gpus).toHaveLength(3)
      const uuid = truth.gpus[1]?.uuid ?? ''
      expect((await probe({ uuids: [uuid] })).gpus.map((gpu) => gpu.uuid)).toEqual([uuid])
      expect(
        (await probe({ requirements: parseLabelSelector('gpu in (0,1),modelName=~".*H100.*"'), hosts: ['gpu-node-a'] })).gpus,
      ).toHaveLength(2)
      const nothing = await probe({ hosts: ['nobody'] })
      expect([nothing.tier, codes(nothing)]).toEqual(['absent', ['nothing-selected']])
      await expect(probe({ maxSeries: 40 })).rejects.toMatchObject({ code: 'limit_exceeded' })
    })

    test('trap E23: a window just after the history says that series existed before it', async () => {
      const late = { startMs: window.endMs + 3_600_000, endMs: window.endMs + 3_900_000 }
      expect(codes(await probe({ window: late }))).toEqual(['not-in-window'])
    })
  })
}

describe.skipIf(prometheusAbsent !== undefined)(prometheusAbsent ?? 'a fleet without profiling counters, and a server without DCGM', () => {
  const scenario: DcgmScenario = {
    ...base,
    bystander: false,
    mig: false,
    timeSlicing: false,
    without: [
      'graphics-engine-active',
      'sm-active',
      'sm-occupancy',
      'tensor-active',
      'dram-active',
      'pcie-transmit',
      'pcie-receive',
      'nvlink-transmit',
      'nvlink-receive',
    ],
  }
  let service: Service
  beforeAll(async () => {
    service = await prometheusWith(drawHistory(scenario))
  })
  afterAll(() => service?.stop())

  test('trap E8: not exported is unavailable, never zero', async () => {
    const source = openServer({ url: service.url }, {})
    const selection = { hosts: [], uuids: [], pods: [], namespaces: [], requirements: [] }
    const found = await probeDcgm(source, { window: steadyWindow(scenario), podLabels: [], maxSeries: 10_000, selection })
    expect([found.tier, found.missing]).toEqual([
      'counter',
      ['dram-active', 'tensor-active', 'sm-active', 'pcie-transmit', 'pcie-receive', 'nvlink-transmit', 'nvlink-receive'],
    ])
    expect(codes(found)).toContain('no-prof')
    const years = await probeDcgm(source, {
      window: { startMs: 1_000_000_000, endMs: 1_000_600_000 },
      podLabels: [],
      maxSeries: 10_000,
      selection,
    })
    expect([years.tier, codes(years), years.gpus]).toEqual(['absent', ['no-series'], []])
    await source.close()
  })
})
