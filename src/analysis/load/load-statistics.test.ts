import { expect, test } from 'vitest'
import { loadBatch } from '../../../tests/support/load-batch.ts'
import { type LoadStatistics, latencyOf, loadStatistics } from './load-statistics.ts'

/** ms, because the requests are drawn in them. */
const ms = (
  statistics: LoadStatistics,
  ...[quantity, definition, statistic]: [Parameters<typeof latencyOf>[1], Parameters<typeof latencyOf>[2], Parameters<typeof latencyOf>[3]]
) => (latencyOf(statistics, quantity, definition, statistic) ?? Number.NaN) / 1e6

const two = [
  { sentMs: 0, textMs: [100, 110, 120, 130], endMs: 131 },
  // Two tokens in each event: five tokens in three.
  { sentMs: 50, textMs: [250, 290, 330], outputTokens: 5, endMs: 332 },
]

test('each definition gives its own figure of the same requests', () => {
  const statistics = loadStatistics([loadBatch(two)], false)
  expect(ms(statistics, 'ttft', 'first-content', 'mean')).toBe(150)
  // An empty event at the end is a chunk, and no token.
  expect(ms(statistics, 'itl', 'chunk-gap', 'mean')).toBeCloseTo((30 + 0 + 80 + 0) / 7)
  expect(ms(statistics, 'itl', 'content-gap', 'mean')).toBe((30 + 80) / 5)
  expect(ms(statistics, 'tpot', 'request-mean-without-first', 'mean')).toBe((30 / 3 + 80 / 4) / 2)
  expect(ms(statistics, 'itl', 'request-mean-without-first-token-weighted', 'mean')).toBeCloseTo((10 * 3 + 20 * 4) / 7)
  expect(ms(statistics, 'e2el', 'until-last-content', 'mean')).toBe((130 + 280) / 2)
  expect(ms(statistics, 'e2el', 'until-stream-close', 'mean')).toBe((131 + 282) / 2)
  expect(statistics.tokens).toMatchObject({ output: 9, perChunkMean: 9 / 7, requestsWithoutUsage: 0 })
})

test('rates are over the window from the first sending to the last content', () => {
  const { rates, firstSentNs, lastContentNs } = loadStatistics([loadBatch(two)], false)
  expect([firstSentNs, lastContentNs]).toEqual([0, 330e6])
  const perSecond = Object.fromEntries(rates.map(({ quantity, per, perSecond: value }) => [`${quantity}/${per}`, value]))
  expect(perSecond['requests/deployment']).toBeCloseTo(2 / 0.33)
  expect(perSecond['output-tokens/deployment']).toBeCloseTo(9 / 0.33)
  expect(perSecond['total-tokens/deployment']).toBeCloseTo(29 / 0.33)
  expect(perSecond['output-tokens/user']).toBeCloseTo((100 + 50) / 2)
})

test('failed requests are counted and measured nowhere (trap F11 of our own files)', () => {
  const failed = { outcome: 'stalled', sentMs: 0, textMs: [1], endMs: 60_000 } as const
  const with_ = loadStatistics([loadBatch([...two, failed])], false)
  const without = loadStatistics([loadBatch(two)], false)
  expect(with_.latencies).toEqual(without.latencies)
  expect(with_.rates).toEqual(without.rates)
  expect(with_).toMatchObject({ attempts: 3, completed: 2, failed: 1, outcomes: { completed: 2, stalled: 1 } })
})

test('batches are one cell, in whatever pieces they come', () => {
  const whole = loadStatistics([loadBatch(two)], true)
  const pieces = loadStatistics(
    two.map((request) => loadBatch([request])),
    true,
  )
  expect(pieces).toEqual(whole)
})

test('an open loop counts from the scheduled time beside the sending', () => {
  const late = [{ scheduledMs: 0, sentMs: 400, textMs: [500, 510], endMs: 511 }]
  const statistics = loadStatistics([loadBatch(late)], true, { ttftNs: 200e6 })
  expect(ms(statistics, 'ttft', 'first-content', 'p50')).toBe(100)
  expect(ms(statistics, 'ttft-with-queue', 'first-content', 'p50')).toBe(500)
  expect(ms(statistics, 'e2el-with-queue', 'until-last-content', 'p50')).toBe(510)
  expect(ms(statistics, 'schedule-delay', 'behind-schedule', 'p50')).toBe(400)
  expect(statistics.good).toEqual({ requests: 0, outputTokens: 0 })
  expect(loadStatistics([loadBatch(late)], false, { ttftNs: 200e6 }).good).toEqual({ requests: 1, outputTokens: 2 })
})

test('tokens that nobody counted are unknown: no rate, no TPOT, and no limit on it is met', () => {
  const unknown = loadStatistics([loadBatch([{ ...two[0], sentMs: 0, outputTokens: Number.NaN, promptTokens: Number.NaN }])], false, {
    tpotNs: 1e9,
  })
  expect(unknown.tokens).toEqual({ requestsWithoutUsage: 1, shorterThanAsked: 0 })
  expect(unknown.rates.map(({ quantity }) => quantity)).toEqual(['requests', 'goodput-requests'])
  expect(latencyOf(unknown, 'tpot', 'request-mean-without-first', 'p50')).toBeUndefined()
  expect(unknown.good).toEqual({ requests: 0 })
})

test('nothing completed is nothing measured', () => {
  const none = loadStatistics([loadBatch([{ outcome: 'refused', sentMs: 0 }])], false)
  expect([none.latencies, none.rates, none.firstSentNs]).toEqual([[], [], undefined])
  expect(loadStatistics([], false)).toMatchObject({ attempts: 0, latencies: [] })
})
