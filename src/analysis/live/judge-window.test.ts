import { expect, test } from 'vitest'
import { cadenceRefusal, judgeWindow, type WindowFacts, windowTpotNs } from './judge-window.ts'

const ms = 1e6
/** A stream of one token per 10 ms from 100 ms on, and a window of a second inside it. */
const contentNs = Array.from({ length: 200 }, (_, index) => (100 + 10 * index) * ms)
const calm: WindowFacts = { fromNs: 500 * ms, toNs: 1500 * ms, contentNs, tokensPerChunk: 1, roundEndNs: 2200 * ms, typicalTpotNs: 10 * ms }
const codes = (facts: WindowFacts): string[] => judgeWindow(facts).map(({ code }) => code)

test('a calm window stands, with its counters or without', () => {
  expect(codes(calm)).toEqual([])
  expect(codes({ ...calm, counted: { generated: 104, prompt: 0, own: 101 } })).toEqual([])
})

test.each([
  ['no event at all', { contentNs: [...contentNs.slice(0, 10), 1900 * ms] }, ['window-idle']],
  ['a standstill of a third of the window', { contentNs: contentNs.filter((ns) => ns < 800 * ms || ns > 1150 * ms) }, ['window-idle']],
  ['opened before the first token', { fromNs: 50 * ms }, ['window-idle']],
  ['too short for twenty events', { toNs: 600 * ms }, ['window-idle']],
  ['the stream ended inside', { roundEndNs: 1400 * ms }, ['window-outlived-stream']],
  ['tokens of others', { counted: { generated: 160, prompt: 0, own: 101 } }, ['window-contaminated']],
  ['a prompt of another', { counted: { generated: 101, prompt: 12, own: 101 } }, ['window-contaminated']],
])('refused: %s', (_, change, expected) => {
  expect(codes({ ...calm, ...change })).toEqual(expected)
})

test('a pause that is short against the window is no standstill, a slow profiler neither', () => {
  expect(codes({ ...calm, contentNs: contentNs.filter((ns) => ns < 800 * ms || ns > 950 * ms) })).toEqual([])
  // Six times slower under the profiler: a sixth of the events.
  const slow = Array.from({ length: 60 }, (_, index) => (100 + 60 * index) * ms)
  expect(codes({ ...calm, contentNs: slow, toNs: 2500 * ms, roundEndNs: 4000 * ms })).toEqual([])
})

test('several tokens per event: own tokens are counted with them', () => {
  expect(codes({ ...calm, tokensPerChunk: 2.5, counted: { generated: 258, prompt: 0, own: 252 } })).toEqual([])
})

test('time per token in the window is not decided by events that are late at its ends', () => {
  expect(windowTpotNs(calm)).toBeCloseTo(10 * ms, 3)
  expect(windowTpotNs({ ...calm, tokensPerChunk: 2 })).toBeCloseTo(5 * ms, 3)
  const late = contentNs.map((ns) => (ns > 1400 * ms && ns <= 1500 * ms ? 1500 * ms : ns))
  expect(windowTpotNs({ ...calm, contentNs: late })).toBeCloseTo(10 * ms, -6)
  expect(windowTpotNs({ ...calm, toNs: 550 * ms })).toBeUndefined()
})

test('the cadence may differ by a tenth from what the client saw', () => {
  expect(cadenceRefusal(10.9 * ms, 10 * ms)).toBeUndefined()
  expect(cadenceRefusal(11.2 * ms, 10 * ms)?.code).toBe('cadence-disagrees')
  expect(cadenceRefusal(5 * ms, 10 * ms)?.reason).toContain('0.500')
})
