import { expect, test } from 'vitest'
import type { KernelPart } from '#analysis/joins/kernel-part.ts'
import type { LaunchWork } from '#analysis/kernel-counters/work.ts'
import { roofsOf } from '#analysis/roofline/roofs.ts'
import { commandContext } from '#commands/framework/context.ts'
import { loadShippedCeilings } from '#pipeline/ceilings.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { checkoutRoot } from '../../../../tests/support/checkout.ts'
import { HIDDEN, pricedKernels } from './priced-kernels.ts'

const { configRoot } = commandContext({ cwd: checkoutRoot, env: {} })
const rules = loadFamilyRules(configRoot)
const roofs = roofsOf(loadShippedCeilings(configRoot).ceilings.hardware.get('h100_sxm5'))
const part = (name: string, x: number, rows = 10): KernelPart => ({
  name,
  shortName: name,
  shape: { grid: [x, 1, 1], block: [128, 1, 1] },
  family: 'unknown',
  rows,
  timeNs: rows * 1000,
})
/** 2 us at 1 MB: half a TB/s; 1 GFLOP of FP32 of the scalar pipe. */
const work = (bytes: number): LaunchWork => ({
  durationNs: 2000,
  dram: { totalBytes: bytes, isLowerBound: false },
  flops: {
    state: 'known',
    total: 1e9,
    most: 1e9,
    types: [{ pipe: 'scalar', type: 'fp32', elements: ['fp32'], flops: 1e9, mostFlops: 1e9 }],
  },
})
const side = (parts: readonly KernelPart[], hidden = { rows: 0, timeNs: 0 }) => ({ parts, counts: 'launches' as const, hidden })

test('the price of a launch is the mean over counted launches of its kernel at its shape, with its error', () => {
  const counted = [
    { part: part('rms_norm_kernel', 4), works: [work(1e6), work(3e6)] },
    { part: part('rms_norm_kernel', 8), works: [work(100e6)] },
  ]
  const [priced, other] = pricedKernels(side([part('rms_norm_kernel', 4), part('rms_norm_kernel', 16)]), counted, roofs, rules)
  expect(priced).toMatchObject({ launches: 10, timeNs: 10_000, price: { bytes: 2e6, flops: 1e9 } })
  // Deviation 1.414e6 of two launches over the root of 2.
  expect(priced?.price?.bytesError).toBeCloseTo(1e6, 3)
  // 1 GFLOP at 67 TFLOP/s.
  expect(priced?.price?.computeS).toBeCloseTo(1e9 / 67e12, 9)
  // A shape that was not counted has no price: its bytes are not those of another grid.
  expect(other?.price).toBeUndefined()
})

test('another kernel has no price, and graphs without kernel rows are a row of their own', () => {
  const priced = pricedKernels(
    side([part('one_kernel', 4)], { rows: 3, timeNs: 7 }),
    [{ part: part('another', 4), works: [work(1)] }],
    roofs,
    rules,
  )
  expect(priced).toEqual([
    { category: 'Other', launches: 10, timeNs: 10_000 },
    { category: HIDDEN, launches: 3, timeNs: 7 },
  ])
})
