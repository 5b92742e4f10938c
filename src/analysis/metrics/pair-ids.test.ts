import { expect, test } from 'vitest'
import { seededRandom } from '../../../tests/fuzz/mutate.ts'
import { PairIds } from './pair-ids.ts'

test('ids are those of a map by both numbers, beyond its first size and for numbers of 32 bits', () => {
  const random = seededRandom(20261129)
  const [ids, expected] = [new PairIds(), new Map<string, number>()]
  for (let step = 0; step < 60_000; step++) {
    const [left, right] = step % 2 === 0 ? [random.below(40), random.below(900)] : [random.next(), step % 5]
    const key = `${left} ${right}`
    const known = expected.get(key) ?? expected.size
    expected.set(key, known)
    if (ids.of(left, right) !== known) throw new Error(`${key} at step ${step}`)
  }
  expect(ids.length).toBe(expected.size)
  expect([...expected].every(([key, id]) => key === `${ids.left[id]} ${ids.right[id]}`)).toBe(true)
})
