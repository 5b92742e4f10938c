import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { type Extents, extentsOf } from './extents.ts'
import { pacerOf, steadyRows } from './rank-waiting.ts'

interface Row {
  readonly endNs: number
  readonly durations: readonly number[]
}

function columns(rows: readonly Row[]): Extents {
  const members = rows[0]?.durations.length ?? 1
  return extentsOf({ endsNs: rows.map(({ endNs }) => endNs), durations: rows.flatMap(({ durations }) => durations) }, members)
}

/** What is kept, with who the waiting is for. */
function judged(rows: readonly Row[]) {
  const extents = columns(rows)
  const steady = steadyRows(extents)
  return { ...steady, pacer: pacerOf(extents, steady.kept) }
}

const US = 1000
const MS = 1_000_000

/** Steps of sixteen collectives of 20 us over three ranks; `firstNs` is what the ranks other than 1 wait in the first of each step. */
function steps(count: number, firstNs: (step: number) => number, seed = 1): Row[] {
  const random = new Random(seed, 'steps')
  return Array.from({ length: count * 16 }, (_, at) => {
    const wait = at % 16 === 0 ? firstNs(at / 16) : 0
    const noise = () => 20 * US * (1 + 0.01 * random.uniform())
    return { endNs: at * 100 * US, durations: [noise() + wait, noise(), noise() + wait] }
  })
}

test('a rank whose host paces every step is kept and named, though it is last in one of sixteen collectives', () => {
  const { kept, startSkew, stalls, pacer } = judged(steps(40, () => 3 * MS))
  // The capture begins with a wait: one that cannot be told from a late profiler.
  expect({ kept: kept.length, startSkew, stalls }).toEqual({ kept: 639, startSkew: 1, stalls: 0 })
  expect(pacer?.member).toBe(1)
  expect(pacer?.ofWaitRatio).toBeGreaterThan(0.95)
})

test('trap C3: the first collectives of a capture that wait for a profiler are left out, whatever follows', () => {
  const late = steps(40, (step) => (step === 0 ? 17_456 * MS : 0))
  expect(judged(late)).toMatchObject({ startSkew: 1, stalls: 0 })
  expect(judged(late).pacer).toBeUndefined()
  const paced = judged(steps(40, (step) => (step === 0 ? 17_456 * MS : 3 * MS)))
  expect(paced).toMatchObject({ startSkew: 1, stalls: 0 })
  expect(paced.pacer?.member).toBe(1)
})

test('pauses in the middle are left out and counted: too few to repeat, or all in one stretch', () => {
  const once = judged(steps(40, (step) => (step === 20 ? 900 * MS : 0)))
  expect(once).toMatchObject({ startSkew: 0, stalls: 1 })
  expect(once.pacer).toBeUndefined()
  const burst = judged(steps(40, (step) => (step >= 10 && step < 16 ? 3 * MS : 0)))
  expect(burst).toMatchObject({ startSkew: 0, stalls: 6 })
})

test('ranks that are late in turn are nobody’s doing', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = new Random(seed, 'turns')
    const rows = Array.from({ length: 400 }, (_, at) => ({
      endNs: at,
      durations: [1, 2].map(() => 20 * US * random.lognormal(0.6)),
    }))
    expect(judged(rows).pacer, `seed ${seed}`).toBeUndefined()
  }
})

test('a rank that is a little late everywhere does not hide the one that paces the steps', () => {
  const rows = steps(40, () => 3 * MS).map(({ endNs, durations: [a = 0, b = 0, c = 0] }, at) => ({
    endNs,
    durations: at % 16 === 0 ? [a, b, c] : [a, b + US, c + US],
  }))
  expect(judged(rows).pacer?.member).toBe(1)
})

test('the order of the rows does not matter, and no waiting has no cause', () => {
  const rows = steps(40, () => 3 * MS)
  const { kept, ...rest } = judged(rows)
  const { kept: shuffled, ...same } = judged(new Random(3, 'order').shuffle(rows))
  expect({ ...same, kept: shuffled.length }).toEqual({ ...rest, kept: kept.length })
  expect(judged([{ endNs: 0, durations: [5, 5] }]).pacer).toBeUndefined()
})
