/** The event model in virtual time against queueing arithmetic and the rules of continuous batching. */
import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { plainEngine, type TimeModel } from './engine-options.ts'
import { Scheduler, type SchedulerOptions, type Sequence } from './scheduler.ts'
import { durationOf, medianParts } from './time-model.ts'

const msNs = 1_000_000
/** One term each, so that sums can be done by hand. */
const model: TimeModel = {
  hostNs: 2 * msNs,
  hostPerSequenceNs: 0,
  computeNs: 3 * msNs,
  computePerDecodeSequenceNs: 100_000,
  computePerContextTokenNs: 0,
  computePerPrefillTokenNs: 10_000,
  communicationNs: 0,
  communicationPerTokenNs: 0,
  hostJitter: 0,
  deviceJitter: 0,
}

function sequence(id: number, arrivalNs: number, promptTokens: number, answerTokens: number): Sequence {
  const promptWords = Array.from({ length: promptTokens }, (_, index) => `${id}.${index}`)
  return { id, promptWords, promptTokens, answerTokens, arrivalNs, scheduledNs: -1, cachedTokens: 0, computedTokens: 0, producedTokens: 0 }
}

interface Run {
  readonly finishNs: Map<number, number>
  readonly firstNs: Map<number, number>
  readonly steps: { decodes: number; prefillTokens: number; startNs: number; endNs: number }[]
}

/** Runs all sequences to their end without a clock. */
function run(options: Partial<SchedulerOptions>, sequences: readonly Sequence[]): Run & { scheduler: Scheduler } {
  const scheduler = new Scheduler({ ...plainEngine, prefixCaching: false, ...options }, new Random(3))
  const result: Run = { finishNs: new Map(), firstNs: new Map(), steps: [] }
  for (const each of sequences) scheduler.add(each)
  let freeNs = 0
  for (;;) {
    const startNs = scheduler.earliestNs(freeNs)
    if (!Number.isFinite(startNs)) return { ...result, scheduler }
    const plan = scheduler.plan(startNs)
    freeNs = startNs + durationOf(medianParts(model, plan.work, 1))
    for (const { sequence: given, tokens, finished } of scheduler.finish(plan)) {
      if (tokens > 0 && !result.firstNs.has(given.id)) result.firstNs.set(given.id, freeNs)
      if (finished) result.finishNs.set(given.id, freeNs)
    }
    result.steps.push({ decodes: plan.decodes.length, prefillTokens: plan.work.prefillTokens, startNs, endNs: freeNs })
  }
}

test('one at a time with fixed service and Poisson arrivals: the wait of M/D/1', () => {
  const serviceNs = 5 * msNs + 100 * 10_000
  const random = new Random(11)
  let atNs = 0
  const load = 0.7
  const sequences = Array.from({ length: 60_000 }, (_, id) => {
    atNs += Math.round((-Math.log(1 - random.uniform()) * serviceNs) / load)
    return sequence(id, atNs, 100, 1)
  })
  const { finishNs } = run({ maxNumSeqs: 1 }, sequences)
  const waits = sequences.map(({ id, arrivalNs }) => (finishNs.get(id) ?? Number.NaN) - arrivalNs - serviceNs)
  expect(Math.min(...waits.slice(0, 50_000))).toBe(0)
  const mean = waits.reduce((total, wait) => total + wait, 0) / waits.length
  // Pollaczek-Khinchine for deterministic service: rho / (2 (1 - rho)) services. 60,000 arrivals give it to about 2 %.
  expect(mean / ((load / (2 * (1 - load))) * serviceNs)).toBeCloseTo(1, 1)
})

test('a closed batch: every answer token takes one step of the batch', () => {
  const sequences = Array.from({ length: 8 }, (_, id) => sequence(id, 0, 50, 21))
  const { finishNs, firstNs } = run({}, sequences)
  const firstStepNs = 5 * msNs + 8 * 50 * 10_000
  const decodeNs = 5 * msNs + 8 * 100_000
  for (const { id } of sequences) {
    expect(firstNs.get(id)).toBe(firstStepNs)
    expect(finishNs.get(id)).toBe(firstStepNs + 20 * decodeNs)
  }
})

