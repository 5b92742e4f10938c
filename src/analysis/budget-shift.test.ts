import { expect, test } from 'vitest'
import { budgetShift, familyShift } from '#analysis/budget-shift.ts'
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { buildCapture } from '../../tests/support/build-capture.ts'
import { checkoutRoot } from '../../tests/support/checkout.ts'

const rules = loadFamilyRules(`${checkoutRoot}/configs`)

function budgetWith(gapNs: number, gemmNs: number, kind = 'nsys-sqlite') {
  const kernels = Array.from({ length: 30 }, (_, step) => {
    const start = 1e7 + step * (gemmNs + 1e5 + gapNs)
    return [
      { name: 'nvjet_sm100_tst_64x16', start, duration: gemmNs },
      { name: '_gumbel_sample_kernel', start: start + gemmNs, duration: 1e5 },
    ]
  }).flat()
  return buildDecodeBudget([{ capture: buildCapture({ kernels }, { kind }), losses: [] }], rules)
}

test('what shifted: the gap that shrank, first, and parts that sum to the cadence', () => {
  const shift = budgetShift(budgetWith(5e6, 1e6), budgetWith(2e6, 1.2e6))
  const [device] = shift.devices
  expect(device?.parts[0]).toMatchObject({ part: 'hostGapBetweenNs', deltaNs: -3e6 })
  expect(device?.cadence.deltaNs).toBe(-2.8e6)
  expect(device?.parts.reduce((sum, { deltaNs }) => sum + deltaNs, 0)).toBeCloseTo(-2.8e6, 3)
  expect(device?.families[0]).toMatchObject({ deltaNs: 2e5 })
  expect(shift.unmatched).toEqual({ before: [], after: [] })
})

test('a framework-profiler trace against an nsys capture carries a caveat', () => {
  expect(budgetShift(budgetWith(5e6, 1e6), budgetWith(5e6, 1e6, 'kineto')).caveats[0]).toContain('framework profiler')
})

test('families that appear or vanish are shifts, by share of kernel time', () => {
  const before = [{ family: 'gemm', totalNs: 800, count: 8 }, { family: 'norm', totalNs: 200, count: 4 }] // biome-ignore format: short
  const after = [{ family: 'gemm', totalNs: 400, count: 4 }, { family: 'fused', totalNs: 100, count: 2 }] // biome-ignore format: short
  expect(familyShift(before, after).map(({ family, deltaNs }) => [family, deltaNs])).toEqual([
    ['fused', 100],
    ['norm', -200],
    ['gemm', -400],
  ])
})
