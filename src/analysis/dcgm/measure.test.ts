import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import type { DcgmMeasurement } from '#formats/dcgm-measurement.ts'
import type { Matcher } from '#model/promql.ts'
import {
  type ExporterSpec,
  meanOf,
  type NamedSeriesInMemory,
  type Signal,
  scraped,
  seriesInMemory,
} from '../../../tests/support/series-in-memory.ts'
import { measureWindow } from './measure.ts'
import { utcText } from './utc.ts'

const START = Date.parse('2026-01-01T10:00:00Z')
const MINUTE = 60_000

function requestOf(
  minutes: number,
  more: { expectedGpus?: number; collectMs?: number; matchers?: readonly Matcher[]; startMs?: number } = {},
) {
  const startMs = more.startMs ?? START
  const endMs = startMs + minutes * MINUTE
  const windowText = { start_utc: utcText(startMs), end_utc: utcText(endMs), duration_s: minutes * 60, chosen_by: 'given' }
  return { window: { startMs, endMs }, windowText, matchers: [], selector: '', ...more }
}

const exporter = (more: Partial<ExporterSpec> = {}): ExporterSpec => ({
  fromMs: START - 10 * MINUTE,
  toMs: START + 40 * MINUTE,
  scrapeMs: 15_000,
  collectMs: 30_000,
  ...more,
})

/** A load with steps of half a minute to three minutes, and no two levels alike. */
function steps(seed: number, low: number, high: number): Signal {
  const random = new Random(seed)
  const edges: { atMs: number; level: number }[] = []
  for (let atMs = START - 15 * MINUTE; atMs < START + 45 * MINUTE; atMs += 30_000 + (random.uint32() % 150_000))
    edges.push({ atMs, level: low + ((high - low) * (random.uint32() % 10_000)) / 10_000 })
  return (timeMs) => edges.findLast(({ atMs }) => atMs <= timeMs)?.level ?? low
}

const labelsOf = (host: string, index: number, more: Record<string, string> = {}) => ({
  gpu: String(index),
  UUID: `GPU-${host}-${index}`,
  modelName: 'NVIDIA H100 80GB HBM3',
  Hostname: host,
  ...more,
})

const series = (name: string, labels: Record<string, string>, signal: Signal, spec = exporter(), isPoint = false): NamedSeriesInMemory => ({
  name: `DCGM_FI_${name}`,
  labels,
  ...scraped(signal, spec, isPoint),
})

const rowsOf = (measurement: DcgmMeasurement, quantity: string) =>
  measurement.quantities.find((each) => each.quantity === quantity)?.gpus ?? []
const codes = (measurement: DcgmMeasurement) => measurement.findings.map(({ code }) => code)

test('trap E3: two nodes of eight GPUs are sixteen, whose means are those of the signal within 0.5 %', async () => {
  const all = ['a', 'b'].flatMap((host, node) =>
    Array.from({ length: 8 }, (_, index) => ({ host, index, signal: steps(node * 8 + index, 0.2, 0.6) })),
  )
  const source = seriesInMemory(all.map(({ host, index, signal }) => series('PROF_DRAM_ACTIVE', labelsOf(host, index), signal)))
  const measured = await measureWindow(source, requestOf(30, { expectedGpus: 16 }))
  expect(measured.gpus).toHaveLength(16)
  expect(measured.cadence).toMatchObject({ scrape_interval_s: 15, collect_interval_s: 30, collect_interval_from: 'repeats' })
  for (const { host, index, signal } of all) {
    const [row] = rowsOf(measured, 'dram-active').filter(({ gpu }) => gpu === `GPU-${host}-${index}`)
    const truth = meanOf(signal, START, START + 30 * MINUTE)
    expect(Math.abs((row?.mean ?? 0) / truth - 1)).toBeLessThan(0.01)
    expect(row?.coverage).toBe(1)
    expect(row?.inner).toBeLessThanOrEqual(truth)
    expect(row?.outer).toBeGreaterThanOrEqual(truth)
  }
  expect(codes(measured)).toEqual([])
})

test('the same index on two nodes without UUID and host is no GPU at all', async () => {
  const source = seriesInMemory([series('PROF_DRAM_ACTIVE', { gpu: '0' }, steps(1, 0.2, 0.6))])
  await expect(measureWindow(source, requestOf(30))).rejects.toThrow(/neither a UUID nor a host/)
})

