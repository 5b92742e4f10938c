import { expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import { buildCapture } from '../../../tests/support/build-capture.ts'
import { ASSUMED_ERROR_NS, clockCarries, deviceSpan, formatSpan, relateTimes } from './time-relation.ts'

const seconds = 1e9

/** Device work from `from` to `to` seconds after an origin that is `origin` seconds after some instant. */
function timed(origin: number, from: number, to: number, epoch: 'utc' | 'unknown' = 'utc') {
  const built = buildCapture({ kernels: [{ name: 'f', start: from * seconds, duration: (to - from) * seconds }] })
  const clock: Capture['clock'] = {
    originNs: String(1_700_000_000n * 1_000_000_000n + BigInt(origin) * 1_000_000_000n),
    epoch,
    resolutionNs: 1,
  }
  const capture = { ...built, clock }
  return { capture, span: deviceSpan(capture.timeline) }
}

test('windows that overlap, lie apart, or are not told; the error is said to be assumed where nobody wrote it', () => {
  expect(relateTimes(timed(0, 0, 10), timed(5, 0, 10), false, undefined)).toMatchObject({
    state: 'overlapping',
    overlapNs: 5 * seconds,
    shiftNs: 5 * seconds,
    errorNs: ASSUMED_ERROR_NS + 1,
    errorFrom: 'assumed',
  })
  expect(relateTimes(timed(0, 0, 10), timed(60, 0, 10), false, undefined)).toMatchObject({ state: 'apart', gapNs: 50 * seconds })
  const unknown = relateTimes(timed(0, 0, 10), timed(5, 0, 10, 'unknown'), false, undefined)
  expect(unknown).toMatchObject({ state: 'unknown' })
  expect(unknown).not.toHaveProperty('shiftNs')
})

test('a question shorter than the clocks’ error is refused, with both in the reason', () => {
  const relation = relateTimes(timed(0, 0, 10), timed(5, 0, 10), false, undefined)
  expect(clockCarries(relation, 5 * seconds, 'the overlap')).toEqual({ state: 'yes' })
  expect(clockCarries(relation, 1000, 'a kernel')).toEqual({
    state: 'no',
    reason: 'the clocks may differ by 100 ms (assumed: nobody wrote it down), and a kernel takes 1.00 us',
  })
})

test('a measured offset replaces the origins; one session shares one clock', () => {
  const measured = { offsetNs: -5 * seconds - 40_000, errorNs: 900, collectives: 100, by: 'order' as const, spacingNs: 1e6 }
  expect(relateTimes(timed(0, 0, 10), timed(5, 0, 10), false, measured)).toMatchObject({
    shiftNs: 5 * seconds + 40_000,
    errorNs: 900,
    errorFrom: 'collectives',
  })
  expect(relateTimes(timed(0, 0, 10), timed(0, 0, 10), true, undefined)).toMatchObject({ errorNs: 1, errorFrom: 'one-session' })
})

test('spans in words', () => {
  expect([formatSpan(5e9), formatSpan(3.6e12 * 5), formatSpan(3.6e12 * 72)]).toEqual(['5.00 s', '5.0 hours', '3.0 days'])
})
