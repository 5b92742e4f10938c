import { expect, test } from 'vitest'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { FlightWindow } from './flight-window.ts'

test('ramp and drain are outside; a slot that is refilled at once stays full', () => {
  const flight = new FlightWindow()
  // Ten slots that open one second apart and are refilled every ten seconds until 100, where they drain.
  for (let slot = 0; slot < 10; slot += 1) for (let start = slot; start < 100; start += 10) flight.add(start, start + 10)
  expect(flight.steady()).toEqual({ start: 8, end: 101 })
})

test('one request after the other has no ramp, and no requests no window', () => {
  const flight = new FlightWindow()
  expect(flight.steady()).toBeUndefined()
  flight.add(0, 1)
  flight.add(1, 2)
  flight.add(5, 4)
  expect(flight.steady()).toBeUndefined()
})

test('the order in which requests are told does not matter, and the window is that of a count at every instant', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 60; round++) {
    const requests = Array.from({ length: 2 + random.below(60) }, () => {
      const start = random.below(100)
      return [start, start + 1 + random.below(40)] as const
    })
    const inFlight = (time: number) => requests.filter(([start, end]) => start <= time && time < end).length
    const counts = Array.from({ length: 141 }, (_, time) => inFlight(time))
    const most = Math.max(...counts)
    const high = counts.flatMap((count, time) => (count >= 0.9 * most ? [time] : []))
    const expected = most < 2 ? undefined : { start: high[0], end: (high.at(-1) ?? Number.NaN) + 1 }
    for (const order of [requests, requests.toSorted(([a], [b]) => a - b), requests.toSorted(([, a], [, b]) => a - b)]) {
      const flight = new FlightWindow()
      for (const [start, end] of order) flight.add(start, end)
      expect(flight.steady()).toEqual(expected)
    }
  }
})
