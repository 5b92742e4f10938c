import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LagHistogram } from './lag-histogram.ts'

test('a percentile is never below the true one and at most 3.2 % and one unit above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2_000_000_000), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0, 0.5, 0.9, 0.99, 1),
      (values, ratio) => {
        const histogram = new LagHistogram()
        for (const value of values) histogram.add(value)
        const sorted = [...values].sort((a, b) => a - b)
        const truth = sorted[Math.floor(ratio * (values.length - 1))] ?? Number.NaN
        const got = histogram.percentile(ratio)
        expect(got).toBeGreaterThanOrEqual(Math.min(truth, sorted.at(-1) ?? 0))
        expect(got).toBeLessThanOrEqual(truth * (1 + 1 / 32) + 100)
      },
    ),
    { numRuns: 500 },
  )
})

test('merged histograms are the histogram of all values', () => {
  const [all, left, right] = [new LagHistogram(), new LagHistogram(), new LagHistogram()]
  for (let value = 0; value < 10_000; value += 7) {
    all.add(value * 1000)
    ;(value % 2 === 0 ? left : right).add(value * 1000)
  }
  left.merge(right.snapshot())
  expect(left.summary()).toEqual(all.summary())
  expect(new LagHistogram().summary()).toBeUndefined()
})

test('a value of weight n is n values to mean and percentiles, and one to the count', () => {
  const [weighted, repeated] = [new LagHistogram(), new LagHistogram()]
  for (let value = 1; value < 300; value++) {
    const weight = 1 + (value % 7)
    weighted.add(value * 1e4, weight)
    for (let copy = 0; copy < weight; copy++) repeated.add(value * 1e4)
  }
  const merged = new LagHistogram()
  merged.merge(weighted.snapshot())
  expect({ ...merged.summary(), count: 0 }).toEqual({ ...repeated.summary(), count: 0 })
  expect(merged.count).toBe(299)
})
