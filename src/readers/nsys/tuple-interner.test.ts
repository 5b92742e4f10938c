import { expect, test } from 'vitest'
import { TupleInterner } from './tuple-interner.ts'

test('equal tuples get one index, in order of appearance, across growth', () => {
  const interner = new TupleInterner(3)
  const expected = new Map<string, number>()
  for (let round = 0; round < 3; round++) {
    for (let value = 0; value < 5000; value++) {
      const tuple = [value % 2500, -value % 7, (value % 13) * 2 ** 40]
      interner.key.set(tuple)
      const index = interner.intern()
      const text = tuple.join()
      if (!expected.has(text)) expected.set(text, expected.size)
      expect(index).toBe(expected.get(text))
    }
  }
  expect(interner.size).toBe(expected.size)
  interner.key.set([2499, -2499 % 7, (2499 % 13) * 2 ** 40])
  const index = interner.intern()
  expect([interner.at(index, 0), interner.at(index, 2)]).toEqual([2499, 3 * 2 ** 40])
})

test('tuples that differ only in high bits or sign stay apart', () => {
  const interner = new TupleInterner(1)
  const indices = [0, 2 ** 32, 2 ** 33, -1, 2 ** 32 - 1, -(2 ** 31)].map((value) => {
    interner.key[0] = value
    return interner.intern()
  })
  expect(new Set(indices).size).toBe(6)
})
