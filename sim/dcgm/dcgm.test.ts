/** The generator itself: exact integrals, exporter-faithful series, and samples that agree with a truth that was not made from them. */
import { expect, test } from 'vitest'
import { type DcgmHistory, drawHistory, type RecordedSeries, recordedSeries } from './history.ts'
import { awkwardScenario, type DcgmScenario, exporterVersions, loadWindow, plainScenario, steadyWindow } from './scenario.ts'
import { integral, integrator } from './signal.ts'
import { truthIn } from './truth.ts'

function of(history: DcgmHistory, name: string): RecordedSeries[] {
  return [...recordedSeries(history)].filter((series) => series.name === name)
}

test('integrals are exact at any edges, and the running form agrees', () => {
  const signal = [
    { fromMs: 0, toMs: 1000, value: 2 },
    { fromMs: 1000, toMs: 4000, value: 5 },
  ]
  expect(integral(signal, 500, 2000)).toBe(1 + 5)
  expect(integral(signal, -10, 99_999)).toBe(17)
  const running = integrator(signal)
  expect([0, 500, 1000, 2000, 4000, 9000, 700].map(running)).toEqual([0, 1, 2, 7, 17, 17, 1.4])
})

test('the same seed gives the same history, another seed another one', () => {
  const text = (seed: number) =>
    JSON.stringify(of(drawHistory({ ...plainScenario, seed, gpusPerNode: 1, loadS: 900 }), 'DCGM_FI_PROF_DRAM_ACTIVE'))
  expect(text(3)).toBe(text(3))
  expect(text(3)).not.toBe(text(4))
})

for (const exporter of exporterVersions) {
  test(`exporter ${exporter}: means of samples are the truth of the signals within 0.5 %`, () => {
    const scenario: DcgmScenario = { ...plainScenario, exporter, seed: 77, gpusPerNode: 2 }
    const history = drawHistory(scenario)
    const { startMs, endMs } = steadyWindow(scenario)
    const truth = truthIn(history, { startMs, endMs })
    const mean = (name: string, uuid: string): number => {
      const [series] = of(history, name).filter(({ labels }) => labels['UUID'] === uuid)
      const inside = (series?.timesMs ?? []).flatMap((timeMs, at) =>
        timeMs > startMs && timeMs <= endMs ? [Number(series?.values[at])] : [],
      )
      return inside.reduce((sum, value) => sum + value, 0) / inside.length
    }
    for (const gpu of truth.gpus) {
      const near = (name: string, quantity: string, factor: number) =>
        expect((mean(name, gpu.uuid) * factor) / (gpu.quantities[quantity]?.mean ?? Number.NaN), `${name} ${gpu.uuid}`).toBeCloseTo(1, 2.3)
      near('DCGM_FI_PROF_DRAM_ACTIVE', 'dram-active', 1)
      near('DCGM_FI_PROF_NVLINK_TX_BYTES', 'nvlink-transmit', 1)
      near(exporter === '4.9' ? 'DCGM_FI_DEV_SM_CLOCK_HERTZ' : 'DCGM_FI_DEV_SM_CLOCK', 'sm-clock', exporter === '4.9' ? 1 : 1e6)
    }
  })
}

test('label sets and names are those of each version', () => {
  const labelsOf = (exporter: DcgmScenario['exporter'], honorLabels: boolean) =>
    of(drawHistory({ ...plainScenario, exporter, honorLabels, gpusPerNode: 1, loadS: 600 }), 'DCGM_FI_PROF_DRAM_ACTIVE')[0]?.labels ?? {}
  expect(labelsOf('3.x', true)).toMatchObject({ Hostname: 'gpu-node-a', pod: 'vllm-0-6d5f8c-abcde' })
  expect(labelsOf('3.x', true)).not.toHaveProperty('pci_bus_id')
  expect(labelsOf('4.8', false)).toMatchObject({
    hostname: 'gpu-node-a',
    exported_pod: 'vllm-0-6d5f8c-abcde',
    pod: expect.stringMatching(/dcgm-exporter/),
  })
  expect(labelsOf('4.9', true)).toHaveProperty('DCGM_FI_SYSTEM_DRIVER_VERSION')
  expect(of(drawHistory({ ...plainScenario, exporter: '4.9', gpusPerNode: 1, loadS: 600 }), 'DCGM_FI_DEV_SM_CLOCK')).toEqual([])
})

test('what is awkward is in the series, and its truth says so', () => {
  const history = drawHistory(awkwardScenario)
  const window = steadyWindow(awkwardScenario)
  const truth = truthIn(history, window)
  expect([truth.expectedGpus, truth.exportedGpus]).toEqual([16, 15])
  const dram = of(history, 'DCGM_FI_PROF_DRAM_ACTIVE')
  const holding = (name: string, value: string) => dram.filter(({ labels }) => labels[name] === value)
  // Churn: old pod, no pod, new pod.
  expect(new Set(holding('UUID', truth.gpus[0]?.uuid ?? '').map(({ labels }) => labels['pod']))).toEqual(
    new Set(['vllm-0-6d5f8c-abcde', 'nvidia-dcgm-exporter-ax7kq', 'vllm-0-6d5f8c-zyxwv']),
  )
  // Time slicing: the same values twice.
  const bySlice = ['0', '1'].map(
    (slice) => new Map(holding('vgpu', slice).flatMap(({ timesMs, values }) => timesMs.map((timeMs, at) => [timeMs, values[at]] as const))),
  )
  const shared = [...(bySlice[1]?.keys() ?? [])].filter((timeMs) => bySlice[0]?.has(timeMs))
  expect(shared.length).toBeGreaterThan(400)
  expect(shared.filter((timeMs) => bySlice[0]?.get(timeMs) !== bySlice[1]?.get(timeMs))).toEqual([])
  // MIG: two instances of one device, whole-device values repeated.
  const energy = of(history, 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION')
  const instances = energy.filter(({ labels }) => labels['GPU_I_ID'] !== undefined)
  expect(new Set(instances.map(({ labels }) => labels['GPU_I_ID']))).toEqual(new Set(['1', '2']))
  // A counter that begins again, once.
  const falls = energy.flatMap(({ labels, values }) =>
    values.flatMap((value, at) => (at > 0 && Number(value) < Number(values[at - 1]) ? [labels['gpu']] : [])),
  )
  expect(falls).toEqual(['1'])
  // A gap on node 1 only, and `up` knows.
  const gapped = of(history, 'up').filter(({ values }) => values.includes('0'))
  expect(gapped.map(({ labels }) => labels['instance'])).toEqual(['10.20.1.9:9400'])
  expect(truth.gpus.filter(({ coverage }) => coverage < 1).map(({ host }) => host)).toEqual(Array(7).fill('gpu-node-b'))
  const load = loadWindow(awkwardScenario)
  expect(truthIn(history, load).gpus[8]?.coverage).toBeCloseTo(1 - 600 / 7800, 9)
})
