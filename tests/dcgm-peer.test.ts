/** What the public peer's tool gets wrong, with the right answer; its own files load. facts/ceilings.md section 4, facts/dcgm.md. */
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { correlate } from '../src/analysis/dcgm/correlate.ts'
import { correlateFrozen } from '../src/analysis/dcgm/frozen-import.ts'
import { commandContext } from '../src/commands/framework/context.ts'
import type { DcgmCorrelation } from '../src/formats/dcgm-correlation.ts'
import { type DcgmMeasurement, dcgmMeasurementSchema } from '../src/formats/dcgm-measurement.ts'
import { loadCeilings, loadDeviceNames, loadShippedCeilings } from '../src/pipeline/ceilings.ts'
import { parseDcgmFrozen } from '../src/pipeline/dcgm-frozen.ts'
import { checkoutRoot } from './support/checkout.ts'
import { askInProcess } from './support/in-process.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

const { configRoot } = commandContext({ cwd: checkoutRoot, env: {} })
const shared = {
  ceilings: loadShippedCeilings(configRoot).ceilings,
  names: loadDeviceNames(configRoot),
  provenance: { from: 'frozen' as const },
  sources: [],
}

interface Row {
  readonly quantity: string
  readonly metric: string
  readonly kind?: 'ratio' | 'rate' | 'point'
  readonly unit?: string
  /** One per GPU. */
  readonly means: readonly number[]
}

function measurementOf(rows: readonly Row[], hosts = 1, more: Partial<DcgmMeasurement> = {}): DcgmMeasurement {
  const gpus = rows[0]?.means.length ?? 0
  const board = (at: number) => ({
    id: `GPU-${at}`,
    uuid: `GPU-${at}`,
    host: `node-${Math.floor((at * hosts) / gpus)}`,
    index: String(at % (gpus / hosts)),
    model: 'NVIDIA H100 80GB HBM3',
  })
  return dcgmMeasurementSchema.parse({
    schema: 'dcgm-measurement/1',
    window: { start_utc: '2026-01-01T10:00:00Z', end_utc: '2026-01-01T10:10:00Z', duration_s: 600, chosen_by: 'given' },
    cadence: { scrape_interval_s: 15, collect_interval_s: 30, collect_interval_from: 'repeats', intervals_in_window: 20 },
    selector: '',
    gpus: Array.from({ length: gpus }, (_, at) => board(at)),
    instances: [],
    pods: [],
    quantities: rows.map(({ quantity, metric, kind = 'ratio', unit = 'ratio', means }) => ({
      quantity,
      unit,
      kind,
      group: 'prof',
      metrics: [metric],
      gpus: means.map((mean, at) => ({ gpu: `GPU-${at}`, mean, min: mean, max: mean, coverage: 1, samples: 40 })),
    })),
    throttling: [],
    unavailable: [],
    queries: [],
    findings: [],
    ...more,
  })
}

const of = (rows: readonly Row[], more: Partial<Parameters<typeof correlate>[1]> = {}) =>
  correlate(measurementOf(rows), { ...shared, ...more })
/** Told by `npm run prove`. */
const figure = (text: string): void => void process.stdout.write(`figure: ${text}\n`)
const shown = (value: number | null | undefined): string => (value == null ? 'none' : `${value.toFixed(2)} %`)
const row = ({ resources }: DcgmCorrelation, resource: string, direction?: string) =>
  resources.find((each) => each.resource === resource && each.direction === direction)
const rate = (quantity: string, metric: string, mean: number): Row => ({ quantity, metric, kind: 'rate', unit: 'B/s', means: [mean] })

const frozenWith = (resources: readonly object[], more: object = {}) =>
  correlateFrozen(
    parseDcgmFrozen(
      stringify({
        hw_key: 'b200_sm100',
        n_gpus: 8,
        sweep_start_utc: '2026-01-01T00:00:00Z',
        sweep_end_utc: '2026-01-01T00:23:00Z',
        nodes: ['a'],
        resources,
        ...more,
      }),
      'x',
    ),
    shared,
  )

