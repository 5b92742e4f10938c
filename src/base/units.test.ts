import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration, formatRatio } from '#base/units.ts'

test('durations in the unit that a person would choose', () => {
  const pairs: [number | undefined, string][] = [
    [0, '0 ns'],
    [999, '999 ns'],
    [999.6, '1.00 us'],
    [1_710_000, '1.71 ms'],
    [13_100_000, '13.1 ms'],
    [999_900_000, '1.00 s'],
    [3_600_000_000_000, '3600 s'],
    [-1500, '-1.50 us'],
    [undefined, 'unknown'],
    [Number.NaN, 'unknown'],
  ]
  for (const [durationNs, text] of pairs) expect(formatDuration(durationNs)).toBe(text)
})

test('a share that is not zero never prints as zero', () => {
  expect([0.123, 1, 0, 0.0004, -0.0004, undefined].map(formatRatio)).toEqual(['12.3 %', '100.0 %', '0.0 %', '<0.1 %', '>-0.1 %', 'unknown'])
})

test('bytes and counts', () => {
  expect([4_811_026_432, 512, undefined].map(formatBytes)).toEqual(['4.81 GB', '512 B', 'unknown'])
  expect([1_234_567, 42, undefined].map(formatCount)).toEqual(['1 234 567', '42', 'unknown'])
})
