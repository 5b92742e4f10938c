import { expect, test } from 'vitest'
import { calculate } from './arithmetic.ts'

test('each operation by hand', () => {
  expect(calculate('sum', [1, 2, 3])).toBe(6)
  expect(calculate('difference', [5, 3])).toBe(2)
  expect(calculate('product', [2, 3, 4])).toBe(24)
  expect(calculate('ratio', [1, 4])).toBe(0.25)
  expect(calculate('median', [9, 1, 4])).toBe(4)
  expect(calculate('largest', [-3, -1, -2])).toBe(-1)
  expect(calculate('weighted-mean', [1, 1, 4, 2])).toBe(3)
})

test('what does not fit or is not finite is undefined', () => {
  expect(calculate('ratio', [1, 0])).toBeUndefined()
  expect(calculate('ratio', [1])).toBeUndefined()
  expect(calculate('difference', [1, 2, 3])).toBeUndefined()
  expect(calculate('weighted-mean', [1, 1, 2])).toBeUndefined()
  expect(calculate('weighted-mean', [1, 0])).toBeUndefined()
  expect(calculate('sum', [])).toBeUndefined()
})
