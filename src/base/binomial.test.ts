import { expect, test } from 'vitest'
import { binomialInterval } from './binomial.ts'

test('Wilson intervals within 0 and 1 for no hit and all hits', () => {
  const of = (hits: number, total: number) => {
    const { lowRatio, highRatio } = binomialInterval(hits, total)
    return [lowRatio, highRatio].map((ratio) => Math.round(ratio * 10_000) / 10_000)
  }
  expect(of(37, 300)).toEqual([0.0908, 0.1654])
  expect(of(5, 10)).toEqual([0.2366, 0.7634])
  expect(of(0, 20)).toEqual([0, 0.1611])
  expect(of(20, 20)).toEqual([0.8389, 1])
  expect(of(0, 0)).toEqual([Number.NaN, Number.NaN])
})