test('a pod that changes in the window splits the series, not the GPU; repeated series count once', async () => {
  const signal = steps(3, 0.1, 0.9)
  const first = series('PROF_DRAM_ACTIVE', labelsOf('a', 0, { exported_pod: 'one' }), signal, exporter({ toMs: START + 5 * MINUTE }))
  const second = series('PROF_DRAM_ACTIVE', labelsOf('a', 0, { exported_pod: 'two' }), signal, exporter({ fromMs: START + 5.25 * MINUTE }))
  const again = series(
    'PROF_DRAM_ACTIVE',
    labelsOf('a', 0, { exported_pod: 'three', vgpu: '1' }),
    signal,
    exporter({ fromMs: START + 20 * MINUTE }),
  )
  const measured = await measureWindow(seriesInMemory([again, second, first]), requestOf(30))
  const [row, ...others] = rowsOf(measured, 'dram-active')
  expect(others).toEqual([])
  expect(Math.abs((row?.mean ?? 0) / meanOf(signal, START, START + 30 * MINUTE) - 1)).toBeLessThan(0.01)
  expect(measured.pods).toEqual(['one', 'three', 'two'])
  expect(codes(measured)).toContain('repeated-series')
})

test('a gap is stated and not bridged: the mean is of what was seen', async () => {
  // Busy in the gap, idle outside: bridging would invent, filling with zero would hide.
  const signal: Signal = (timeMs) => (timeMs > START + 10 * MINUTE && timeMs <= START + 20 * MINUTE ? 0.9 : 0.3)
  const whole = series('PROF_DRAM_ACTIVE', labelsOf('a', 0), signal)
  const kept = [...whole.timesMs.keys()].filter((at) => {
    const minute = ((whole.timesMs[at] ?? 0) - START) / MINUTE
    return minute <= 10 || minute > 21
  })
  const gap = {
    ...whole,
    timesMs: Float64Array.from(kept, (at) => whole.timesMs[at] ?? 0),
    values: Float64Array.from(kept, (at) => whole.values[at] ?? 0),
  }
  const measured = await measureWindow(seriesInMemory([gap]), requestOf(30, { collectMs: 30_000 }))
  const [row] = rowsOf(measured, 'dram-active')
  expect(row?.mean).toBeCloseTo(0.3, 6)
  expect(row?.coverage).toBeGreaterThan(0.62)
  expect(row?.coverage).toBeLessThan(0.68)
  expect(codes(measured)).toContain('coverage')
})

test('trap E16: a counter that begins anew inside the window keeps its rate, and says so', async () => {
  // 400 W; the driver is loaded again after 12 minutes.
  const energy: Signal = (timeMs) => (timeMs < START + 12 * MINUTE ? 5e9 + 400 * (timeMs - START) : 400 * (timeMs - START - 12 * MINUTE))
  const all = [
    series('DEV_TOTAL_ENERGY_CONSUMPTION', labelsOf('a', 0), energy, exporter(), true),
    series('DEV_POWER_USAGE', labelsOf('a', 0), steps(4, 390, 410), exporter(), true),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  const [row] = rowsOf(measured, 'energy')
  expect(row).toMatchObject({ resets: 1 })
  expect(Math.abs((row?.total ?? 0) / (400 * 1800) - 1)).toBeLessThan(0.005)
  expect(codes(measured)).toContain('counter-reset')
})

test('trap E5: a rate is averaged whatever TYPE says, and a counter that falls all the time is refused', async () => {
  const noise = steps(5, 1e9, 3e9)
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), steps(6, 0.2, 0.4)),
    series('PROF_NVLINK_TX_BYTES', labelsOf('a', 0), noise),
    series('DEV_NVLINK_COUNT_TX_BYTES', labelsOf('a', 0), (timeMs) => noise(timeMs) * (1 + Math.sin(timeMs))),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(Math.abs((rowsOf(measured, 'nvlink-transmit')[0]?.mean ?? 0) / meanOf(noise, START, START + 30 * MINUTE) - 1)).toBeLessThan(0.01)
  expect(rowsOf(measured, 'nvlink-transmitted')).toEqual([])
  expect(codes(measured)).toContain('no-counter')
})

test('a sum under the name of a rate is refused', async () => {
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), steps(6, 0.2, 0.4)),
    series('PROF_PCIE_TX_BYTES', labelsOf('a', 0), (timeMs) => 2e6 * (timeMs - START + 20 * MINUTE)),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(rowsOf(measured, 'pcie-transmit')).toEqual([])
  expect(codes(measured)).toContain('rate-only-grows')
})

