import { expect, test } from 'vitest'
import { contention } from './liveness.ts'

const cadence = { scrapeMs: 15_000, collectMs: 30_000, collectFrom: 'repeats' } as const
const timesMs = Float64Array.from({ length: 12 }, (_, at) => at * 15_000)

function samples(values: readonly number[]) {
  return { timesMs: timesMs.slice(0, values.length), values: Float64Array.from(values) }
}

test('trap E15: zeros while the device says busy are contention, and end where values return', () => {
  const { starts, ends } = contention(samples([0.5, 0.5, 0, 0, 0, 0, 0, 0.5]), samples(Array(8).fill(0.9)), cadence)
  expect([Array.from(starts), Array.from(ends)]).toEqual([[15_000], [90_000]])
})

test('without a single reading of the device’s own utilisation nothing is judged, and the search ends', () => {
  expect(contention(samples(Array(12).fill(0)), samples([]), cadence).starts).toHaveLength(0)
  // Readings that end early judge only what is near them.
  expect(contention(samples(Array(12).fill(0)), samples([0.9]), cadence).starts).toHaveLength(0)
})
