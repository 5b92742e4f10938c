import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differenceOfMeans, intervalOf, isEquivalent, meanOfDifferences, pValueOf, withPrior } from './mean-intervals.ts'
import { Random } from './random.ts'
import { detectionPower, equivalencePower, leastCount, settledPower } from './sample-size.ts'

test('the half-width of a paired mean in deviations is that of the facts', () => {
  // Any values: the half-width is a multiple of their own deviation.
  for (const [n, multiple] of [
    [3, 2.48],
    [5, 1.24],
    [6, 1.05],
    [8, 0.84],
    [10, 0.72],
    [20, 0.47],
  ] as const) {
    const values = Array.from({ length: n }, (_, index) => Math.sin(index * 12.9898) * 5)
    const mean = meanOfDifferences(values)
    const interval = intervalOf(mean, 0.05)
    expect(((interval?.high ?? 0) - mean.estimate) / Math.sqrt(mean.variance)).toBeCloseTo(multiple, 2)
  }
})

test('Welch and paired: Student’s sleep data, as R prints them', () => {
  const from = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]
  const to = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
  const welch = differenceOfMeans(from, to)
  expect([welch.df, pValueOf(welch)]).toEqual([expect.closeTo(17.776, 3), expect.closeTo(0.07939, 5)])
  const paired = meanOfDifferences(to.map((each, index) => each - (from[index] ?? 0)))
  expect(pValueOf(paired)).toBeCloseTo(0.002833, 6)
})

test('swapping the sides mirrors the interval; a value alone borrows the other side’s variance; two alone know nothing', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(values, values, (from, to) => {
      const [there, back] = [differenceOfMeans(from, to), differenceOfMeans(to, from)]
      expect(back.estimate).toBeCloseTo(-there.estimate, 9)
      expect(back.standardError).toBeCloseTo(there.standardError, 9)
      expect(back.df).toBeCloseTo(there.df, 9)
    }),
  )
  expect(intervalOf(differenceOfMeans([1], [1.1]), 0.05)).toBeUndefined()
  expect(pValueOf(differenceOfMeans([1], [1.1]))).toBeNaN()
  expect(differenceOfMeans([1, 1.2, 1.1], [1.5]).df).toBe(2)
  expect(pValueOf(differenceOfMeans([1, 1], [1, 1]))).toBe(1)
  expect(pValueOf(differenceOfMeans([1, 1], [2, 2]))).toBe(0)
})

test('a prior is pooled by its worth, and set aside where the values surely vary more', () => {
  expect(withPrior({ variance: 4, df: 2 }, { variance: 1, df: 10 })).toEqual({ variance: 1.5, df: 12, prior: 'used' })
  expect(withPrior({ variance: 100, df: 2 }, { variance: 1, df: 10 }).prior).toBe('set-aside')
  expect(differenceOfMeans([1], [1.1], { variance: 0.01, df: 8 })).toMatchObject({ df: 8, prior: 'used' })
})

test('pairs for 80 % power and to prove equivalence are those of the facts', () => {
  const detect = (deviation: number, effect: number) => leastCount((n) => detectionPower(effect, deviation, n, 0.1), 0.8)
  for (const [deviation, counts] of [
    [1, [8, 4, 3]],
    [1.5, [16, 6, 4]],
    [2, [27, 8, 5]],
    [3, [58, 16, 8]],
  ] as const)
    expect(counts.map((_, index) => detect(deviation, index + 1))).toEqual(counts)
  const equal = (deviation: number) => leastCount((n) => equivalencePower(3, 0, deviation, n, 0.05), 0.8, 3)
  expect([0.5, 1, 1.5, 2, 3].map(equal)).toEqual([3, 3, 4, 6, 11])
})

test('the chance to settle a question is the frequency in simulated pairs, where both answers could hold at once too', () => {
  const random = new Random(7)
  const draws = 4000
  for (const { floor, margin, effect, n } of [
    { floor: 1, margin: 1, effect: 0, n: 8 },
    { floor: 0.1, margin: 1.5, effect: 0.5, n: 6 },
    { floor: 0.1, margin: 1.5, effect: -1.2, n: 12 },
    { floor: 2, margin: 2, effect: 3, n: 5 },
  ]) {
    let settled = 0
    for (let draw = 0; draw < draws; draw++) {
      const found = meanOfDifferences(Array.from({ length: n }, () => effect + random.normal()))
      const { low = 0, high = 0 } = intervalOf(found, 0.05) ?? {}
      const isBeyond = (low > 0 || high < 0) && Math.abs(found.estimate) > floor
      if (isBeyond || isEquivalent(found, margin, 0.05)) settled += 1
    }
    const chance = settledPower({ floor, margin }, effect, 1, n, 0.05)
    expect(Math.abs(settled / draws - chance), JSON.stringify({ floor, margin, effect, n })).toBeLessThan(4 * Math.sqrt(0.25 / draws))
  }
})
