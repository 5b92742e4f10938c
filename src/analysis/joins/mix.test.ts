import { expect, test } from 'vitest'
import type { Capture } from '#model/capture.ts'
import { buildCapture } from '../../../tests/support/build-capture.ts'
import { counterCapture } from '../../../tests/support/counter-fixture.ts'
import { compileFamilies } from '../families.ts'
import { answerMix } from './mix.ts'
import { joinSource } from './relate.ts'

const rules = compileFamilies({ schema: 'kernel-families/1', rules: [] })

function source(name: string, capture: Capture) {
  return joinSource({ name, sha256: name, capture, losses: [], sequences: () => [], budget: () => ({ devices: [], captures: [] }) }, rules)
}

const timeline = buildCapture({ kernels: [{ name: 'f<1>(int)', start: 0, duration: 1000 }] })
const counters = counterCapture([{ name: 'f<1>', metrics: { 'gpu__time_duration.sum': 5 } }])
const others = counterCapture([{ name: 'g<1>', metrics: { 'gpu__time_duration.sum': 5 } }])

test('a question is asked only where the mix has what it takes', () => {
  expect(answerMix([source('a', timeline)])).toEqual([])
  expect(answerMix([source('a', counters), source('b', counters)])).toEqual([])
})

test('times and counters give families their roofs where kernels are the same; of several files those that do', () => {
  const [found] = answerMix([source('t.sqlite', timeline), source('other.csv', others), source('c.csv', counters)])
  expect(found).toMatchObject({
    question: 'family-roofs',
    answerable: 'yes',
    files: ['t.sqlite', 'c.csv'],
    do: 'sextant roofline t.sqlite c.csv',
    reason: expect.stringMatching(/^100\.0 % /),
  })
  expect(answerMix([source('t.sqlite', timeline), source('other.csv', others)])[0]).toMatchObject({ answerable: 'no' })
})

test('a client’s figures belong to the timeline only where both say when they ran, and the windows meet', () => {
  const originNs = '1800000000000000000'
  const dated: Capture = { ...timeline, clock: { ...timeline.clock, epoch: 'utc', originNs } }
  const client = (epochNs?: string): Capture => ({
    ...timeline,
    timeline: undefined as never,
    benchResult: {
      tool: 'vllm',
      form: 'json',
      context: [],
      unknownKeys: [],
      cells: [
        {
          id: 'c1',
          latencies: [],
          rates: [],
          counts: [],
          others: [],
          findings: [],
          context: [],
          durationNs: 60e9,
          ...(epochNs === undefined ? {} : { startedAt: { text: 'then', zone: 'utc' as const, epochNs } }),
        },
      ],
    },
  })
  const state = (epochNs?: string) => answerMix([source('t', dated), source('c', client(epochNs))])[0]?.answerable
  expect(state()).toBe('unknown')
  expect(state('1799999970000000000')).toBe('yes')
  expect(state('1799999000000000000')).toBe('no')
})
