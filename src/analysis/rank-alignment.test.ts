import { expect, test } from 'vitest'
import { alignedDurations, shiftBetween } from '#analysis/rank-alignment.ts'
import { Random } from '#base/random.ts'
import { median, medianAbsoluteDeviation } from '#base/statistics.ts'

/** Ends of collectives whose distances vary as decode steps do. */
const ends = Array.from({ length: 300 }, (_, k) => 4_000_000 * k + Math.round(300_000 * Math.sin(k * k)))
const clock = (offset: number, list: readonly number[]) => list.map((end, k) => end + offset + ((k * 37) % 11) * 100)

test('ranks whose traces begin and end at different collectives, on clocks milliseconds apart', () => {
  expect(shiftBetween(ends, clock(7_000_000, ends.slice(90)))).toBe(90)
  expect(shiftBetween(ends.slice(40), clock(-3_000_000, ends))).toBe(-40)
  // Equally many on both sides is no proof that the k-th is the k-th.
  expect(shiftBetween(ends.slice(0, 250), clock(5_000_000, ends.slice(3, 253)))).toBe(3)
})

test('what fits at any shift is not matched, unless both recorded equally many', () => {
  const even = Array.from({ length: 100 }, (_, k) => 4_000_000 * k)
  expect(shiftBetween(even, even.slice(10))).toBeUndefined()
  expect(shiftBetween(even, even)).toBe(0)
  expect(shiftBetween(ends.slice(0, 5), ends.slice(1, 5))).toBeUndefined()
})

test('only calls that every rank recorded make rows', () => {
  const durations = ends.map((_, k) => k)
  const rows = alignedDurations([
    { endsNs: ends, durations },
    { endsNs: clock(1e6, ends.slice(100)), durations: durations.slice(100) },
  ])
  expect(rows?.durations).toHaveLength(2 * 200)
  expect(rows?.durations.every((each, k) => each === 100 + (k >> 1))).toBe(true)
  expect(rows?.endsNs).toEqual(ends.slice(100))
})

/** Every shift in full: what looking away from clearly worse ones must not change. */
function shiftInFull(reference: readonly number[], other: readonly number[]): number | undefined {
  const overlap = Math.max(8, Math.min(reference.length, other.length) >> 1)
  const spreads: { readonly shift: number; readonly spread: number }[] = []
  for (let shift = overlap - other.length; shift <= reference.length - overlap; shift += 1) {
    const from = Math.max(0, -shift)
    const pairs = Math.min(other.length, reference.length - shift) - from
    const count = Math.min(pairs, 64)
    const at = Array.from({ length: count }, (_, i) => from + Math.floor((i * pairs) / count))
    const differences = at.map((k) => (reference[k + shift] ?? 0) - (other[k] ?? 0))
    const middle = median(differences)
    spreads.push({ shift, spread: medianAbsoluteDeviation(differences.map((each) => each - middle)) })
  }
  const [best, second] = spreads.toSorted((a, b) => a.spread - b.spread)
  if (best === undefined) return undefined
  const runnerUp = second?.spread ?? Number.POSITIVE_INFINITY
  if (runnerUp >= 2 * best.spread && runnerUp > 0) return best.shift
  const inOrder = spreads.find(({ shift }) => shift === 0)
  return reference.length === other.length && inOrder !== undefined && inOrder.spread <= 2 * best.spread ? 0 : undefined
}

test('shifts that are passed over at a look are none that could have been chosen', () => {
  const seed = 20_261_129
  const random = new Random(seed)
  const answers = new Set<string>()
  for (let round = 0; round < 400; round += 1) {
    const length = random.integer(8, 90)
    const jitterNs = random.pick([0, 3, 1_000, 300_000])
    const noiseNs = random.pick([0, 50, 1_000, 200_000])
    const grid = random.pick([1, 1_000])
    const all = Array.from({ length: length + 12 }, (_, k) => k * 1_000_000 + Math.round((random.uniform() * jitterNs) / grid) * grid)
    const other = all.slice(random.integer(0, 12)).map((end) => end + 5e6 + Math.round((random.uniform() * noiseNs) / grid) * grid)
    const [a, b] = random.uniform() < 0.5 ? [all, other] : [other, all]
    const trimmed = random.uniform() < 0.5 ? [a.slice(0, b.length), b.slice(0, a.length)] : [a, b]
    const [left, right] = [trimmed[0] ?? [], trimmed[1] ?? []]
    const expected = shiftInFull(left, right)
    answers.add(expected === undefined ? 'none' : expected === 0 ? 'in order' : 'shifted')
    expect(shiftBetween(left, right), `seed ${seed}, round ${round}`).toBe(expected)
  }
  expect([...answers].sort()).toEqual(['in order', 'none', 'shifted'])
})
