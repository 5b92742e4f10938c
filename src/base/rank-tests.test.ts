import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hodgesLehmann, hodgesLehmannShift, holm, leastSignFlip, signFlip } from './rank-tests.ts'

test('the smallest p of the sign-flip test is that of the facts', () => {
  for (const [pairs, least] of [
    [3, 0.25],
    [4, 0.125],
    [5, 0.0625],
    [6, 0.03125],
    [8, 0.0078125],
  ] as const) {
    const differences = Array.from({ length: pairs }, (_, index) => 1 + index / 10)
    expect(signFlip(differences)).toBe(least)
    expect(leastSignFlip(pairs)).toBe(least)
  }
})

test('ties and zeros cost what they must', () => {
  expect(signFlip([0, 0, 0])).toBe(1)
  expect(signFlip([1, -1])).toBe(1)
  // Equal sizes: |mean| of 3 of 4 equal signs is reached by 10 of 16 assignments (all equal: 2, three equal: 8).
  expect(signFlip([0.1, 0.1, 0.1, -0.1])).toBe(10 / 16)
  // Scaled by numbers that are not exact in binary: the same.
  expect(signFlip([0.3, 0.3, 0.3, -0.3].map((each) => each * 1.1))).toBe(10 / 16)
  expect(signFlip([])).toBeNaN()
})

test('the sign of all and the unit change nothing; drawn assignments agree with exact ones', () => {
  const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(values, fc.double({ min: 0.5, max: 4, noNaN: true }), (differences, scale) => {
      const p = signFlip(differences)
      expect(signFlip(differences.map((each) => -each))).toBe(p)
      expect(signFlip(differences.map((each) => each * scale))).toBeCloseTo(p, 9)
    }),
    { numRuns: 100 },
  )
  const exact = Array.from({ length: 18 }, (_, index) => Math.sin(index) + 0.3)
  // Zeros change nothing, but make it too many to try them all.
  expect(signFlip([...exact, 0, 0])).toBeCloseTo(signFlip(exact), 2)
})

test('Hodges-Lehmann is the median of means of two, and of differences', () => {
  expect(hodgesLehmann([1, 2, 9])).toBe(3.5)
  expect(hodgesLehmann([1, 2, 3, 1000])).toBe(2.75)
  expect(hodgesLehmannShift([0, 10], [1, 11])).toBe(1)
  expect(hodgesLehmann([])).toBeNaN()
})

test('Holm: the smallest is multiplied by the number of tests, the rest step down and never below', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
  expect(holm([0.5, Number.NaN, 0.01])).toEqual([0.5, Number.NaN, 0.02])
  expect(holm([0.9, 0.8])).toEqual([1, 1])
})