test('trap E1: PCIe at 30 GB/s both ways of 126 GB/s is 23.8 %, not a thousandth of it', () => {
  const found = of([rate('pcie-transmit', 'DCGM_FI_PROF_PCIE_TX_BYTES', 15e9), rate('pcie-receive', 'DCGM_FI_PROF_PCIE_RX_BYTES', 15e9)])
  figure(`30 GB/s of PCIe is ${shown(row(found, 'pcie', 'both')?.sol_pct)} of both directions`)
  expect(row(found, 'pcie', 'both')?.sol_pct).toBeCloseTo((30 / 126.04) * 100, 6)
  expect(row(found, 'pcie', 'transmit')?.sol_pct).toBeCloseTo((15 / 63.02) * 100, 6)
})

test('trap E1: against the peer’s own ceiling of 128 GB/s it is 23.4 %', (context) => {
  const [path] = listShared('peer-configs').filter((each) => each.includes('sol-ceilings'))
  if (path === undefined) return context.skip(sharedDataAbsent)
  const rows = [rate('pcie-transmit', 'DCGM_FI_PROF_PCIE_TX_BYTES', 15e9), rate('pcie-receive', 'DCGM_FI_PROF_PCIE_RX_BYTES', 15e9)]
  const measurement = measurementOf(rows)
  const b200 = { ...measurement, gpus: measurement.gpus.map((gpu) => ({ ...gpu, model: 'NVIDIA B200' })) }
  const found = correlate(b200, { ...shared, ceilings: loadCeilings(path).ceilings })
  expect(row(found, 'pcie', 'both')?.sol_pct).toBeCloseTo(23.4375, 6)
  // It has no peak of one direction: then there is no %SoL of one, not half of the sum.
  expect(row(found, 'pcie', 'transmit')?.sol_pct).toBeNull()
})