test('trap E14: 60 s at a collect interval of 30 s are two values: said, with bounds that hold the truth', async () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const signal = steps(100 + seed, 0.05, 0.95)
    const startMs = START + seed * 7919
    const all = [series('PROF_DRAM_ACTIVE', labelsOf('a', 0), signal, exporter({ collectPhaseMs: (seed * 613) % 30_000 }))]
    const measured = await measureWindow(seriesInMemory(all), requestOf(1, { startMs, collectMs: 30_000 }))
    const [row] = rowsOf(measured, 'dram-active')
    const truth = meanOf(signal, startMs, startMs + MINUTE)
    expect(codes(measured)).toContain('short-window')
    expect(row?.inner, `seed ${seed}`).toBeLessThanOrEqual(truth + 1e-6)
    expect(row?.outer, `seed ${seed}`).toBeGreaterThanOrEqual(truth - 1e-6)
  }
})

test('trap E15: zeros while the device is busy are no idle time', async () => {
  const isProfiled = (timeMs: number) => timeMs > START + 10 * MINUTE && timeMs <= START + 15 * MINUTE
  const load = steps(7, 0.3, 0.5)
  const hidden: Signal = (timeMs) => (isProfiled(timeMs) ? 0 : load(timeMs))
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), hidden, exporter({ collectMs: 15_000 })),
    series('PROF_GR_ENGINE_ACTIVE', labelsOf('a', 0), (timeMs) => (isProfiled(timeMs) ? 0 : 0.97), exporter({ collectMs: 15_000 })),
    series('DEV_GPU_UTIL', labelsOf('a', 0), () => 98, exporter({ collectMs: 15_000 }), true),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  const outside = (meanOf(load, START, START + 10 * MINUTE) * 10 + meanOf(load, START + 15 * MINUTE, START + 30 * MINUTE) * 15) / 25
  expect(Math.abs((rowsOf(measured, 'dram-active')[0]?.mean ?? 0) / outside - 1)).toBeLessThan(0.01)
  expect(codes(measured)).toContain('profiling-contention')
})

test('trap E15: blanks while the device goes on are a profiler too', async () => {
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), steps(8, 0.3, 0.5), exporter({ toMs: START + 20 * MINUTE })),
    series('DEV_POWER_USAGE', labelsOf('a', 0), steps(9, 500, 600), exporter(), true),
  ]
  expect(codes(await measureWindow(seriesInMemory(all), requestOf(30)))).toContain('profiling-missing')
})

test('profiling fields that stopped after an Xid are invalid, not idle', async () => {
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), () => 0),
    series('PROF_GR_ENGINE_ACTIVE', labelsOf('a', 0), () => 0),
    series('DEV_GPU_UTIL', labelsOf('a', 0), () => 100, exporter(), true),
    series('DEV_POWER_USAGE', labelsOf('a', 0), steps(9, 500, 600), exporter(), true),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(rowsOf(measured, 'dram-active')).toEqual([])
  expect(measured.unavailable.find(({ quantity }) => quantity === 'dram-active')?.reason).toMatch(/no part of the window that counts/)
})

test('an exporter that stands still is found; an idle GPU is not one', async () => {
  const frozenFrom = START + 15 * MINUTE
  const until =
    (signal: Signal): Signal =>
    (timeMs) =>
      signal(Math.min(timeMs, frozenFrom))
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), until(steps(10, 0.3, 0.5))),
    series('DEV_POWER_USAGE', labelsOf('a', 0), until(steps(11, 500, 600)), exporter(), true),
    series('PROF_DRAM_ACTIVE', labelsOf('a', 1), () => 0),
    series('PROF_PIPE_TENSOR_ACTIVE', labelsOf('a', 1), () => 0),
    series('DEV_POWER_USAGE', labelsOf('a', 1), steps(12, 70, 75), exporter(), true),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30, { collectMs: 30_000 }))
  const frozen = measured.findings.filter(({ code }) => code === 'frozen-exporter')
  expect(frozen.map(({ gpus }) => gpus)).toEqual([['GPU-a-0']])
  expect(rowsOf(measured, 'dram-active').find(({ gpu }) => gpu === 'GPU-a-0')?.coverage).toBeLessThan(0.6)
  expect(rowsOf(measured, 'dram-active').find(({ gpu }) => gpu === 'GPU-a-1')?.mean).toBe(0)
})

test('trap E26: sentinels and ratios above one are missing; a GPU without samples is missing, not zero', async () => {
  const good = series('PROF_DRAM_ACTIVE', labelsOf('a', 0), steps(13, 0.3, 0.5))
  const values = good.values.map((value, at) => (at % 7 === 3 ? 140_737_488_355_328 : at % 7 === 5 ? 1.7 : value))
  const measured = await measureWindow(seriesInMemory([{ ...good, values }]), requestOf(30, { expectedGpus: 2 }))
  const [row] = rowsOf(measured, 'dram-active')
  expect(row?.max).toBeLessThanOrEqual(0.5)
  expect(measured.gpus).toHaveLength(1)
  expect(codes(measured)).toEqual(expect.arrayContaining(['blank-values', 'gpu-count']))
  expect(measured.unavailable.map(({ quantity }) => quantity)).toContain('nvlink-transmit')
})

