import { expect, test } from 'vitest'
import { chiSquareQuantile, fisherUpper, normalCdf, studentCritical, studentTwoSided } from './distributions.ts'

test('quantiles of printed tables', () => {
  const table: readonly (readonly [number, number, number])[] = [
    [0.05, 1, 12.7062],
    [0.05, 2, 4.30265],
    [0.05, 4, 2.77645],
    [0.1, 5, 2.01505],
    [0.01, 14, 2.97684],
    [0.05, Number.POSITIVE_INFINITY, 1.959964],
  ]
  for (const [alpha, df, t] of table) {
    expect(studentCritical(alpha, df)).toBeCloseTo(t, 4)
    expect(studentTwoSided(t, df)).toBeCloseTo(alpha, 5)
  }
  expect(normalCdf(-1.959963985)).toBeCloseTo(0.025, 8)
  expect(normalCdf(0)).toBe(0.5)
  expect(chiSquareQuantile(0.1, 5)).toBeCloseTo(1.61031, 4)
  expect(chiSquareQuantile(0.95, 10)).toBeCloseTo(18.307, 3)
  expect(fisherUpper(4.7571, 3, 6)).toBeCloseTo(0.05, 4)
})

test('beyond the distribution there is no number', () => {
  expect(studentCritical(0.05, 0)).toBeNaN()
  expect(studentTwoSided(2, 0)).toBeNaN()
  expect(studentTwoSided(Number.POSITIVE_INFINITY, 3)).toBe(0)
})