test('trap E3: sixteen GPUs on two nodes are sixteen, with both nodes', () => {
  const found = correlate(
    measurementOf(
      [{ quantity: 'dram-active', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', means: Array.from({ length: 16 }, (_, at) => 0.1 + at / 100) }],
      2,
    ),
    shared,
  )
  figure(`${found.n_gpus} GPUs on ${found.nodes.length} nodes`)
  expect([found.n_gpus, found.nodes]).toEqual([16, ['node-0', 'node-1']])
  expect(row(found, 'hbm')).toMatchObject({ n_gpus: 16, measured_min: 0.1, measured_max: 0.25 })
  expect(row(found, 'hbm')?.measured_avg).toBeCloseTo(0.175, 12)
})

test('trap E3: a frozen mean `by (gpu)` over two nodes is said to merge them', () => {
  const promql = 'avg by (gpu) (DCGM_FI_PROF_DRAM_ACTIVE)'
  const resources = [{ peak_key: 'hbm3e_tbps', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', unit: 'ratio', measured_avg: 0.2, promql }]
  expect(frozenWith(resources, { nodes: ['a', 'b'] }).findings.map(({ code }) => code)).toContain('nodes-merged')
})

test('trap E4: rate() of a field that is per second is kept and not used', () => {
  const resources = [
    {
      peak_key: 'nvlink5_tbps',
      metric: 'sum(DCGM_FI_PROF_NVLINK_TX_BYTES, DCGM_FI_PROF_NVLINK_RX_BYTES)',
      unit: 'bytes_per_s',
      measured_avg: 4e8,
      promql: 'sum by (gpu) (rate(DCGM_FI_PROF_NVLINK_TX_BYTES[1m]))',
    },
  ]
  expect(frozenWith(resources).resources).toMatchObject([
    { standing: 'not-usable', sol_pct: null, measured_avg: 4e8, notes: [expect.stringMatching(/slope of a rate/)] },
  ])
})

test('trap E6: memory in use is no bandwidth', () => {
  const resources = [
    { peak_key: 'hbm3e_tbps', metric: 'DCGM_FI_DEV_FB_USED', unit: 'ratio', measured_avg: 0.9, promql: 'avg(DCGM_FI_DEV_FB_USED)' },
  ]
  expect(frozenWith(resources).resources).toMatchObject([
    { standing: 'not-usable', sol_pct: null, notes: [expect.stringMatching(/allocated memory/)] },
  ])
})

test('trap E7: NVLINK_BANDWIDTH_TOTAL stands against the sum of both directions, as a fallback', () => {
  const found = of([rate('nvlink-both-directions', 'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 197_266 * 1_024_000)])
  expect(found.resources).toMatchObject([
    { resource: 'nvlink', direction: 'both', is_fallback: true, is_headline: true, peak_key: 'nvlink4_tbps' },
  ])
  expect(row(found, 'nvlink', 'both')?.sol_pct).toBeCloseTo((197_266 * 1_024_000 * 100) / 0.9e12, 9)
})

test('trap E8: NVLink that is not exported has no row, and no figure of 0 %', () => {
  const found = of([{ quantity: 'dram-active', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', means: [0.3] }])
  expect(found.resources.map(({ resource }) => resource)).toEqual(['hbm'])
})

test('trap E10: an H100 gets answers, whether the series name it or the peer’s key does', () => {
  const rows: Row[] = [{ quantity: 'dram-active', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', means: [0.4] }]
  expect(of(rows)).toMatchObject({ hw_key: 'h100_sxm', hardware: { key: 'h100_sxm5', matched_by: 'device-name' } })
  expect(row(of(rows, { hwKey: 'h100_sxm' }), 'hbm')?.sol_pct).toBeCloseTo(40, 9)
  figure(`H100: HBM ${shown(row(of(rows), 'hbm')?.sol_pct)}`)
  expect(row(of(rows), 'hbm')?.measured_bytes_per_s).toBeCloseTo(0.4 * 3.352e12, -3)
})

test('a key of other hardware than the series name is refused', () => {
  expect(() => of([{ quantity: 'dram-active', metric: 'DCGM_FI_PROF_DRAM_ACTIVE', means: [0.4] }], { hwKey: 'b200_sm100' })).toThrow(
    /another part/,
  )
})

test('trap E11: the FP16 pipe is no BF16 tensor work, the FP32 pipe no TF32', () => {
  for (const [peak_key, metric] of [
    ['bf16_dense_pflops', 'DCGM_FI_PROF_PIPE_FP16_ACTIVE'],
    ['fp32_tc_tflops', 'DCGM_FI_PROF_PIPE_FP32_ACTIVE'],
  ]) {
    const found = frozenWith([{ peak_key, metric, unit: 'ratio', measured_avg: 0.4, promql: `avg(${metric})` }])
    expect(found.resources).toMatchObject([{ standing: 'not-usable', sol_pct: null, measured_tflops_avg: null }])
  }
})

test('trap E12: one tensor reading under two peaks is one row without a type', () => {
  const metric = 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'
  const found = frozenWith(
    ['nvfp4_dense_pflops', 'fp8_dense_pflops'].map((peak_key) => ({
      peak_key,
      metric,
      unit: 'ratio',
      measured_avg: 0.3,
      promql: `avg(${metric})`,
    })),
  )
  expect(found.resources).toMatchObject([{ resource: 'tensor-pipe', standing: 'measured', sol_pct: null }])
  expect(found.findings.map(({ code }) => code)).toContain('one-reading-two-peaks')
  expect(found.tensor_bounds.map(({ dtype }) => dtype)).toEqual(expect.arrayContaining(['fp4', 'fp8']))
})

test('tensor activity with a declared type is an upper bound at the measured clock, and may exceed 100 % with the reason', () => {
  const rows: Row[] = [
    { quantity: 'tensor-active', metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', means: [0.98] },
    { quantity: 'sm-clock', metric: 'DCGM_FI_DEV_SM_CLOCK', kind: 'point', unit: 'Hz', means: [1.98e9] },
  ]
  const tensor = row(of(rows, { dtype: 'fp8' }), 'tensor-pipe')
  // 132 SMs x 8192 FLOP x 1.98 GHz x 0.98, against 1978.9 TFLOP/s at 1.83 GHz.
  expect(tensor?.measured_tflops_avg).toBeCloseTo((132 * 8192 * 1.98e9 * 0.98) / 1e12, 6)
  expect(tensor?.sol_pct).toBeGreaterThan(100)
  expect(tensor).toMatchObject({
    standing: 'upper-bound',
    notes: expect.arrayContaining([expect.stringMatching(/above 100 %: the SM clock/)]),
  })
})

test('FP32 and FP64 work of tensor pipes stands against TF32 and FP64 tensor peaks, never against those of the vector pipes', () => {
  const rows: Row[] = [{ quantity: 'tensor-active', metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', means: [0.2] }]
  expect(row(of(rows, { dtype: 'fp32' }), 'tensor-pipe')?.peak_key).toBe('tf32_dense_pflops')
  expect(row(of(rows, { dtype: 'FP64' }), 'tensor-pipe')?.peak_key).toBe('fp64_tc_tflops')
  expect(row(of(rows, { dtype: 'nonsense' }), 'tensor-pipe')).toMatchObject({
    sol_pct: null,
    notes: [expect.stringMatching(/no dense nonsense peak/)],
  })
})

test('trap E27: tensor work on GB300 stands against 15 PFLOP/s of dense NVFP4', () => {
  const rows: Row[] = [{ quantity: 'tensor-active', metric: 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', means: [0.2] }]
  const measurement = measurementOf(rows)
  const found = correlate(
    { ...measurement, gpus: measurement.gpus.map((gpu) => ({ ...gpu, model: 'NVIDIA GB300' })) },
    { ...shared, dtype: 'nvfp4' },
  )
  expect(row(found, 'tensor-pipe')).toMatchObject({ peak_key: 'nvfp4_dense_pflops', peak_per_gpu: 15 })
})

test('trap E28: one direction at its peak is 100 %, and the headline is the busier one', () => {
  const found = of([
    rate('nvlink-transmit', 'DCGM_FI_PROF_NVLINK_TX_BYTES', 450e9),
    rate('nvlink-receive', 'DCGM_FI_PROF_NVLINK_RX_BYTES', 90e9),
  ])
  expect(row(found, 'nvlink', 'transmit')).toMatchObject({ sol_pct: 100, is_headline: true })
  expect(row(found, 'nvlink', 'receive')).toMatchObject({ sol_pct: 20, is_headline: false })
  expect(row(found, 'nvlink', 'both')?.sol_pct).toBeCloseTo(60, 9)
})

test('a value above its peak is kept and explained', () => {
  const found = of([rate('nvlink-transmit', 'DCGM_FI_PROF_NVLINK_TX_BYTES', 480e9)])
  expect(row(found, 'nvlink', 'transmit')?.sol_pct).toBeCloseTo(106.67, 1)
  expect(row(found, 'nvlink', 'transmit')?.notes.join()).toMatch(/above the peak: headers may be counted/)
})

test('the peer’s frozen file and ceilings load, and what its PromQL cannot mean is marked', async (context) => {
  const files = listShared('peer-configs')
  const frozen = files.find((each) => each.includes('dcgm-frozen'))
  const ceilings = files.find((each) => each.includes('sol-ceilings'))
  if (frozen === undefined || ceilings === undefined) return context.skip(sharedDataAbsent)
  const ask = async (...args: string[]) =>
    ((await askInProcess(['dcgm', 'correlate', '--frozen-yaml', frozen, ...args, '--json'])) as { correlation: DcgmCorrelation })
      .correlation
  const ours = await ask()
  expect(ours).toMatchObject({ hw_key: 'b200_sm100', n_gpus: 8, duration_s: 1380, power_watts_per_gpu: 850, nodes: ['example-node-001'] })
  expect(row(ours, 'hbm')).toMatchObject({ sol_pct: 15.5, peak_per_gpu: 7.672 })
  expect(row(ours, 'tensor-pipe')).toMatchObject({ standing: 'upper-bound', peak_key: 'nvfp4_dense_pflops' })
  expect(ours.resources.find(({ standing }) => standing === 'not-usable')?.peak_key).toBe('nvlink5_tbps')
  const theirs = await ask('--table', ceilings)
  expect(row(theirs, 'hbm')).toMatchObject({ sol_pct: 15.5, peak_per_gpu: 8, peak_aggregate: 64 })
  expect(row(theirs, 'hbm')?.measured_bytes_per_s).toBeCloseTo(0.155 * 8e12, -3)
})

test('what this program writes is the field’s YAML: the peer’s required keys are there', async () => {
  const { frozen } = (await askInProcess([
    'dcgm',
    'freeze',
    '--responses',
    'examples/dcgm/responses',
    '--bench',
    'examples/dcgm/inference_perfbench_v1.json',
    '--json',
  ])) as { frozen: Record<string, unknown> }
  const read = parse(stringify(frozen)) as Record<string, unknown>
  for (const key of ['hw_key', 'n_gpus', 'sweep_start_utc', 'sweep_end_utc', 'resources', 'nodes']) expect(read).toHaveProperty(key)
})
