import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gapsWithin, IntervalUnion, intersectionLength, totalLength, unionOfIntervals, unionOfSets } from '#base/intervals.ts'

const interval = fc.tuple(fc.nat(60), fc.nat(10)).map(([start, length]) => [start, start + length] as const)
const intervals = fc.array(interval, { maxLength: 12 })
const setOf = (pairs: readonly (readonly [number, number])[]) =>
  unionOfIntervals(
    pairs.map(([start]) => start),
    pairs.map(([, end]) => end),
  )
const covered = (pairs: readonly (readonly [number, number])[], at: number) => pairs.some(([start, end]) => start <= at && at < end)
const countWhere = (predicate: (at: number) => boolean) => Array.from({ length: 80 }, (_, at) => at).filter(predicate).length

test('union, intersection and gaps agree with counting unit cells', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      expect(totalLength(setOf(a))).toBe(countWhere((at) => covered(a, at)))
      expect(totalLength(unionOfSets([setOf(a), setOf(b)]))).toBe(countWhere((at) => covered(a, at) || covered(b, at)))
      expect(intersectionLength(setOf(a), setOf(b))).toBe(countWhere((at) => covered(a, at) && covered(b, at)))
      expect(totalLength(gapsWithin(setOf(a), 5, 75))).toBe(countWhere((at) => at >= 5 && at < 75 && !covered(a, at)))
    }),
  )
})

test('touching intervals merge and empty ones vanish', () => {
  const set = setOf([
    [0, 2],
    [2, 4],
    [7, 7],
  ])
  expect([...set.starts]).toEqual([0])
  expect([...set.ends]).toEqual([4])
})

test('out-of-order input is a bug, not a wrong answer', () => {
  const union = new IntervalUnion()
  union.add(5, 9)
  expect(() => union.add(2, 6)).toThrow('out of order')
})