test('more sequences than places: the rest waits and is admitted in order', () => {
  const sequences = Array.from({ length: 10 }, (_, id) => sequence(id, 0, 10, 4))
  const { steps, firstNs } = run({ maxNumSeqs: 4 }, sequences)
  expect(Math.max(...steps.map(({ decodes }) => decodes))).toBe(4)
  const order = [...firstNs].sort((a, b) => a[1] - b[1] || a[0] - b[0]).map(([id]) => id)
  expect(order).toEqual(sequences.map(({ id }) => id))
})

test('chunked: a long prompt shares steps with decoding; separate: decoding pauses', () => {
  const load = (): Sequence[] => [sequence(0, 0, 10, 30), sequence(1, 20 * msNs, 900, 2)]
  const chunked = run({ maxNumBatchedTokens: 256 }, load())
  expect(
    chunked.steps.filter(({ decodes, prefillTokens }) => decodes > 0 && prefillTokens > 0).map(({ prefillTokens }) => prefillTokens),
  ).toEqual([255, 255, 255, 135])
  const separate = run({ chunkedPrefill: false }, load())
  expect(
    separate.steps.filter(({ prefillTokens }) => prefillTokens > 0).map(({ decodes, prefillTokens }) => [decodes, prefillTokens]),
  ).toEqual([
    [0, 10],
    [0, 900],
  ])
})

test('blocks for prompt and answer are reserved: without room a sequence waits for another to end', () => {
  const { firstNs, finishNs } = run({ numGpuBlocks: 5, blockSize: 16 }, [sequence(0, 0, 30, 30), sequence(1, 0, 30, 30)])
  expect(firstNs.get(1) ?? 0).toBeGreaterThan(finishNs.get(0) ?? Number.POSITIVE_INFINITY)
})

test('speculation: tokens per step are those accepted, counted per position', () => {
  const { scheduler, steps } = run({ speculativeTokens: 3, acceptanceRate: 0.6 }, [sequence(0, 0, 10, 40_000)])
  const { drafts, draftTokens, acceptedTokens, acceptedPerPosition } = scheduler.speculation
  expect(draftTokens).toBe(3 * drafts)
  expect(acceptedPerPosition.reduce((total, count) => total + count, 0)).toBe(acceptedTokens)
  // 1 + p + p^2 + p^3
  expect(40_000 / steps.length).toBeCloseTo(2.176, 1)
  expect((acceptedPerPosition[0] ?? 0) / drafts).toBeCloseTo(0.6, 1)
})

test('what has not arrived is not in a step', () => {
  const { steps } = run({}, [sequence(0, 0, 10, 2), sequence(1, 7 * msNs, 10, 1), sequence(2, 100 * msNs, 10, 1)])
  expect(steps.map(({ startNs, prefillTokens }) => [startNs / msNs, prefillTokens])).toEqual([
    [0, 10],
    [5.1, 0],
    [10.2, 10],
    [100, 10],
  ])
})

test('a cancelled sequence gets nothing more, and its blocks are free', () => {
  const scheduler = new Scheduler({ ...plainEngine, prefixCaching: false }, new Random(1))
  const [first, second] = [sequence(0, 0, 10, 100), sequence(1, 0, 10, 100)]
  scheduler.add(first)
  scheduler.add(second)
  const plan = scheduler.plan(0)
  scheduler.cancel(first)
  expect(scheduler.finish(plan).map(({ sequence: given }) => given.id)).toEqual([1])
  scheduler.cancel(second)
  expect([scheduler.running, scheduler.cacheUsage, scheduler.earliestNs(0)]).toEqual([0, 0, Number.POSITIVE_INFINITY])
})
