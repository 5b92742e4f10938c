import { expect, test } from 'vitest'
import { attributeByCounters, type Totals } from './by-counters.ts'
import { attributeByTime } from './by-time.ts'
import type { LaunchPrice, PricedKernel } from './priced-kernels.ts'

const kernel = (category: string, launches: number, timeNs: number, price?: LaunchPrice): PricedKernel => ({
  category,
  launches,
  timeNs,
  ...(price === undefined ? {} : { price }),
})

/** Two devices traced for a tenth of the window; the norm has no counters. */
const gemm: LaunchPrice = { bytes: 5e8, bytesError: 0, flops: 1e9, computeS: 2e-5 }
const kernelsWith = (price: LaunchPrice): PricedKernel[] => [
  kernel('cuBLAS', 2000, 4e8, price),
  kernel('FMHA', 1000, 1e8, { bytes: 8e7, bytesError: 0 }),
  kernel('Elementwise', 1000, 1e8),
]
const launches = { kernels: kernelsWith(gemm), copies: [], devices: 2 }
const scaling = { factor: 10, from: '10', isByTime: false }
// (2000 x 5e8 + 1000 x 8e7) / 2 devices x 8 GPUs x 10.
const attributed = (2000 * 5e8 + 1000 * 8e7) * 40
const totals = (bytes: number): Totals => ({ bytes, gpus: 8, edgeRatio: 0.01, memoryBytesPerS: 8e12, memoryKey: 'hbm3e_tbps' })

test('bytes per launch times launches, scaled; the residual is a row, and all rows are the total', () => {
  const { categories, attribution } = attributeByCounters(launches, scaling, totals(attributed * 1.05))
  expect(attribution).toMatchObject({ state: 'reconciled', attributed_bytes_total: attributed })
  expect(attribution.residual_pct).toBeCloseTo((0.05 / 1.05) * 100, 9)
  expect(categories.reduce((sum, { attributed_bytes_total: bytes }) => sum + (bytes ?? 0), 0)).toBeCloseTo(attributed * 1.05, -3)
  expect(categories.at(-1)?.category).toBe('unattributed')
})

test('trap E2: categories differ in bandwidth, as their counters do; what has no counters has none', () => {
  const { categories } = attributeByCounters(launches, scaling, totals(attributed))
  const by = new Map(categories.map((row) => [row.category, row]))
  expect(by.get('cuBLAS')).toMatchObject({
    effective_bw_during_category_window: 2.5e12,
    sol_pct_bw: 31.25,
    covered_pct: 100,
    bound: 'bandwidth',
  })
  process.stdout.write(`figure: HBM by category ${['cuBLAS', 'FMHA'].map((name) => `${name} ${by.get(name)?.sol_pct_bw} %`).join(', ')}\n`)
  expect(by.get('cuBLAS')?.sol_pct_compute).toBeCloseTo(10, 9)
  expect(by.get('FMHA')).toMatchObject({ effective_bw_during_category_window: 8e11, sol_pct_bw: 10, sol_pct_compute: null, bound: null })
  expect(by.get('Elementwise')).toMatchObject({ attributed_bytes_total: null, sol_pct_bw: null, covered_pct: 0 })
})

test('trap E2: shares of time distribute the total and give no bandwidth and no %SoL', () => {
  const { categories, attribution } = attributeByTime(
    [
      { category: 'MoE', ratio: 0.7 },
      { category: 'NCCL', ratio: 0.3 },
    ],
    'GPU samples',
    1e12,
  )
  expect(attribution).toMatchObject({
    basis: 'time-share',
    state: 'cannot-rank',
    notes: expect.arrayContaining([expect.stringMatching(/no observation could contradict/)]),
  })
  for (const row of categories) expect(row).toMatchObject({ sol_pct_bw: null, effective_bw_during_category_window: null, bound: null })
  expect(categories.map(({ attributed_bytes_total: bytes }) => bytes)).toEqual([7e11, 3e11])
})

test('a total that the parts miss, or exceed, is not reconciled; copies count their accesses', () => {
  expect(attributeByCounters(launches, scaling, totals(attributed * 1.5)).attribution.state).toBe('not-reconciled')
  const over = attributeByCounters(launches, scaling, totals(attributed * 0.5)).attribution
  expect(over).toMatchObject({
    state: 'not-reconciled',
    notes: expect.arrayContaining([expect.stringMatching(/more was attributed than was measured/)]),
  })
  expect(over.residual_bytes).toBeLessThan(0)
  const copies = [
    {
      operation: 'memcpy' as const,
      direction: 'device-to-device' as const,
      count: 1,
      totalNs: 1,
      minNs: 1,
      medianNs: 1,
      maxNs: 1,
      bytes: 1e9,
    },
  ]
  const row = attributeByCounters({ ...launches, copies }, scaling, totals(attributed)).categories.find(
    ({ category }) => category === 'copies and memsets',
  )
  expect(row?.attributed_bytes_total).toBe(2e9 * 40)
})

test('launches that vary widen the tolerance', () => {
  const vague = { ...launches, kernels: kernelsWith({ ...gemm, bytesError: 1e8 }) }
  expect(attributeByCounters(vague, scaling, totals(attributed * 1.2)).attribution).toMatchObject({ state: 'reconciled' })
})

test('counters of other kernels reconcile nothing', () => {
  const { attribution } = attributeByCounters({ ...launches, kernels: [kernel('cuBLAS', 1, 1)] }, scaling, totals(1e15))
  expect(attribution).toMatchObject({
    state: 'unknown',
    notes: expect.arrayContaining([expect.stringMatching(/reports of other kernels/)]),
  })
})
