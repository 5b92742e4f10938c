import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  interquartileRange,
  median,
  medianAbsoluteDeviation,
  medianInPlace,
  percentile,
  percentilesInPlace,
  sampleStandardDeviation,
} from '#base/statistics.ts'

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 })
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)
const at = (values: readonly number[], index: number) => values[index] ?? Number.NaN

test('median and percentile agree with a full sort', () => {
  fc.assert(
    fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, ratio) => {
      const s = sorted(values)
      const half = s.length >>> 1
      expect(median(values)).toBe(s.length % 2 === 1 ? at(s, half) : (at(s, half - 1) + at(s, half)) / 2)
      const position = ratio * (s.length - 1)
      const low = Math.floor(position)
      const expected = at(s, low) + (at(s, Math.min(low + 1, s.length - 1)) - at(s, low)) * (position - low)
      expect(percentile(values, ratio)).toBeCloseTo(expected, 9)
    }),
  )
})

test('percentiles found one behind the other are those found each alone', () => {
  const ratios = [0, 0.5, 0.5, 0.9, 0.95, 0.99, 1]
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { maxLength: 200 }), (values) => {
      expect(percentilesInPlace(new Float64Array(values), ratios)).toEqual(ratios.map((ratio) => percentile(values, ratio)))
    }),
  )
})

test('an even count may end in one half, exactly', () => {
  expect(median([3, 4])).toBe(3.5)
  expect(median([2 ** 52, 2 ** 52 + 1])).toBe(2 ** 52 + 0.5)
})

test('a range is judged alone', () => {
  const values = Uint32Array.from([900, 5, 1, 3, 900])
  expect(medianInPlace(values, 1, 4)).toBe(3)
  expect(values[0]).toBe(900)
  expect(values[4]).toBe(900)
})

test('deviations as the field defines them', () => {
  expect(sampleStandardDeviation(Float64Array.from([2, 4, 4, 4, 5, 5, 7, 9]))).toBeCloseTo(2.138089935, 8)
  expect(sampleStandardDeviation(Float64Array.from([7]))).toBe(0)
  expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1)
  expect(interquartileRange([1, 2, 3, 4])).toBe(1.5)
  expect(median([])).toBeNaN()
})
