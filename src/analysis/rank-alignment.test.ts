import { expect, test } from 'vitest'
import { alignedDurations, shiftBetween } from '#analysis/rank-alignment.ts'

/** Ends of collectives whose distances vary as decode steps do. */
const ends = Array.from({ length: 300 }, (_, k) => 4_000_000 * k + Math.round(300_000 * Math.sin(k * k)))
const clock = (offset: number, list: readonly number[]) => list.map((end, k) => end + offset + ((k * 37) % 11) * 100)

test('ranks whose traces begin and end at different collectives, on clocks milliseconds apart', () => {
  expect(shiftBetween(ends, clock(7_000_000, ends.slice(90)))).toBe(90)
  expect(shiftBetween(ends.slice(40), clock(-3_000_000, ends))).toBe(-40)
  // Equally many on both sides is no proof that the k-th is the k-th.
  expect(shiftBetween(ends.slice(0, 250), clock(5_000_000, ends.slice(3, 253)))).toBe(3)
})

test('what fits at any shift is not matched, unless both recorded equally many', () => {
  const even = Array.from({ length: 100 }, (_, k) => 4_000_000 * k)
  expect(shiftBetween(even, even.slice(10))).toBeUndefined()
  expect(shiftBetween(even, even)).toBe(0)
  expect(shiftBetween(ends.slice(0, 5), ends.slice(1, 5))).toBeUndefined()
})

test('only calls that every rank recorded make rows', () => {
  const durations = ends.map((_, k) => k)
  const rows = alignedDurations([
    { endsNs: ends, durations },
    { endsNs: clock(1e6, ends.slice(100)), durations: durations.slice(100) },
  ])
  expect(rows).toHaveLength(200)
  expect(rows?.every(([a, b]) => a === b)).toBe(true)
})
