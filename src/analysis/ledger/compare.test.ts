import { expect, it } from 'vitest'
import { firstDifference } from './compare.ts'

it('names the first place where two values differ', () => {
  expect(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, '')).toBeUndefined()
  expect(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, '')).toBe('/a/1/b')
  expect(firstDifference({ a: 1 }, { a: 1, b: undefined }, '')).toBeUndefined()
  expect(firstDifference({ a: 1 }, { a: 1, b: 2 }, '/x')).toBe('/x/b')
  expect(firstDifference([1], { 0: 1 }, '')).toBe('')
})
