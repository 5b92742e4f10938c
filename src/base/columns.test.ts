import { expect, test } from 'vitest'
import { DurationColumn } from './columns.ts'

const WIDE = 2 ** 32

test('durations between two columns are those set one by one; what is not plain is refused', () => {
  const column = new DurationColumn(1)
  column.set(0, 7)
  expect(column.setBetween(1, Float64Array.of(10, 20, 99), Float64Array.of(15, 20, 0), 2)).toBe(20)
  expect([...column.finish(3)]).toEqual([7, 5, 0])
  for (const ends of [
    [30, Number.NaN],
    [30, 19],
    [30, 20 + WIDE],
  ]) {
    expect(column.setBetween(3, Float64Array.of(10, 20), Float64Array.from(ends), 2)).toBeNaN()
  }
  // The rows before stand, and the refused ones can be set one by one.
  column.set(3, WIDE)
  column.set(4, 1)
  expect([...column.finish(5)]).toEqual([7, 5, 0, WIDE, 1])
  // A column of eight bytes a row takes no short cut.
  expect(column.setBetween(5, Float64Array.of(1), Float64Array.of(2), 1)).toBeNaN()
})
