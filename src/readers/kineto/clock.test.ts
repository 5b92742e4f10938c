import { expect, test } from 'vitest'
import { placeClock } from '#readers/kineto/clock.ts'

const base = 1759300074000000000n

test('with a base, row time is the text of ts', () => {
  expect(placeClock(base, 6869181218039, 954, 5_000_000, true)).toEqual({
    shiftNs: 6869181218039000,
    clock: { originNs: String(base), epoch: 'utc', resolutionNs: 1 },
  })
})

test('without one, the earliest event is the origin', () => {
  const { shiftNs, clock } = placeClock(undefined, 1682725898236567, -338000, 9000, false)
  expect([shiftNs, clock.originNs, clock.epoch, clock.resolutionNs]).toEqual([338000, '1682725898236229000', 'utc', 1000])
})

test('a base beside timestamps beyond 2^53 ns still gives exact rows', () => {
  const { shiftNs, clock } = placeClock(0n, 1682725898236567, 0, 9000, true)
  expect([shiftNs, clock.originNs]).toEqual([0, '1682725898236567000'])
})

test('what is no date is not called one, and an empty trace has a zero', () => {
  expect(placeClock(undefined, 1000, 0, 0, true).clock).toEqual({ originNs: '1000000', epoch: 'unknown', resolutionNs: 1 })
  expect(placeClock(undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false).clock.originNs).toBe('0')
})