test('a MIG instance has a row of its own, and fields of the board are counted once', async () => {
  const slice = (id: string) => labelsOf('a', 0, { GPU_I_ID: id, GPU_I_PROFILE: '3g.40gb' })
  const power = steps(15, 300, 400)
  const all = ['1', '2'].flatMap((id) => [
    series('PROF_DRAM_ACTIVE', slice(id), steps(Number(id), 0.1, 0.4)),
    series('DEV_POWER_USAGE', slice(id), power, exporter(), true),
  ])
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(measured.gpus).toHaveLength(1)
  expect(measured.instances.map(({ profile }) => profile)).toEqual(['3g.40gb', '3g.40gb'])
  expect(rowsOf(measured, 'dram-active')).toHaveLength(2)
  expect(rowsOf(measured, 'board-power')).toHaveLength(1)
  expect(Math.abs((rowsOf(measured, 'board-power')[0]?.mean ?? 0) / meanOf(power, START, START + 30 * MINUTE) - 1)).toBeLessThan(0.02)
})

test('trap E25: renamed labels, fields and units on one of two nodes give one answer', async () => {
  const clock = steps(16, 1_500, 1_900)
  const all = [
    series('PROF_DRAM_ACTIVE', labelsOf('a', 0), steps(17, 0.2, 0.4)),
    series('DEV_SM_CLOCK', labelsOf('a', 0), clock, exporter(), true),
    series('PROF_DRAM_UTIL_RATIO', { gpu: '0', UUID: 'GPU-b-0', hostname: 'b' }, steps(18, 0.2, 0.4)),
    series('DEV_SM_CLOCK_HERTZ', { gpu: '0', UUID: 'GPU-b-0', hostname: 'b' }, (timeMs) => clock(timeMs) * 1e6, exporter(), true),
    series('DEV_GPU_UTIL', labelsOf('a', 0), steps(19, 80, 99), exporter(), true),
    series('DEV_GPU_UTIL_RATIO', { gpu: '0', UUID: 'GPU-b-0', hostname: 'b' }, steps(19, 80, 99), exporter(), true),
    series(
      'DEV_GPU_UTIL_RATIO',
      { gpu: '0', UUID: 'GPU-c-0', hostname: 'c' },
      (timeMs) => steps(19, 80, 99)(timeMs) / 100,
      exporter(),
      true,
    ),
  ]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(measured.gpus.map(({ host }) => host)).toEqual(['a', 'b', 'c'])
  const [first, second] = rowsOf(measured, 'sm-clock')
  expect(first?.mean).toBeCloseTo(second?.mean ?? 0, -2)
  const busy = rowsOf(measured, 'gpu-busy').map(({ mean }) => mean)
  expect(busy[0]).toBeCloseTo(busy[1] ?? 0, 5)
  expect(busy[0]).toBeCloseTo(busy[2] ?? 0, 5)
})

test('trap E17: idle edges are reported', async () => {
  const load: Signal = (timeMs) =>
    timeMs > START + 6 * MINUTE && timeMs <= START + 24 * MINUTE ? 0.8 + 0.1 * Math.sin(timeMs / 9000) : 0.001
  const all = [series('PROF_GR_ENGINE_ACTIVE', labelsOf('a', 0), load), series('PROF_DRAM_ACTIVE', labelsOf('a', 0), load)]
  const measured = await measureWindow(seriesInMemory(all), requestOf(30))
  expect(measured.idle_edges?.before_s).toBeGreaterThan(330)
  expect(measured.idle_edges?.after_s).toBeGreaterThan(330)
  expect(codes(measured)).toContain('idle-edges')
})

test('trap E24: a selector that matches nothing is an error that says where the pod’s name is', async () => {
  const all = [series('PROF_DRAM_ACTIVE', labelsOf('a', 0, { pod: 'dcgm-exporter-x', exported_pod: 'vllm-1' }), steps(20, 0.2, 0.4))]
  await expect(
    measureWindow(seriesInMemory(all), requestOf(30, { matchers: [{ label: 'pod', operator: '=~', value: 'vllm.*' }] })),
  ).rejects.toMatchObject({
    code: 'missing_data',
    hint: expect.stringMatching(/exported_pod/),
  })
  expect(
    (await measureWindow(seriesInMemory(all), requestOf(30, { matchers: [{ label: 'exported_pod', operator: '=~', value: 'vllm.*' }] })))
      .pods,
  ).toEqual(['vllm-1'])
})
