import { expect, test } from 'vitest'
import type { ClientDelays, DelaySummary } from '#model/client-delays.ts'
import { loadBatch } from '../../../tests/support/load-batch.ts'
import { loadStatistics } from './load-statistics.ts'
import { judgeRun, type Validity } from './validity.ts'

const delay = (ms: number, count = 1000): DelaySummary => ({
  count,
  meanNs: ms * 1e6,
  p50Ns: ms * 1e6,
  p95Ns: ms * 1e6,
  p99Ns: ms * 1e6,
  maxNs: ms * 1e6,
})
const delays = (probeMs: number, waitMs = probeMs): ClientDelays => ({
  probe: delay(probeMs),
  loopWait: delay(waitMs),
  cpuNs: 0,
  events: 1000,
  maxQueued: 0,
})

/** TTFT 100 ms, gaps of 20 ms. */
const requests = Array.from({ length: 100 }, (_, index) => ({
  sentMs: index,
  textMs: [index + 100, index + 120, index + 140],
  endMs: index + 140,
}))
const statistics = loadStatistics([loadBatch(requests)], false)

function judged(given: ClientDelays, change: Partial<Parameters<typeof judgeRun>[0]> = {}): Validity {
  return judgeRun({ statistics, delays: given, loop: 'closed', maxErrorRatio: 0.01, interrupted: false, ...change })
}
const codes = ({ reasons }: Validity) => reasons.map(({ code }) => code)

test('a client that is late by less than a gate tolerates is valid, by more invalid, at each percentile', () => {
  expect(judged(delays(4.9)).state).toBe('valid')
  expect(codes(judged(delays(5.1)))).toEqual(['timestamp-lag'])
  expect(codes(judged(delays(10.5)))).toEqual(['timestamp-lag', 'timestamp-lag', 'gap-lag'])
  expect(codes(judged(delays(16)))).toEqual(['timestamp-lag', 'timestamp-lag', 'timestamp-lag', 'gap-lag'])
})

test('the worse of the two instruments decides: each is blind to what the other sees', () => {
  expect(judged(delays(0.1, 6)).state).toBe('invalid')
  expect(judged(delays(6, 0.1)).state).toBe('invalid')
})

test('a client that could not measure itself abstains', () => {
  const { probe: _, ...unprobed } = delays(0.1)
  expect(judged(unprobed)).toMatchObject({ state: 'unknown', reasons: [{ code: 'not-self-measured' }] })
  expect(judged({ ...delays(0.1), probe: delay(0.1, 71) }).state).toBe('unknown')
  expect(judged({ ...delays(0.1), probe: delay(0.1, 72) }).state).toBe('valid')
})

test('a load that was not the one asked for is invalid: late arrivals, empty slots', () => {
  const late = loadStatistics([loadBatch(requests.map((each) => ({ ...each, scheduledMs: each.sentMs - 30 })))], true)
  expect(codes(judged(delays(0.1), { statistics: late, loop: 'open' }))).toEqual(['behind-schedule', 'behind-schedule', 'behind-schedule'])
  expect(codes(judged(delays(0.1), { statistics: late, loop: 'closed' }))).toEqual(['slots-idle'])
})

test('failures decide beyond a part of all attempts, whatever the lag', () => {
  const failing = (count: number) =>
    loadStatistics([loadBatch([...requests, ...Array.from({ length: count }, () => ({ outcome: 'http-5xx', sentMs: 0 }) as const)])], false)
  expect(judged(delays(0.1), { statistics: failing(1) }).state).toBe('valid')
  expect(codes(judged(delays(0.1), { statistics: failing(2) }))).toEqual(['too-many-errors'])
  expect(codes(judged(delays(0.1), { statistics: loadStatistics([], false) }))).toEqual(['no-successful-requests'])
  expect(codes(judged(delays(0.1), { interrupted: true }))).toEqual(['interrupted'])
})
