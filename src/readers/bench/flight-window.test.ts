import { expect, test } from 'vitest'
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
