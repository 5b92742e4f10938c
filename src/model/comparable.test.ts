import { expect, test } from 'vitest'
import type { LatencyMetric, RateMetric } from './bench-result.ts'
import { comparableLatencies, comparableRates } from './comparable.ts'

const latency = (changes: Partial<LatencyMetric>): LatencyMetric => ({
  quantity: 'itl',
  statistic: 'p50',
  valueNs: 1,
  definition: 'chunk-gap',
  estimable: 'yes',
  origin: 'reported',
  key: 'k',
  unit: 'ms',
  ...changes,
})
const rate = (changes: Partial<RateMetric>): RateMetric => ({
  quantity: 'output-tokens',
  per: 'deployment',
  statistic: 'mean',
  perSecond: 1,
  window: 'wall',
  origin: 'reported',
  key: 'k',
  ...changes,
})

test('equal definitions compare, in either order, and everything else says why not', () => {
  const base = latency({})
  expect(comparableLatencies(base, latency({ valueNs: 2, key: 'other', unit: 's' }))).toEqual({ comparable: true })
  const others: readonly (readonly [Partial<LatencyMetric>, RegExp])[] = [
    [{ statistic: 'p99' }, /p50.*p99|p99.*p50/],
    [{ definition: 'request-mean-without-first' }, /different definitions/],
    [{ definition: 'token-gap' }, /different definitions/],
    [{ definition: 'unknown' }, /not known/],
    [{ quantity: 'ttft', definition: 'first-event-unknown' }, /stops the clock/],
    [{ quantity: 'ttft', definition: 'first-chunk' }, /different definitions/],
    [{ estimable: 'no' }, /not estimable/],
  ]
  for (const [change, reason] of others) {
    for (const judged of [comparableLatencies(base, latency(change)), comparableLatencies(latency(change), base)])
      expect(judged).toMatchObject({ comparable: false, reason: expect.stringMatching(reason) })
  }
})

test('two quantities from the engine’s histograms are two quantities', () => {
  const a = latency({ quantity: 'ttft', definition: 'server-histogram' })
  expect(comparableLatencies(a, latency({ quantity: 'tpot', definition: 'server-histogram' }))).toMatchObject({ comparable: false })
  expect(
    comparableLatencies(
      latency({ quantity: 'itl', definition: 'server-histogram' }),
      latency({ quantity: 'tpot', definition: 'server-histogram' }),
    ).comparable,
  ).toBe(false)
})

test('SGLang’s gaps under speculation compare with nothing, not even with themselves', () => {
  const divided = latency({ definition: 'chunk-gap-or-per-accepted-token' })
  expect(comparableLatencies(divided, divided).comparable).toBe(false)
})

test('rates: what is counted, whose it is and over which window', () => {
  expect(comparableRates(rate({}), rate({ perSecond: 5 }))).toEqual({ comparable: true })
  for (const change of [
    { quantity: 'total-tokens' },
    { per: 'gpu' },
    { statistic: 'max' },
    { window: 'trimmed' },
    { window: 'unknown' },
  ] as const)
    expect(comparableRates(rate({}), rate(change)).comparable, JSON.stringify(change)).toBe(false)
})
