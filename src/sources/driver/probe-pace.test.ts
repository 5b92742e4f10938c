import { expect, test } from 'vitest'
import { probeIntervalNs, probeWeight } from './probe-pace.ts'

/** The probes of a phase of this length, if every timer were exact. */
function probesOf(durationNs: number): number[] {
  const weights: number[] = []
  for (let now = 0; ; ) {
    const interval = probeIntervalNs(now)
    now += interval
    if (now > durationNs) return weights
    weights.push(probeWeight(interval))
  }
}

test.each([2, 5, 20, 60, 600])(
  'after %d s the probes say as much as the 368 equal ones that a p99 needs, and stand for the whole time',
  (seconds) => {
    const weights = probesOf(seconds * 1e9)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    const squares = weights.reduce((total, weight) => total + weight ** 2, 0)
    expect(sum ** 2 / squares).toBeGreaterThanOrEqual(368)
    expect((sum * 5e6) / (seconds * 1e9)).toBeGreaterThan(0.98)
    expect(sum * 5e6).toBeLessThanOrEqual(seconds * 1e9)
  },
)

test('a long phase is asked ten times a second, not 200', () => {
  expect(probesOf(600e9).length).toBeLessThan(7000)
  expect(probeIntervalNs(3600e9)).toBe(100e6)
  expect(probeIntervalNs(0)).toBe(5e6)
})
